// GET /embed/list/{id}: a list in other sites' pages, one clip at a time. Only sites that every institution in it allows.
#include "catalog/catalog.hpp"
#include "server/pages/embed_frame.hpp"
#include "server/pages/list_player.hpp"
#include "server/pages/public_routes.hpp"
#include "server/templates.hpp"
#include <algorithm>
#include <set>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

/// This site, and the origins that every institution with a story in the list has named: no story reaches a page its
/// institution did not agree to. Two patterns count as the same only when they are the same words.
std::string common_sites(PlayedList const& played) {
  std::optional<std::vector<std::string>> common;
  std::set<std::string> seen;
  for (auto const& item : played.items) {
    auto const& code = item.story.story.details.institution;
    if (!seen.insert(code).second) continue;
    auto const origins = embed_origins(played.vocabulary->find_institution(code));
    if (!common) common = origins;
    else std::erase_if(*common, [&](std::string const& origin) { return std::find(origins.begin(), origins.end(), origin) == origins.end(); });
  }
  return common && !common->empty() ? "'self' " + joined(*common, " ") : "'self'";
}

awaitable<Response> show_embedded_list(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return load_played_list(c, id, catalog::Use::embed); };
  auto const played = co_await app.catalog.run(call);
  if (!played) co_return gone_card(app, request, status_of(played.error().code));
  if (played->items.empty()) co_return gone_card(app, request, 404);
  auto const lang = page_language(request);
  auto const& list = played->list;
  Naming const naming{app.templates, *played->vocabulary, lang};
  auto const at = asked_item(request, *played);
  auto const& now = played->items[at];
  auto const& details = now.story.story.details;

  auto page = embed_base("embed_list", list.contents.title);
  page.scripts = {"embed.js"};
  page.strings = {"player.", "embed."};
  auto const origin = origin_of(app.config, request);
  auto const here = "/embed/list/" + list.id + "?" + (request.query.has("lang") ? "lang=" + std::string(lang) + "&" : "") + "item=";
  page.context = {{"player", player_view(naming, now.story, catalog::Use::embed, true)},
                  {"list_title", list.contents.title},
                  {"words_lang", list.contents.language == lang ? Json() : Json(list.contents.language)},
                  {"byline", joined({details.shown_name, naming.institution(details.institution)})},
                  {"start", seconds_text(now.shown.item.start)},
                  {"end", seconds_text(now.shown.item.end)},
                  {"at_words", app.templates.text(lang, "classlist.position", {{"n", std::to_string(at + 1)}, {"total", std::to_string(played->items.size())}})},
                  {"several", played->items.size() > 1},
                  {"read_href", origin + (list.kind == catalog::ListKind::collection ? "/collections/" : "/lists/") + list.id}};
  if (at > 0) page.context["previous_href"] = here + std::to_string(at);
  if (at + 1 < played->items.size()) page.context["next_href"] = here + std::to_string(at + 2);
  auto response = render_page(app, request, std::move(page));
  allow_frames(response, request, common_sites(*played));
  co_return response;
}

} // namespace

void add_list_embed_routes(Router& router, App& app) {
  router.add(http::verb::get, "/embed/list/{id}", [&app](Request& r) { return show_embedded_list(app, r); });
}

} // namespace tarina::server
