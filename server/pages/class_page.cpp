// GET /class/{id}: the picture and large subtitles, nothing else; made for a classroom wall and a keyboard.
#include "catalog/catalog.hpp"
#include "server/pages/player_view.hpp"
#include "server/pages/public_routes.hpp"
#include "server/templates.hpp"
#include <fmt/format.h>

namespace tarina::server {

namespace {

awaitable<Response> show_class(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return load_story(c, id, catalog::Use::class_download); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return problem(request, shown.error());
  auto const lang = page_language(request);
  Naming const naming{app.templates, *shown->vocabulary, lang};

  Page page{.name = "class", .title = shown->story.details.title.in(lang), .context = nlohmann::json::object()};
  page.styles = {"class.css"};
  page.scripts = {"class.js"};
  page.strings = {"class.", "player."};
  page.noindex = true;
  page.bare = true;
  page.context = {{"player", player_view(naming, *shown, catalog::Use::class_download, true)},
                  {"watchable", shown->story.uses.watch},
                  {"watch_href", "/stories/" + shown->story.id}};
  // Without script nothing draws the large subtitles: what is said can be read elsewhere.
  if (auto const* track = preferred_track(*shown, lang))
    page.context["transcript_href"] = shown->story.uses.watch ? "/stories/" + shown->story.id + "#transcript"
                                                              : subtitle_address(shown->story.id, track->id, "txt", catalog::Use::class_download);
  if (auto const start = start_time(request)) page.context["start"] = fmt::format("{}", *start);
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_class_routes(Router& router, App& app) {
  router.add(http::verb::get, "/class/{id}", [&app](Request& r) { return show_class(app, r); });
}

} // namespace tarina::server
