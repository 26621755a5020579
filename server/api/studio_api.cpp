// /api/v1/studio/…: what the studio's scripts ask. Same scope and same-origin rules as the pages.
#include "catalog/catalog.hpp"
#include "server/json_body.hpp"
#include "server/pages/cue_json.hpp"
#include "server/pages/processing_view.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/studio_routes.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

awaitable<Response> story_state(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return std::pair(c.story(actor, id), unfinished_upload(c, id)); };
  auto const [story, unfinished] = co_await app.catalog.run(call);
  if (!story) co_return problem(request, story.error());
  co_return json(processing_state(app, page_language(request), *story, unfinished));
}

/// {revision, checked, cues} → {revision, checked}; 409 carries current_revision, so that the editor may save on top.
awaitable<Response> save_cues(App& app, Request& request, PersonPtr person) {
  auto const name = parse_track(request.param("track"));
  if (!name) co_return problem(request, {Errc::not_found, "subtitles.unknown", "no such subtitles"});
  auto const body = co_await request.body->read_all(8 << 20);
  if (!body) co_return problem(request, body.error());
  auto const sent = parse_json(*body);
  Error const wrong{Errc::invalid, "subtitles.unreadable", "expected {revision, checked, cues}"};
  if (!sent.is_object() || !sent.contains("cues") || !sent["cues"].is_array()) co_return problem(request, wrong);
  auto const said = sent.find("revision");
  auto const revision = said == sent.end() ? std::nullopt : integer_of(*said);
  if (!revision) co_return problem(request, wrong);
  auto cues = cues_from_json(sent["cues"]);
  if (!cues) co_return problem(request, cues.error());
  bool const checked = sent.contains("checked") && sent["checked"] == true;
  catalog::SaveTrack const track{name->language, name->kind, checked, std::move(*cues), *revision};
  auto const id = request.param("id");
  auto const track_id = request.param("track");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) {
    auto saved = c.save_track(actor, id, track);
    std::int64_t current = 0;
    if (!saved && saved.error().code == Errc::conflict)
      if (auto now = c.track(actor, id, track_id)) current = now->revision;
    return std::pair(std::move(saved), current);
  };
  auto const [saved, current] = co_await app.catalog.run(call);
  if (saved) co_return json({{"revision", saved->revision}, {"checked", saved->checked}});
  auto response = problem(request, saved.error());
  if (saved.error().code == Errc::conflict) {
    auto answer = Json::parse(std::get<std::string>(response.body));
    answer["current_revision"] = current;
    response.body = answer.dump();
  }
  co_return response;
}

} // namespace

void add_studio_api_routes(Router& router, App& app) {
  router.add(http::verb::get, "/api/v1/studio/stories/{id}/state", for_staff(app, story_state));
  router.add(http::verb::put, "/api/v1/studio/stories/{id}/subtitles/{track}", for_staff(app, save_cues));
}

} // namespace tarina::server
