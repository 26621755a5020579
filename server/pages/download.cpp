// GET /stories/{id}/download and /studio/stories/{id}/download: the story as one MP4 to take along.
#include "catalog/catalog.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/url.hpp"
#include <fmt/format.h>

namespace tarina::server {

namespace {

struct Wanted {
  std::string package;
  std::string title;
};

Error nothing_to_download() { return {Errc::not_found, "story.no_download", "there is no file of this story to take along"}; }

/// The title as a file name: what file systems and shells stumble over becomes a space, and runs of it one.
std::string file_name(std::string const& title, std::string const& id) {
  std::string name;
  for (char const c : title) {
    bool const odd = static_cast<unsigned char>(c) < 0x20 || std::string_view("/\\:*?\"<>|\x7f").find(c) != std::string_view::npos;
    if (!odd && c != ' ') name += c;
    else if (!name.empty() && name.back() != ' ') name += ' ';
  }
  while (name.size() > 120 || (!name.empty() && (name.back() == ' ' || name.back() == '.'))) {
    while (name.size() > 1 && (static_cast<unsigned char>(name.back()) & 0xC0) == 0x80) name.pop_back(); // a whole character
    name.pop_back();
  }
  while (name.starts_with('.')) name.erase(0, 1);
  return (name.empty() ? id : name) + ".mp4";
}

/// RFC 6266: a plain name for old clients, the real one beside it.
std::string content_disposition(std::string const& title, std::string const& id) {
  return fmt::format("attachment; filename=\"{}.mp4\"; filename*=UTF-8''{}", id, percent_encode(file_name(title, id)));
}

awaitable<Response> send_download(App& app, Request& request, Wanted wanted, std::string id, std::string_view caching) {
  auto open = [&]() { return app.store.open_published(wanted.package, media::download_name); };
  auto opened = co_await app.files.run(open);
  if (!opened) co_return problem(request, nothing_to_download());
  auto const etag = fmt::format("\"{}-{:x}\"", id, std::hash<std::string>{}(wanted.package)); // hides the package
  auto response = file(std::make_shared<media::OpenFile const>(std::move(*opened)), "video/mp4", etag, caching);
  response.set(http::field::content_disposition, content_disposition(wanted.title, id));
  response.set("X-Robots-Tag", "noindex");
  co_return response;
}

/// Agreed to by the teller for lessons and downloading.
awaitable<Response> download(App& app, Request& request) {
  auto const id = request.param("id");
  auto look = [&](catalog::Catalog& c) -> result<Wanted> {
    auto access = c.access(id, catalog::Use::class_download);
    if (!access) return access.error();
    auto story = c.public_story(id, catalog::Use::class_download);
    if (!story) return story.error();
    if (story->download_bytes == 0) return nothing_to_download();
    return Wanted{access->package, story->details.title.in(page_language(request))};
  };
  auto wanted = co_await app.catalog.run(look);
  if (!wanted) co_return problem(request, wanted.error());
  // Asked again every time, as the consent may have ended.
  auto response = co_await send_download(app, request, std::move(*wanted), id, "private, no-cache");
  co_return response;
}

/// For work on the story, within one's scope.
awaitable<Response> download_in_studio(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto look = [&](catalog::Catalog& c) -> result<Wanted> {
    auto story = c.story(actor, id);
    if (!story) return story.error();
    if (story->state == catalog::StoryState::withdrawn || story->download_bytes == 0) return nothing_to_download();
    return Wanted{story->package, story->details.title.in(page_language(request))};
  };
  auto wanted = co_await app.catalog.run(look);
  if (!wanted) co_return problem(request, wanted.error());
  auto response = co_await send_download(app, request, std::move(*wanted), id, no_store);
  co_return response;
}

} // namespace

void add_download_routes(Router& router, App& app) {
  router.add(http::verb::get, "/stories/{id}/download", [&app](Request& r) { return download(app, r); });
}

void add_studio_download_routes(Router& router, App& app) {
  router.add(http::verb::get, "/studio/stories/{id}/download", for_staff(app, download_in_studio));
}

} // namespace tarina::server
