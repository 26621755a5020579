// GET /class/list/{id}: a list played through in class, clip by clip, with a pause for its note and question between them.
#include "catalog/catalog.hpp"
#include "server/pages/list_player.hpp"
#include "server/pages/public_routes.hpp"
#include "server/templates.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

/// What the script plays: src, tracks, ratio, title, start, end (seconds or null), note, question, clip.
Json clip_json(Naming const& naming, PlayedItem const& played) {
  auto const& item = played.shown.item;
  auto const seconds = [](auto const& time) { return time ? Json(static_cast<double>(time->count()) / 1000) : Json(); };
  auto player = player_view(naming, played.story, catalog::Use::class_download, true);
  return {{"item", item.id},
          {"src", player["src"]},
          {"poster", player["poster"]},
          {"ratio", player["ratio"]},
          {"tracks", player["tracks"]},
          {"title", player["title"]},
          {"by", joined({played.story.story.details.shown_name, naming.institution(played.story.story.details.institution)})},
          {"clip", clip_words(item, played.shown.card.duration)},
          {"start", seconds(item.start)},
          {"end", seconds(item.end)},
          {"note", item.note},
          {"question", item.question}};
}

awaitable<Response> show_class_list(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return load_played_list(c, id, catalog::Use::class_download); };
  auto const played = co_await app.catalog.run(call);
  if (!played) co_return problem(request, played.error());
  if (played->items.empty()) co_return problem(request, {Errc::not_found, "list.nothing_to_play", "none of its stories may be shown in class"});
  auto const lang = page_language(request);
  auto const& list = played->list;
  Naming const naming{app.templates, *played->vocabulary, lang};
  auto const at = asked_item(request, *played);
  auto const& now = played->items[at];

  Page page{.name = "class_list", .title = list.contents.title, .context = Json::object()};
  page.styles = {"class.css"};
  page.scripts = {"class_list.js"};
  page.strings = {"class.", "classlist.", "player."};
  page.noindex = true;
  page.bare = true;
  auto clips = Json::array();
  for (auto const& item : played->items) clips.push_back(clip_json(naming, item));
  auto const here = "/class/list/" + list.id;
  page.context = {{"list", list.id},
                  {"list_title", list.contents.title},
                  {"words_lang", list.contents.language == lang ? Json() : Json(list.contents.language)},
                  {"player", player_view(naming, now.story, catalog::Use::class_download, true)},
                  {"start", seconds_text(now.shown.item.start)},
                  {"at", at + 1},
                  {"count", played->items.size()},
                  {"note", paragraphs(now.shown.item.note)},
                  {"question", paragraphs(now.shown.item.question)},
                  {"clips_json", json_for_script(clips)},
                  {"read_href", (list.kind == catalog::ListKind::collection ? "/collections/" : "/lists/") + list.id}};
  if (at > 0) page.context["previous_href"] = here + "?item=" + std::to_string(at);
  if (at + 1 < played->items.size()) page.context["next_href"] = here + "?item=" + std::to_string(at + 2);
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_list_class_routes(Router& router, App& app) {
  router.add(http::verb::get, "/class/list/{id}", [&app](Request& r) { return show_class_list(app, r); });
}

} // namespace tarina::server
