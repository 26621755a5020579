// GET /embed/{id}: the player for other sites. It runs in <iframe sandbox="allow-scripts"> too, where its origin is
// opaque: no cookies, no storage, every address open to any origin.
#include "catalog/catalog.hpp"
#include "server/pages/embed_frame.hpp"
#include "server/pages/player_view.hpp"
#include "server/pages/public_routes.hpp"
#include "server/templates.hpp"
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

awaitable<Response> show_embed(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return load_story(c, id, catalog::Use::embed); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return gone_card(app, request, status_of(shown.error().code));
  auto const lang = page_language(request);
  Naming const naming{app.templates, *shown->vocabulary, lang};

  auto page = embed_base("embed", shown->story.details.title.in(lang));
  page.scripts = {"embed.js"};
  page.strings = {"player.", "embed."};
  page.context = {{"player", player_view(naming, *shown, catalog::Use::embed, true)},
                  {"byline", joined({shown->story.details.shown_name, naming.institution(shown->story.details.institution)})},
                  {"title_shown", request.query.get("title") != "0"},
                  {"watchable", shown->story.uses.watch},
                  {"watch_href", origin_of(app.config, request) + "/stories/" + shown->story.id}};
  if (auto const start = start_time(request)) page.context["start"] = fmt::format("{}", *start);
  auto response = render_page(app, request, std::move(page));

  allow_frames(response, request, frame_sites(shown->vocabulary->find_institution(shown->story.details.institution)));
  co_return response;
}

} // namespace

void add_embed_routes(Router& router, App& app) {
  router.add(http::verb::get, "/embed/{id}", [&app](Request& r) { return show_embed(app, r); });
}

} // namespace tarina::server
