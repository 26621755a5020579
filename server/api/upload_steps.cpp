#include "server/api/upload_steps.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/api/upload_metadata.hpp"
#include "server/work.hpp"
#include <algorithm>
#include <charconv>

namespace tarina::server {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

catalog::Time upload_expiry(Config const& config) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) + config.upload_lifetime;
}

awaitable<result<Beginner>> authorize_upload(App& app, Request const& request, UploadMetadata const& metadata) {
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
    co_return Beginner{catalog::Actor::teller(*own), *own};
  }
  Error const stranger{Errc::unauthenticated, "upload.not_authorized", "an invitation, a personal link or a sign-in is needed"};
  auto const& others = app.config.upload_origins; // from there only a link counts, never our cookie
  if (std::find(others.begin(), others.end(), request.header(http::field::origin)) != others.end()) co_return stranger;
  auto person = co_await app.identity.person(request);
  if (!person || story.empty()) co_return stranger;
  co_return Beginner{catalog::Actor::of(*person), story};
}

catalog::NewUpload describe_upload(App& app, Request const& request, UploadMetadata const& metadata, std::string story) {
  auto value = [&](std::string_view key, std::size_t longest) {
    auto const found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second.substr(0, longest);
  };
  catalog::NewUpload wanted;
  wanted.story = std::move(story);
  wanted.filename = value("filename", 255);
  wanted.content_type = value("filetype", 100);
  wanted.metadata = storable_upload_metadata(request.header("Upload-Metadata"));
  wanted.expires_at = upload_expiry(app.config);
  return wanted;
}

awaitable<result<catalog::Upload>> begin_upload(App& app, catalog::Actor actor, catalog::NewUpload wanted) {
  auto make = [&](catalog::Catalog& c) -> result<catalog::Upload> {
    // Room for this one, for the rest of all others under way, and for the service to go on working.
    auto const length = wanted.size ? *wanted.size : wanted.announced.value_or(0);
    if (app.store.free_bytes() - c.reserved_bytes() - length < app.config.disk_floor_bytes)
      return Error{Errc::no_space, "upload.no_space", "there is no room for this file at the moment"};
    auto made = c.create_upload(actor, wanted);
    if (!made) return made;
    auto file = result<void>();
    try {
      file = app.store.create_upload(made->id);
    } catch (...) { // nobody will know its address: it must not keep room for itself
      static_cast<void>(c.terminate_upload(made->id));
      throw;
    }
    if (file) return made;
    static_cast<void>(c.terminate_upload(made->id));
    return file.error();
  };
  auto made = co_await app.catalog.run(make);
  co_return made;
}

awaitable<result<catalog::Upload>> find_upload(App& app, std::string id) {
  auto look = [&](catalog::Catalog& c) { return c.upload(id); };
  auto found = co_await app.catalog.run(look);
  co_return found;
}

awaitable<result<void>> check_room(App& app, std::int64_t more) {
  auto free = [&] { return app.store.free_bytes(); };
  auto const room = co_await app.files.run(free);
  if (room - more < app.config.disk_floor_bytes / 2) co_return Error{Errc::no_space, "upload.no_space", "there is no room for more at the moment"};
  co_return result<void>();
}

awaitable<result<void>> finish_upload(App& app, std::string id) {
  auto work = [&] { return finish_full_upload(app.catalog.direct(), app.store, id); };
  auto finished = co_await app.files.run(work);
  if (finished) app.work.tasks.ring();
  co_return finished;
}

awaitable<result<void>> end_upload(App& app, std::string id) {
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
  co_return ended;
}

awaitable<Response> terminate_upload(Uploads& uploads, Request& request) {
  auto const id = request.param("id");
  auto known = co_await find_upload(uploads.app, id);
  if (!known) co_return problem(request, known.error());
  auto guard = co_await uploads.locks.take(id, nullptr, lock_patience);
  if (!guard) co_return upload_busy(request);
  auto ended = co_await end_upload(uploads.app, id);
  if (!ended) co_return problem(request, ended.error());
  co_return no_content();
}

Response upload_busy(Request const& request) {
  return problem(request, 423, {Errc::conflict, "upload.busy", "another request is working on this upload"});
}

Response upload_interrupted(Request const& request) {
  auto response = problem(request, 409, {Errc::conflict, "upload.interrupted", "the body broke off; ask for the offset and go on"});
  response.close = true;
  return response;
}

} // namespace tarina::server
