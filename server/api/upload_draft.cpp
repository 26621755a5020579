#include "server/api/upload_draft.hpp"
#include "catalog/catalog.hpp"
#include "server/api/upload_intake.hpp"
#include "server/api/upload_metadata.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tarina::server {
namespace {

constexpr std::string_view interop_version = "8";
constexpr std::string_view partial_upload = "application/partial-upload";
constexpr std::string_view problem_types = "https://iana.org/assignments/http-problem-types#";

/// The bare item of a structured field (RFC 9651), without parameters and white space.
std::string_view item(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

/// Upload-Complete; another value than a boolean counts as no header.
std::optional<bool> completes(Request const& request) {
  auto const value = item(request.header("Upload-Complete"));
  if (value == "?1") return true;
  if (value == "?0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> integer(Request const& request, std::string_view name) {
  auto const value = item(request.header(name));
  return value.size() > 15 ? std::nullopt : whole_number(value); // RFC 9651 section 3.3.1
}

std::string limits_of(Config const& config) { return fmt::format("max-size={}, min-size=1", config.upload_max_bytes); }

std::string limits_of(Config const& config, catalog::Time expires) {
  auto const left = std::chrono::duration_cast<std::chrono::seconds>(expires - std::chrono::system_clock::now()).count();
  return fmt::format("{}, max-age={}", limits_of(config), std::max<std::int64_t>(left, 0));
}

std::string address_of(catalog::Upload const& upload) { return std::string(uploads_path) + "/" + upload.id; }

/// A problem of a type that the draft registers, with its members.
Response typed_problem(Request const& request, std::string_view type, Error const& error, nlohmann::json const& members = nlohmann::json::object()) {
  auto response = problem(request, error);
  auto body = nlohmann::json::parse(std::get<std::string>(response.body));
  body["type"] = std::string(problem_types).append(type);
  body.update(members);
  response.body = body.dump();
  return response;
}

Response inconsistent_length(Request const& request) {
  return typed_problem(request, "inconsistent-upload-length", {Errc::invalid, "upload.length_differs", "the lengths that were told of this upload differ"});
}

Response too_large(Request const& request, Config const& config) {
  auto response = problem(request, {Errc::too_large, "upload.too_large", "the file is larger than this site takes"});
  response.set("Upload-Limit", limits_of(config));
  return response;
}

Response with_state(Response response, bool complete) {
  response.set("Upload-Complete", complete ? "?1" : "?0");
  return response;
}

/// The filename of Content-Disposition (RFC 6266), extended form first.
std::string filename_of(Request const& request) {
  auto const header = request.header(http::field::content_disposition);
  constexpr std::string_view extended = "filename*=UTF-8''", quoted = "filename=\"";
  if (auto const at = header.find(extended); at != std::string_view::npos) {
    auto const value = header.substr(at + extended.size());
    return percent_decode(value.substr(0, value.find_first_of("; "))).value_or("");
  }
  auto const at = header.find(quoted);
  if (at == std::string_view::npos) return {};
  auto const value = header.substr(at + quoted.size());
  return with_valid_utf8(value.substr(0, value.find('"')));
}

/// 104 goes only to a client that says it follows the same draft.
bool takes_interim(Request const& request) { return item(request.header("Upload-Draft-Interop-Version")) == interop_version; }

std::string interim(std::string_view fields) {
  return fmt::format("HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Draft-Interop-Version: {}\r\n{}\r\n", interop_version, fields);
}

/// The length this request tells: Upload-Length, or what a completing body reaches from `offset`. Nothing when it tells none;
/// an error when it tells two.
result<std::optional<std::int64_t>> told_length(Request const& request, bool complete, std::int64_t offset) {
  auto const told = integer(request, "Upload-Length");
  auto const body = request.body->length();
  if (!body) return told;
  auto const reached = offset + static_cast<std::int64_t>(std::min<std::uint64_t>(*body, std::uint64_t{1} << 61));
  if (told && (complete ? reached != *told : reached > *told)) return Error{Errc::invalid, "upload.length_differs", "the lengths differ"};
  return complete ? std::optional(reached) : told;
}

/// The whole representation has come: its length is settled, and it becomes the story's video.
awaitable<Response> complete_upload(App& app, Request const& request, catalog::Upload upload, unsigned status) {
  auto settle = [&](catalog::Catalog& c) { return c.settle_upload_size(upload.id, upload.offset); };
  auto settled = co_await app.catalog.run(settle);
  if (!settled) co_return problem(request, settled.error());
  auto finished = co_await finish_upload(app, upload.id);
  if (!finished) co_return with_state(problem(request, finished.error()), true);
  Response response;
  response.status = status;
  response.set("Upload-Offset", std::to_string(upload.offset));
  co_return with_state(std::move(response), true);
}

/// Takes in the body of a creation or an append. `partly` and `wholly` are the statuses of the two outcomes.
awaitable<Response> receive(App& app, Request& request, catalog::Upload upload, bool complete, unsigned partly, unsigned wholly) {
  auto const length = upload.size ? upload.size : upload.announced;
  IntakeOptions options;
  options.limit = length.value_or(app.config.upload_max_bytes);
  auto tell = [&request](std::int64_t offset) { return request.body->send_interim(interim(fmt::format("Upload-Offset: {}\r\n", offset))); };
  if (takes_interim(request)) options.acknowledged = tell;
  auto intake = co_await take_in(app, request, upload, std::move(options));
  if (!intake && intake.error().key == "upload.body_too_long") {
    // More came than was told: the upload is invalid from here on.
    auto ended = co_await end_upload(app, upload.id);
    if (!ended) co_return problem(request, ended.error());
    co_return length ? inconsistent_length(request) : too_large(request, app.config);
  }
  if (!intake) co_return problem(request, intake.error());
  if (intake->broken_off) co_return upload_interrupted(request);
  upload.offset = intake->offset;
  if (complete && (upload.offset == 0 || (length && upload.offset != *length))) co_return inconsistent_length(request);
  if (complete || upload.full()) {
    auto response = co_await complete_upload(app, request, upload, wholly);
    co_return response;
  }
  Response response;
  response.status = partly;
  response.set("Upload-Offset", std::to_string(upload.offset));
  response.set("Upload-Limit", limits_of(app.config, upload_expiry(app.config)));
  co_return with_state(std::move(response), false);
}

awaitable<Response> create(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto const complete = completes(request);
  if (!complete) co_return problem(request, {Errc::invalid, "upload.complete_missing", "Upload-Complete must be ?0 or ?1"});
  auto const length = told_length(request, *complete, 0);
  if (!length) co_return inconsistent_length(request);
  if (*length && **length == 0) co_return problem(request, {Errc::invalid, "upload.size_missing", "the file must not be empty"});
  auto const body = static_cast<std::int64_t>(std::min<std::uint64_t>(request.body->length().value_or(0), std::uint64_t{1} << 61));
  if (std::max(length->value_or(0), body) > app.config.upload_max_bytes) co_return too_large(request, app.config);
  auto metadata = parse_upload_metadata(request.header("Upload-Metadata"));
  if (!metadata) co_return problem(request, metadata.error());
  auto allowed = co_await authorize_upload(app, request, *metadata);
  if (!allowed) co_return problem(request, allowed.error());
  metadata->emplace("filename", filename_of(request));
  metadata->emplace("filetype", request.header(http::field::content_type));
  auto wanted = describe_upload(app, request, *metadata, allowed->story);
  wanted.announced = *length;
  auto upload = co_await begin_upload(app, allowed->actor, wanted);
  if (!upload) co_return problem(request, upload.error());

  auto guard = co_await uploads.locks.take(upload->id, request.body->interrupter(), lock_patience);
  auto const announcement = interim(fmt::format("Location: {}\r\nUpload-Limit: {}\r\n", address_of(*upload), limits_of(app.config, upload->expires_at)));
  if (takes_interim(request)) co_await request.body->send_interim(announcement);
  auto response = co_await receive(app, request, *upload, *complete, 201, 201);
  response.set(http::field::location, address_of(*upload));
  co_return response;
}

awaitable<Response> head(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto const id = request.param("id");
  auto upload = co_await find_upload(app, id);
  if (!upload) co_return problem(request, upload.error());
  if (!upload->full()) {
    auto guard = co_await uploads.locks.take(id, nullptr, lock_patience);
    if (!guard) co_return upload_busy(request);
    upload = co_await find_upload(app, id);
    if (!upload) co_return problem(request, upload.error());
  }
  if (upload->full() && !upload->finished) {
    auto guard = co_await uploads.locks.take(id, nullptr, std::chrono::milliseconds(200));
    if (guard) {
      auto finished = co_await finish_upload(app, id); // what an earlier request could not
      if (!finished) co_return with_state(problem(request, finished.error()), true);
    }
  }
  Response response = no_content();
  response.set("Upload-Offset", std::to_string(upload->offset));
  if (auto const length = upload->size ? upload->size : upload->announced) response.set("Upload-Length", std::to_string(*length));
  response.set("Upload-Limit", limits_of(app.config, upload->expires_at));
  co_return with_state(std::move(response), upload->full());
}

awaitable<Response> append(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  if (item(request.header(http::field::content_type)) != partial_upload) {
    auto response = problem(request, {Errc::unsupported, "request.content_type", "the body must be application/partial-upload"});
    response.set("Accept-Patch", partial_upload);
    co_return response;
  }
  auto const complete = completes(request);
  if (!complete) co_return problem(request, {Errc::invalid, "upload.complete_missing", "Upload-Complete must be ?0 or ?1"});
  auto const offset = integer(request, "Upload-Offset");
  if (!offset) co_return problem(request, {Errc::invalid, "upload.offset_missing", "Upload-Offset must be a whole number"});
  auto const id = request.param("id");
  auto upload = co_await find_upload(app, id);
  if (!upload) co_return problem(request, upload.error());
  auto guard = co_await uploads.locks.take(id, request.body->interrupter(), lock_patience);
  if (!guard) co_return upload_busy(request);
  upload = co_await find_upload(app, id);
  if (!upload) co_return problem(request, upload.error());
  if (upload->full()) {
    if (request.body->length().value_or(1) > 0) co_return with_state(inconsistent_length(request), true);
    co_return with_state(typed_problem(request, "completed-upload", {Errc::invalid, "upload.completed", "the upload is complete"}), true);
  }
  if (*offset != upload->offset) {
    auto response = typed_problem(request, "mismatching-upload-offset", {Errc::conflict, "upload.offset_differs", "the upload is at another offset"},
                                  {{"expected-offset", upload->offset}, {"provided-offset", *offset}});
    response.set("Upload-Offset", std::to_string(upload->offset));
    co_return with_state(std::move(response), false);
  }
  auto const length = told_length(request, *complete, upload->offset);
  auto const known = upload->size ? upload->size : upload->announced;
  if (!length || (*length && known && **length != *known)) co_return inconsistent_length(request);
  if (!upload->announced) upload->announced = *length;
  if (auto const body = request.body->length(); known && body && *body > static_cast<std::uint64_t>(*known - upload->offset)) co_return inconsistent_length(request);
  if (length->value_or(0) > app.config.upload_max_bytes) co_return too_large(request, app.config);
  auto room = co_await check_room(app, sync_every);
  if (!room) co_return problem(request, room.error());
  auto response = co_await receive(app, request, *upload, *complete, 204, 200);
  co_return response;
}

} // namespace

bool is_draft_request(Request const& request) {
  return request.header("Tus-Resumable").empty() && (!request.header("Upload-Complete").empty() || !request.header("Upload-Draft-Interop-Version").empty());
}

void describe_draft(Config const& config, Response& response) {
  response.set("Accept-Patch", "application/offset+octet-stream, application/partial-upload");
  response.set("Upload-Limit", limits_of(config));
}

awaitable<Response> answer_draft(Uploads& uploads, Request& request, http::verb method) {
  bool const one = !request.param("id").empty();
  Response response;
  if (!one && (method == http::verb::post || method == http::verb::put))
    response = co_await create(uploads, request);
  else if (one && method == http::verb::head)
    response = co_await head(uploads, request);
  else if (one && method == http::verb::patch)
    response = co_await append(uploads, request);
  else if (one && method == http::verb::delete_)
    response = co_await terminate_upload(uploads, request);
  else {
    response = problem(request, 405, {Errc::invalid, "request.method_not_allowed", "the method is not allowed here"});
    response.set(http::field::allow, one ? "HEAD, PATCH, DELETE, OPTIONS" : "POST, PUT, OPTIONS");
  }
  co_return response;
}

} // namespace tarina::server
