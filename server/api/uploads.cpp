#include "server/api/uploads.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/api/upload_intake.hpp"
#include "server/api/upload_metadata.hpp"
#include "server/conditional.hpp"
#include "server/work.hpp"
#include <charconv>
#include <fmt/format.h>

namespace tarina::server {
namespace {

constexpr std::string_view version = "1.0.0";
constexpr std::chrono::seconds lock_patience{10};

struct Uploads {
  explicit Uploads(App& all) : app(all) {}
  App& app;
  UploadLocks locks;
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string date_of(catalog::Time time) {
  return http_date(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

catalog::Time expiry_of(Config const& config) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) + config.upload_lifetime;
}

bool is_octet_stream(Request const& request) { return request.header(http::field::content_type) == "application/offset+octet-stream"; }

/// Who may add a video to which story: an accepted invitation, the teller's own link, or a signed-in editor.
awaitable<result<std::pair<catalog::Actor, std::string>>> authorize(App& app, Request const& request,
                                                                   std::map<std::string, std::string, std::less<>> const& metadata) {
  using Answer = result<std::pair<catalog::Actor, std::string>>;
  auto value = [&](std::string_view key) {
    auto const found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  auto const invite = value("invite");
  auto const mine = value("mine");
  auto const story = value("story");
  if (!invite.empty() || !mine.empty()) {
    auto ask = [&](catalog::Catalog& c) -> result<std::string> {
      if (!mine.empty()) return c.story_of_mine(mine);
      auto found = c.invite(invite);
      if (!found) return found.error();
      if (found->story.empty()) return Error{Errc::conflict, "invite.not_accepted", "the invitation has not been accepted yet"};
      return found->story;
    };
    auto own = co_await app.catalog.run(ask);
    if (!own) co_return own.error();
    co_return Answer(std::pair(catalog::Actor::teller(*own), *own));
  }
  auto person = co_await app.identity.person(request);
  if (!person || story.empty()) co_return Error{Errc::unauthenticated, "upload.not_authorized", "an invitation, a personal link or a sign-in is needed"};
  co_return Answer(std::pair(catalog::Actor::of(*person), story));
}

/// The last byte is durable: keep the file and wake the workers.
awaitable<result<void>> finish(App& app, std::string const& id) {
  auto work = [&] { return finish_full_upload(app.catalog.direct(), app.store, id); };
  auto finished = co_await app.files.run(work);
  if (finished) app.work.tasks.ring();
  co_return finished;
}

Response busy(Request const& request) {
  return problem(request, 423, {Errc::conflict, "upload.busy", "another request is working on this upload"});
}

Response offset_answer(unsigned status, std::int64_t offset, catalog::Time expires) {
  Response response;
  response.status = status;
  response.set("Upload-Offset", std::to_string(offset));
  response.set("Upload-Expires", date_of(expires));
  return response;
}

/// Takes in what the body has, finishes a full upload and answers with the durable offset.
awaitable<Response> append(App& app, Request& request, catalog::Upload const& upload, unsigned status) {
  auto intake = co_await take_in(app, request, upload);
  if (!intake) co_return problem(request, intake.error());
  if (intake->broken_off) {
    auto response = problem(request, 409, {Errc::conflict, "upload.interrupted", "the body broke off; ask for the offset and go on"});
    response.close = true;
    co_return response;
  }
  if (intake->offset == upload.size) {
    auto finished = co_await finish(app, upload.id);
    if (!finished) co_return problem(request, finished.error());
  }
  co_return offset_answer(status, intake->offset, expiry_of(app.config));
}

awaitable<Response> create(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto const length_text = request.header("Upload-Length");
  if (!request.header("Upload-Defer-Length").empty() && length_text.empty())
    co_return problem(request, {Errc::invalid, "upload.size_missing", "Upload-Length is needed; deferred lengths are not taken"});
  auto const size = number(length_text);
  if (!size || *size == 0) co_return problem(request, {Errc::invalid, "upload.size_missing", "Upload-Length must be a whole number above zero"});
  if (*size > app.config.upload_max_bytes) co_return problem(request, {Errc::too_large, "upload.too_large", "the file is larger than this site takes"});
  auto metadata = parse_upload_metadata(request.header("Upload-Metadata"));
  if (!metadata) co_return problem(request, metadata.error());
  bool const with_body = request.body->length().value_or(1) > 0;
  if (with_body && !is_octet_stream(request))
    co_return problem(request, {Errc::unsupported, "request.content_type", "the body must be application/offset+octet-stream"});
  auto allowed = co_await authorize(app, request, *metadata);
  if (!allowed) co_return problem(request, allowed.error());

  catalog::NewUpload wanted;
  wanted.story = allowed->second;
  wanted.size = *size;
  wanted.filename = (*metadata)["filename"].substr(0, 255);
  wanted.content_type = (*metadata)["filetype"].substr(0, 100);
  wanted.metadata = storable_upload_metadata(request.header("Upload-Metadata"));
  wanted.expires_at = expiry_of(app.config);
  auto make = [&](catalog::Catalog& c) -> result<catalog::Upload> {
    // Room for this one, for the rest of all others under way, and for the service to go on working.
    if (app.store.free_bytes() - c.reserved_bytes() - *size < app.config.disk_floor_bytes)
      return Error{Errc::no_space, "upload.no_space", "there is no room for this file at the moment"};
    auto made = c.create_upload(allowed->first, wanted);
    if (!made) return made;
    if (auto file = app.store.create_upload(made->id); !file) {
      static_cast<void>(c.terminate_upload(made->id));
      return file.error();
    }
    return made;
  };
  auto upload = co_await app.catalog.run(make);
  if (!upload) co_return problem(request, upload.error());

  Response response;
  if (with_body) {
    auto guard = co_await uploads.locks.take(upload->id, request.body->interrupter(), lock_patience);
    response = co_await append(app, request, *upload, 201);
    // Whatever became of its first bytes, the upload exists and can be continued.
    if (response.error) {
      response = offset_answer(201, 0, upload->expires_at);
      response.headers.erase("Upload-Offset");
      response.close = true;
    }
  } else {
    response = offset_answer(201, 0, upload->expires_at);
  }
  response.set(http::field::location, "/api/v1/uploads/" + upload->id);
  co_return response;
}

awaitable<Response> head(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto const id = request.param("id");
  auto look = [&](catalog::Catalog& c) { return c.upload(id); };
  auto known = co_await app.catalog.run(look);
  if (!known) co_return problem(request, known.error());
  auto guard = co_await uploads.locks.take(id, nullptr, lock_patience);
  if (!guard) co_return busy(request);
  auto upload = co_await app.catalog.run(look);
  if (!upload) co_return problem(request, upload.error());
  if (!upload->finished && upload->offset == upload->size) {
    auto finished = co_await finish(app, id); // what an earlier request could not
    if (!finished) co_return problem(request, finished.error());
  }
  auto response = offset_answer(200, upload->offset, upload->expires_at);
  response.set("Upload-Length", std::to_string(upload->size));
  if (!upload->metadata.empty()) response.set("Upload-Metadata", upload->metadata);
  if (upload->finished) response.headers.erase("Upload-Expires");
  co_return response;
}

awaitable<Response> patch(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  if (!is_octet_stream(request))
    co_return problem(request, {Errc::unsupported, "request.content_type", "the body must be application/offset+octet-stream"});
  auto const offset = number(request.header("Upload-Offset"));
  if (!offset) co_return problem(request, {Errc::invalid, "upload.offset_missing", "Upload-Offset must be a whole number"});
  auto const id = request.param("id");
  auto look = [&](catalog::Catalog& c) { return c.upload(id); };
  auto known = co_await app.catalog.run(look);
  if (!known) co_return problem(request, known.error());
  auto guard = co_await uploads.locks.take(id, request.body->interrupter(), lock_patience);
  if (!guard) co_return busy(request);
  auto upload = co_await app.catalog.run(look);
  if (!upload) co_return problem(request, upload.error());
  if (*offset != upload->offset) co_return problem(request, {Errc::conflict, "upload.offset_differs", "the upload is at another offset"});
  auto const left = upload->size - upload->offset;
  if (auto const length = request.body->length(); length && static_cast<std::int64_t>(*length) > left)
    co_return problem(request, {Errc::too_large, "upload.body_too_long", "the body goes beyond the end of the upload"});
  if (upload->finished) co_return offset_answer(204, upload->offset, upload->expires_at);
  auto free = [&] { return app.store.free_bytes(); };
  auto const room = co_await app.files.run(free);
  if (room - std::min(left, sync_every) < app.config.disk_floor_bytes / 2)
    co_return problem(request, {Errc::no_space, "upload.no_space", "there is no room for more at the moment"});
  auto response = co_await append(app, request, *upload, 204);
  co_return response;
}

awaitable<Response> terminate(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto const id = request.param("id");
  auto guard = co_await uploads.locks.take(id, nullptr, lock_patience);
  if (!guard) co_return busy(request);
  auto end = [&](catalog::Catalog& c) -> result<void> {
    auto const known = c.upload(id);
    if (!known) return known.error();
    auto done = c.terminate_upload(id);
    if (!done) return done;
    app.store.remove_upload(id);
    app.store.remove_original(known->original); // a full one may have been moved there by a try that failed
    return done;
  };
  auto ended = co_await app.catalog.run(end);
  if (!ended) co_return problem(request, ended.error());
  co_return no_content();
}

Response options(App const& app) {
  auto response = no_content();
  response.set("Tus-Version", version);
  response.set("Tus-Max-Size", std::to_string(app.config.upload_max_bytes));
  response.set("Tus-Extension", "creation,creation-with-upload,termination,expiration");
  return response;
}

Response wrong_version(Request const& request) {
  auto response = problem(request, {Errc::precondition_failed, "upload.version", "only tus 1.0.0 is spoken here"});
  response.set("Tus-Version", version);
  return response;
}

/// Every request passes here: the method a client means, the protocol version, and the headers every answer carries.
awaitable<Response> dispatch(Uploads& uploads, Request& request) {
  auto method = request.method;
  if (auto const override = request.header("X-HTTP-Method-Override"); !override.empty())
    method = http::string_to_verb({override.data(), override.size()});
  bool const one = !request.param("id").empty();
  Response response;
  if (method == http::verb::options)
    response = options(uploads.app);
  else if (request.header("Tus-Resumable") != version)
    response = wrong_version(request);
  else if (!one && method == http::verb::post)
    response = co_await create(uploads, request);
  else if (one && method == http::verb::head)
    response = co_await head(uploads, request);
  else if (one && method == http::verb::patch)
    response = co_await patch(uploads, request);
  else if (one && method == http::verb::delete_)
    response = co_await terminate(uploads, request);
  else {
    response = problem(request, 405, {Errc::invalid, "request.method_not_allowed", "the method is not allowed here"});
    response.set(http::field::allow, one ? "HEAD, PATCH, DELETE, OPTIONS" : "POST, OPTIONS");
  }
  response.set("Tus-Resumable", version);
  response.set(http::field::cache_control, no_store);
  co_return response;
}

} // namespace

void add_upload_routes(Router& router, App& app) {
  using http::verb;
  auto uploads = std::make_shared<Uploads>(app);
  auto handle = [uploads](Request& r) { return dispatch(*uploads, r); };
  for (auto method : {verb::options, verb::head, verb::post, verb::patch, verb::delete_, verb::get, verb::put}) {
    router.add(method, "/api/v1/uploads", handle);
    router.add(method, "/api/v1/uploads/{id}", handle);
  }
}

} // namespace tarina::server
