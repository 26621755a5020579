#include "server/api/upload_tus.hpp"
#include "catalog/catalog.hpp"
#include "server/api/upload_intake.hpp"
#include "server/api/upload_metadata.hpp"
#include "server/conditional.hpp"
#include <algorithm>

namespace tarina::server {
namespace {

bool is_octet_stream(Request const& request) { return request.header(http::field::content_type) == "application/offset+octet-stream"; }

Error wrong_content_type() { return {Errc::unsupported, "request.content_type", "the body must be application/offset+octet-stream"}; }

/// The length a creation says, or nothing when it says that it will come later.
result<std::optional<std::int64_t>> length_of(Request const& request, Config const& config) {
  auto const length = request.header("Upload-Length");
  auto const deferred = request.header("Upload-Defer-Length");
  if (length.empty() && deferred == "1") return std::optional<std::int64_t>();
  auto const size = whole_number(length);
  if (!size || *size == 0 || !deferred.empty())
    return Error{Errc::invalid, "upload.size_missing", "either Upload-Length, a whole number above zero, or Upload-Defer-Length: 1 is needed"};
  if (*size > config.upload_max_bytes) return Error{Errc::too_large, "upload.too_large", "the file is larger than this site takes"};
  return size;
}

/// The checksum of the body, when the request has one.
result<std::optional<Checksum>> checksum_of(Request const& request) {
  auto const header = request.header("Upload-Checksum");
  if (header.empty()) return std::optional<Checksum>();
  auto checksum = Checksum::parse(header);
  if (!checksum) return checksum.error();
  return std::optional<Checksum>(std::move(*checksum));
}

Response refusal(Request const& request, Error const& error) {
  if (error.key == "upload.checksum_differs") return problem(request, 460, error); // tus 1.0.0, checksum
  return problem(request, error);
}

/// Takes in what the body has, finishes a full upload and answers with the durable offset.
awaitable<Response> append(App& app, Request& request, catalog::Upload upload, std::optional<Checksum> checksum, unsigned status) {
  IntakeOptions options;
  options.limit = upload.size.value_or(app.config.upload_max_bytes);
  options.checksum = std::move(checksum);
  auto intake = co_await take_in(app, request, upload, std::move(options));
  if (!intake) co_return refusal(request, intake.error());
  if (intake->broken_off) co_return upload_interrupted(request);
  upload.offset = intake->offset;
  if (upload.full() && !upload.partial) {
    auto finished = co_await finish_upload(app, upload.id);
    if (!finished) co_return problem(request, finished.error());
  }
  upload.expires_at = upload_expiry(app.config);
  co_return upload_offset_answer(status, upload);
}

/// The first bytes, sent along with the creation. Whatever became of them, the upload exists and can be continued.
awaitable<Response> first_bytes(Uploads& uploads, Request& request, catalog::Upload const& upload, std::optional<Checksum> checksum) {
  auto guard = co_await uploads.locks.take(upload.id, request.body->interrupter(), lock_patience);
  auto response = co_await append(uploads.app, request, upload, std::move(checksum), 201);
  if (!response.error) co_return response;
  auto known = co_await find_upload(uploads.app, upload.id);
  if (!known) co_return response;
  if (response.status == 460) {
    response.set("Upload-Offset", std::to_string(known->offset));
    co_return response;
  }
  auto const full = known->full(); // it could not be finished: HEAD tells why
  response = upload_offset_answer(201, *known);
  if (full) response.headers.erase("Upload-Offset");
  response.close = true;
  co_return response;
}

awaitable<Response> create(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto const concat = request.header("Upload-Concat");
  if (concat.starts_with("final;")) {
    auto made = co_await concatenate_uploads(uploads, request);
    co_return made;
  }
  if (!concat.empty() && concat != "partial") co_return problem(request, {Errc::invalid, "upload.concat_invalid", "Upload-Concat is neither partial nor final"});
  auto const size = length_of(request, app.config);
  if (!size) co_return problem(request, size.error());
  auto metadata = parse_upload_metadata(request.header("Upload-Metadata"));
  if (!metadata) co_return problem(request, metadata.error());
  bool const with_body = request.body->length().value_or(1) > 0;
  if (with_body && !is_octet_stream(request)) co_return problem(request, wrong_content_type());
  auto checksum = checksum_of(request);
  if (!checksum) co_return problem(request, checksum.error());
  auto const length = request.body->length();
  if (*size && length && static_cast<std::int64_t>(*length) > **size)
    co_return problem(request, {Errc::too_large, "upload.body_too_long", "the body goes beyond the end of the upload"});
  auto allowed = co_await authorize_upload(app, request, *metadata);
  if (!allowed) co_return problem(request, allowed.error());

  auto wanted = describe_upload(app, request, *metadata, allowed->story);
  wanted.size = *size;
  wanted.partial = concat == "partial";
  wanted.partial_budget = app.config.upload_max_bytes;
  auto upload = co_await begin_upload(app, allowed->actor, wanted);
  if (!upload) co_return problem(request, upload.error());
  auto response = upload_offset_answer(201, *upload);
  if (with_body) response = co_await first_bytes(uploads, request, *upload, std::move(*checksum));
  response.set(http::field::location, std::string(uploads_path) + "/" + upload->id);
  co_return response;
}

awaitable<Response> head(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto const id = request.param("id");
  auto upload = co_await find_upload(app, id);
  if (!upload) co_return problem(request, upload.error());
  // Of a full one all is known. Whoever holds it hashes a large file, or could not finish it and has gone.
  bool const was_full = upload->full();
  auto const patience = was_full ? std::chrono::milliseconds(200) : std::chrono::milliseconds(lock_patience);
  auto guard = co_await uploads.locks.take(id, nullptr, patience);
  if (!guard && !was_full) co_return upload_busy(request);
  if (guard) {
    upload = co_await find_upload(app, id);
    if (!upload) co_return problem(request, upload.error());
    if (!upload->finished && upload->full() && !upload->partial) {
      auto finished = co_await finish_upload(app, id);
      if (!finished) co_return problem(request, finished.error());
      upload->finished = true;
    }
  }
  auto response = upload_offset_answer(200, *upload);
  if (upload->size) response.set("Upload-Length", std::to_string(*upload->size));
  else response.set("Upload-Defer-Length", "1");
  if (!upload->metadata.empty()) response.set("Upload-Metadata", upload->metadata);
  if (auto const concat = upload_concat_of(*upload); !concat.empty()) response.set("Upload-Concat", concat);
  co_return response;
}

/// The length that a PATCH tells of an upload that began without one.
awaitable<result<void>> settle_length(App& app, Request const& request, catalog::Upload& upload) {
  auto const header = request.header("Upload-Length");
  if (header.empty()) co_return result<void>();
  auto const size = whole_number(header);
  if (!size) co_return Error{Errc::invalid, "upload.size_wrong", "Upload-Length must be a whole number"};
  if (*size > app.config.upload_max_bytes) co_return Error{Errc::too_large, "upload.too_large", "the file is larger than this site takes"};
  auto settle = [&](catalog::Catalog& c) { return c.settle_upload_size(upload.id, *size); };
  auto settled = co_await app.catalog.run(settle);
  if (!settled) co_return settled.error();
  upload = std::move(*settled);
  co_return result<void>();
}

awaitable<Response> patch(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  if (!is_octet_stream(request)) co_return problem(request, wrong_content_type());
  auto const offset = whole_number(request.header("Upload-Offset"));
  if (!offset) co_return problem(request, {Errc::invalid, "upload.offset_missing", "Upload-Offset must be a whole number"});
  auto checksum = checksum_of(request);
  if (!checksum) co_return problem(request, checksum.error());
  auto const id = request.param("id");
  auto upload = co_await find_upload(app, id);
  if (!upload) co_return problem(request, upload.error());
  if (!upload->parts.empty()) co_return problem(request, {Errc::forbidden, "upload.final", "an upload made of parts takes no bytes of its own"});
  auto guard = co_await uploads.locks.take(id, request.body->interrupter(), lock_patience);
  if (!guard) co_return upload_busy(request);
  upload = co_await find_upload(app, id);
  if (!upload) co_return problem(request, upload.error());
  if (*offset != upload->offset) co_return problem(request, {Errc::conflict, "upload.offset_differs", "the upload is at another offset"});
  auto settled = co_await settle_length(app, request, *upload);
  if (!settled) co_return problem(request, settled.error());
  auto const left = upload->size.value_or(app.config.upload_max_bytes) - upload->offset;
  if (auto const length = request.body->length(); length && static_cast<std::int64_t>(*length) > left)
    co_return problem(request, {Errc::too_large, "upload.body_too_long", "the body goes beyond the end of the upload"});
  if (upload->finished) co_return upload_offset_answer(204, *upload);
  auto room = co_await check_room(app, std::min(left, sync_every));
  if (!room) co_return problem(request, room.error());
  auto response = co_await append(app, request, *upload, std::move(*checksum), 204);
  co_return response;
}

Response wrong_version(Request const& request) {
  auto response = problem(request, {Errc::precondition_failed, "upload.version", "only tus 1.0.0 is spoken here"});
  response.set("Tus-Version", tus_version);
  return response;
}

} // namespace

Response upload_offset_answer(unsigned status, catalog::Upload const& upload) {
  Response response;
  response.status = status;
  response.set("Upload-Offset", std::to_string(upload.offset));
  auto const expires = std::chrono::duration_cast<std::chrono::seconds>(upload.expires_at.time_since_epoch()).count();
  if (!upload.finished && (upload.partial || !upload.full())) response.set("Upload-Expires", http_date(expires));
  return response;
}

void describe_tus(Config const& config, Response& response) {
  response.set("Tus-Version", tus_version);
  response.set("Tus-Max-Size", std::to_string(config.upload_max_bytes));
  response.set("Tus-Extension", "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination,concatenation");
  response.set("Tus-Checksum-Algorithm", checksum_algorithms);
}

awaitable<Response> answer_tus(Uploads& uploads, Request& request, http::verb method) {
  bool const one = !request.param("id").empty();
  Response response;
  if (request.header("Tus-Resumable") != tus_version)
    response = wrong_version(request);
  else if (!one && method == http::verb::post)
    response = co_await create(uploads, request);
  else if (one && method == http::verb::head)
    response = co_await head(uploads, request);
  else if (one && method == http::verb::patch)
    response = co_await patch(uploads, request);
  else if (one && method == http::verb::delete_)
    response = co_await terminate_upload(uploads, request);
  else {
    response = problem(request, 405, {Errc::invalid, "request.method_not_allowed", "the method is not allowed here"});
    response.set(http::field::allow, one ? "HEAD, PATCH, DELETE, OPTIONS" : "POST, OPTIONS");
  }
  response.set("Tus-Resumable", tus_version);
  co_return response;
}

} // namespace tarina::server
