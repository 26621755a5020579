// GET /api/v1/stories, /api/v1/stories/{id}, its moments and subtitles: what is published, for machines. It says what the search
// and watch pages say and no more, so it asks for their consent (watch); what carries stories elsewhere asks for feeds.
#include "catalog/catalog.hpp"
#include "server/page.hpp"
#include "server/pages/player_view.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/search_facets.hpp"
#include "server/pages/story_search.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

Json story_json(Naming const& naming, catalog::StoryCard const& card, std::string const& origin) {
  auto const poster = poster_address(card.stream_key, card.poster);
  return {{"id", card.id},
          {"title", card.title.in(naming.lang)},
          {"summary", card.summary.in(naming.lang)},
          {"teller", card.shown_name},
          {"occupation", naming.occupation(card.occupation, card.occupation_text)},
          {"institution", card.institution},
          {"institution_name", naming.institution(card.institution)},
          {"fields", card.fields},
          {"languages", card.languages},
          {"captions", card.caption_languages},
          {"duration_ms", card.duration.count()},
          {"width", card.width},
          {"height", card.height},
          {"poster", poster.empty() ? Json() : Json(origin + poster)},
          {"url", origin + "/stories/" + card.id}};
}

Json moments_json(std::vector<catalog::Moment> const& moments) {
  auto out = Json::array();
  for (auto const& moment : moments)
    out.push_back({{"start_ms", moment.start.count()}, {"end_ms", moment.end.count()}, {"language", moment.language}, {"html", moment.html}});
  return out;
}

awaitable<Response> list_stories(App& app, Request& request) {
  auto const lang = page_language(request);
  auto const query = search_query(request, lang);
  auto call = [&query](catalog::Catalog& c) { return find_stories(c, query); };
  auto const found = co_await app.catalog.run(call);
  if (!found) co_return problem(request, found.error());
  auto const& [result, cards, vocabulary] = *found;
  Naming const naming{app.templates, *vocabulary, lang};
  auto const origin = origin_of(app.config, request);

  auto items = Json::array();
  for (auto const& card : cards) {
    auto item = story_json(naming, card, origin);
    auto const hit = std::find_if(result.hits.begin(), result.hits.end(), [&](auto const& h) { return h.story == card.id; });
    item["moments"] = hit != result.hits.end() ? moments_json(hit->moments) : Json::array();
    items.push_back(std::move(item));
  }
  co_return json({{"total", result.total},
                  {"items", std::move(items)},
                  {"facets", facets_json(naming, facets_of(naming, query, result.facets))},
                  {"suggestion", result.suggestion.empty() ? Json() : Json(result.suggestion)},
                  {"next", result.next.empty() ? Json() : Json(result.next)}});
}

struct OneStory {
  ShownStory shown;
  catalog::StoryCard card;
};

awaitable<Response> show_story(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) -> result<OneStory> {
    auto shown = load_story(c, id, catalog::Use::watch);
    if (!shown) return shown.error();
    auto cards = c.cards({id}, catalog::Use::watch);
    if (cards.empty()) return Error{Errc::not_found, "story.unknown", "no such story"};
    return OneStory{std::move(*shown), std::move(cards.front())};
  };
  auto const found = co_await app.catalog.run(call);
  if (!found) co_return problem(request, found.error());
  auto const lang = page_language(request);
  auto const origin = origin_of(app.config, request);
  auto const& story = found->shown.story;
  Naming const naming{app.templates, *found->shown.vocabulary, lang};

  auto out = story_json(naming, found->card, origin);
  out["description"] = story.details.description.in(lang);
  out["unit"] = story.details.unit;
  out["qualification"] = story.details.qualification;
  out["graduation_year"] = story.details.graduation_year ? Json(story.details.graduation_year) : Json();
  out["tags"] = story.details.tags;
  out["published"] = story.published_at ? Json(catalog::to_iso8601(*story.published_at)) : Json();
  out["stream"] = {{"hls", origin + "/stream/" + found->shown.access.stream_key + "/main.m3u8"},
                   {"dash", origin + "/stream/" + found->shown.access.stream_key + "/main.mpd"}};
  auto& tracks = out["subtitles"] = Json::array();
  for (auto const& track : found->shown.tracks)
    tracks.push_back({{"id", track.id},
                      {"language", track.language},
                      {"kind", std::string(catalog::track_kind_name(track.kind))},
                      {"checked", track.checked},
                      {"vtt", origin + subtitle_address(story.id, track.id, "vtt", catalog::Use::watch)},
                      {"srt", origin + subtitle_address(story.id, track.id, "srt", catalog::Use::watch)},
                      {"txt", origin + subtitle_address(story.id, track.id, "txt", catalog::Use::watch)}});
  co_return json(out);
}

/// ?q= within one story: where its words are spoken, in time order.
awaitable<Response> show_moments(App& app, Request& request) {
  auto const id = request.param("id");
  auto const words = typed_words(request, "q");
  auto call = [&](catalog::Catalog& c) -> result<std::vector<catalog::Moment>> {
    if (auto const allowed = c.access(id, catalog::Use::watch); !allowed) return allowed.error();
    return c.moments(id, words);
  };
  auto const found = co_await app.catalog.run(call);
  if (!found) co_return problem(request, found.error());
  co_return json({{"moments", moments_json(*found)}});
}

/// {file} is "fi-captions.vtt", ".srt" or ".txt"; ?use= names the consent that allows it, watching when absent.
awaitable<Response> show_subtitles(App& app, Request& request) {
  auto const id = request.param("id");
  auto const& file_name = request.param("file");
  auto const dot = file_name.rfind('.');
  auto const name = file_name.substr(0, dot);
  auto const extension = dot == std::string::npos ? std::string{} : file_name.substr(dot + 1);
  auto const use = request.query.has("use") ? catalog::use_from_name(request.query.get("use")) : catalog::Use::watch;
  if (!use || *use == catalog::Use::preview || (extension != "vtt" && extension != "srt" && extension != "txt"))
    co_return problem(request, Error{Errc::not_found, "subtitles.unknown", "no such subtitles"});
  auto call = [&](catalog::Catalog& c) { return c.public_track(id, *use, name); };
  auto const track = co_await app.catalog.run(call);
  if (!track) co_return problem(request, track.error());

  auto const etag = fmt::format("\"{}-{}-{}\"", track->id, track->revision, extension);
  Response response = extension == "vtt"   ? text(media::write_webvtt(track->lines), "text/vtt; charset=utf-8")
                      : extension == "srt" ? text(media::write_srt(track->lines), "application/x-subrip; charset=utf-8")
                                           : text(media::write_transcript(track->lines), "text/plain; charset=utf-8");
  response.set(http::field::etag, etag);
  response.set(http::field::cache_control, "no-cache"); // a withdrawn consent must end this too
  response.set(http::field::content_language, track->language);
  if (extension != "vtt") response.set(http::field::content_disposition, fmt::format("attachment; filename=\"{}-{}.{}\"", id, track->id, extension));
  co_return response;
}

} // namespace

void add_story_api_routes(Router& router, App& app) {
  router.add(http::verb::get, "/api/v1/stories", [&app](Request& r) { return list_stories(app, r); });
  router.add(http::verb::get, "/api/v1/stories/{id}", [&app](Request& r) { return show_story(app, r); });
  router.add(http::verb::get, "/api/v1/stories/{id}/moments", [&app](Request& r) { return show_moments(app, r); });
  router.add(http::verb::get, "/api/v1/stories/{id}/subtitles/{file}", [&app](Request& r) { return show_subtitles(app, r); });
}

} // namespace tarina::server
