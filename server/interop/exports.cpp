// GET /stories.csv and /stories.json: a search's whole result to take along, with the parameters of /stories.
// A table is carried elsewhere, so it holds what feeds may hold: stories whose tellers agreed to them.
#include "server/interop/csv.hpp"
#include "server/interop/for_feeds.hpp"
#include "server/interop/interop_routes.hpp"
#include "server/pages/story_search.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

constexpr std::size_t most_rows = 10'000;

struct Exported {
  ForFeeds found;
  std::string origin;
  std::string_view lang;
};

awaitable<result<Exported>> collect(App& app, Request const& request) {
  auto const lang = page_language(request);
  auto const query = search_query(request, lang);
  auto found = co_await collect_for_feeds(app, query, most_rows);
  if (!found) co_return found.error();
  co_return Exported{std::move(*found), origin_of(app.config, request), lang};
}

/// A file to keep, for nobody's index; a withdrawn consent must end it at once.
void mark_as_export(Response& response, std::string_view name, std::string_view lang) {
  response.set(http::field::content_disposition, "attachment; filename=\"" + std::string(name) + "\"");
  response.set(http::field::cache_control, "no-cache");
  response.set(http::field::content_language, lang);
  response.set("X-Robots-Tag", "noindex");
  response.set(http::field::vary, "Accept-Language, Cookie");
}

std::string day_of(std::optional<catalog::Time> const& time) { return time ? catalog::to_iso8601(*time).substr(0, 10) : std::string(); }

std::vector<std::string> names_of(std::vector<std::string> const& codes, Naming const& naming) {
  std::vector<std::string> names;
  for (auto const& code : codes) names.push_back(naming.field(code));
  return names;
}

awaitable<Response> show_csv(App& app, Request& request) {
  auto const exported = co_await collect(app, request);
  if (!exported) co_return problem(request, exported.error());
  auto const& [found, origin, lang] = *exported;
  Naming const naming{app.templates, *found.vocabulary, lang};

  std::string out(csv_start);
  std::vector<std::string> row;
  for (auto const* column : {"address", "title", "summary", "teller", "occupation", "institution", "unit", "fields", "field_codes", "languages", "captions", "length", "published", "changed"})
    row.push_back(app.templates.text(lang, std::string("export.") + column));
  add_csv_row(out, row, csv_delimiter(lang));
  for (auto const& card : found.cards) {
    row = {origin + "/stories/" + card.id,
           card.title.in(lang),
           card.summary.in(lang),
           card.shown_name,
           naming.occupation(card.occupation, card.occupation_text),
           naming.institution(card.institution),
           naming.unit(card.institution, card.unit),
           joined(names_of(card.fields, naming), "; "),
           joined(card.fields, "; "),
           language_list(card.languages, lang),
           language_list(card.caption_languages, lang),
           format_clock(card.duration),
           day_of(card.published_at),
           catalog::to_iso8601(card.changed_at).substr(0, 10)};
    add_csv_row(out, row, csv_delimiter(lang));
  }
  auto response = text(std::move(out), "text/csv; charset=utf-8; header=present"); // RFC 4180, 3; cells quoted, so that its rules hold with a semicolon too
  mark_as_export(response, "tarina.csv", lang);
  co_return response;
}

Json in_languages(catalog::LocalText const& words) {
  auto out = Json::object();
  if (!words.fi.empty()) out["fi"] = words.fi;
  if (!words.sv.empty()) out["sv"] = words.sv;
  if (!words.en.empty()) out["en"] = words.en;
  return out;
}

Json named(std::string const& code, std::string name) { return code.empty() ? Json() : Json{{"code", code}, {"name", std::move(name)}}; }

Json export_json(Naming const& naming, catalog::StoryCard const& card, std::string const& origin) {
  auto const poster = poster_address(card.stream_key, card.poster);
  auto fields = Json::array();
  for (auto const& code : card.fields) fields.push_back(named(code, naming.field(code)));
  return {{"id", card.id},
          {"url", origin + "/stories/" + card.id},
          {"title", in_languages(card.title)},
          {"summary", in_languages(card.summary)},
          {"teller", card.shown_name},
          {"occupation", naming.occupation(card.occupation, card.occupation_text)},
          {"institution", named(card.institution, naming.institution(card.institution))},
          {"unit", named(card.unit, naming.unit(card.institution, card.unit))},
          {"fields", std::move(fields)},
          {"languages", card.languages},
          {"captions", card.caption_languages},
          {"duration_ms", card.duration.count()},
          {"poster", poster.empty() ? Json() : Json(origin + poster)},
          {"published", card.published_at ? Json(catalog::to_iso8601(*card.published_at)) : Json()},
          {"changed", catalog::to_iso8601(card.changed_at)}};
}

awaitable<Response> show_json(App& app, Request& request) {
  auto const exported = co_await collect(app, request);
  if (!exported) co_return problem(request, exported.error());
  auto const& [found, origin, lang] = *exported;
  Naming const naming{app.templates, *found.vocabulary, lang};
  auto items = Json::array();
  for (auto const& card : found.cards) items.push_back(export_json(naming, card, origin));
  auto response = json({{"found", found.cards.size()}, {"complete", !found.cut}, {"rights", app.templates.text(lang, "feeds.rights")}, {"items", std::move(items)}});
  mark_as_export(response, "tarina.json", lang);
  co_return response;
}

} // namespace

void add_export_routes(Router& router, App& app) {
  router.add(http::verb::get, "/stories.csv", [&app](Request& r) { return show_csv(app, r); });
  router.add(http::verb::get, "/stories.json", [&app](Request& r) { return show_json(app, r); });
}

} // namespace tarina::server
