// GET /stories: search with facets and moments; works as a plain form.
#include "catalog/catalog.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/story_search.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

struct Facet {
  std::string name;
  std::vector<std::string> const& chosen;
  std::vector<catalog::FacetCount> const& counts;
  std::function<std::string(std::string const&)> label;
};

bool contains(std::vector<std::string> const& list, std::string const& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// The query string with one more or one less value; the cursor always falls away, for the list changes.
std::string changed_query(Request const& request, std::string_view name, std::string_view drop, std::string_view add) {
  std::string out;
  auto append = [&](std::string_view key, std::string_view value) {
    out += (out.empty() ? "" : "&") + percent_encode(key) + "=" + percent_encode(value);
  };
  for (auto const& [key, value] : request.query.pairs()) {
    if (key == "cursor" || value.empty() || (key == name && (drop.empty() || value == drop))) continue;
    append(key, value);
  }
  if (!add.empty()) append(name, add);
  return out.empty() ? "/stories" : "/stories?" + out;
}

Json facet_view(Facet const& facet, Templates const& templates, std::string_view lang) {
  auto options = Json::array();
  auto add = [&](std::string const& code, std::int64_t count) {
    auto label = facet.label(code);
    if (label.empty()) return;
    options.push_back({{"code", code}, {"label", label}, {"count", count}, {"checked", contains(facet.chosen, code)}});
  };
  for (auto const& [code, count] : facet.counts) add(code, count);
  for (auto const& code : facet.chosen) // chosen but without a hit: must stay to be taken away
    if (std::none_of(facet.counts.begin(), facet.counts.end(), [&](auto const& c) { return c.code == code; })) add(code, 0);
  return {{"name", facet.name},
          {"label", templates.text(lang, "facet." + facet.name)},
          {"open", facet.name == "field" || facet.name == "institution" || !facet.chosen.empty()},
          {"options", std::move(options)}};
}

Json moments_view(catalog::SearchHit const& hit, std::string_view lang) {
  auto out = Json::array();
  for (auto const& moment : hit.moments)
    out.push_back({{"html", moment.html},
                   {"lang", moment.language == lang ? Json() : Json(moment.language)},
                   {"clock", format_clock(moment.start)},
                   {"add_href", fmt::format("/lists/add?story={}&start={}&end={}", hit.story, format_clock(moment.start), format_clock(moment.end + std::chrono::milliseconds(999)))},
                   {"href", fmt::format("/stories/{}?t={}", hit.story, moment.start.count() / 1000)}});
  return out;
}

awaitable<Response> show_search(App& app, Request& request) {
  auto const lang = page_language(request);
  auto query = search_query(request, lang);
  query.limit = 18;
  auto load = [&query](catalog::Catalog& c) { return find_stories(c, query); };
  auto const found = co_await app.catalog.run(load);
  if (!found) co_return problem(request, found.error());
  auto const& [result, cards, vocabulary] = *found;
  Naming const naming{app.templates, *vocabulary, lang};
  auto const& text = app.templates;

  auto hits = Json::array();
  for (auto const& card : cards) {
    auto view = card_view(naming, card);
    auto const hit = std::find_if(result.hits.begin(), result.hits.end(), [&](auto const& h) { return h.story == card.id; });
    view["moments"] = hit != result.hits.end() ? moments_view(*hit, lang) : Json::array();
    hits.push_back(std::move(view));
  }

  auto field_label = [&](std::string const& code) {
    auto const* field = naming.vocabulary.find_field(code);
    return field && (field->parent.empty() || contains(query.fields, code)) ? field->name.in(lang) : std::string{};
  };
  auto language_label = [&](std::string const& code) { return language_name(code, lang); };
  auto institution_label = [&](std::string const& code) { return naming.institution(code); };
  auto unit_label = [&](std::string const& code) {
    for (auto const& institution : naming.vocabulary.institutions)
      if (auto const* unit = institution.find_unit(code); unit && contains(query.institutions, institution.code)) return unit->name.in(lang);
    return std::string{};
  };
  auto tag_label = [](std::string const& tag) { return tag; };
  std::vector<Facet> const facets{{"field", query.fields, result.facets.field, field_label},
                                  {"institution", query.institutions, result.facets.institution, institution_label},
                                  {"unit", query.units, result.facets.unit, unit_label},
                                  {"language", query.languages, result.facets.language, language_label},
                                  {"captions", query.captions, result.facets.captions, language_label},
                                  {"tag", query.tags, result.facets.tag, tag_label}};
  auto facet_views = Json::array();
  auto chosen = Json::array();
  for (auto const& facet : facets) {
    auto view = facet_view(facet, text, lang);
    for (auto const& code : facet.chosen)
      if (auto label = facet.label(code); !label.empty())
        chosen.push_back({{"label", label}, {"facet", view["label"]}, {"href", changed_query(request, facet.name, code, {})}});
    if (auto& options = view["options"]; !options.empty()) {
      if (options.size() > 12) options.erase(options.begin() + 12, options.end());
      facet_views.push_back(std::move(view));
    }
  }

  auto sorts = Json::array();
  std::string const sort = query.sort == catalog::SearchSort::newest ? "newest" : query.sort == catalog::SearchSort::shortest ? "shortest" : query.text.empty() ? "newest" : "relevance";
  for (std::string const name : {"relevance", "newest", "shortest"})
    if (name != "relevance" || !query.text.empty())
      sorts.push_back({{"name", name}, {"label", text.text(lang, "sort." + name)}, {"selected", name == sort}});

  // A filter nobody has a name for narrows as well, though there is nothing to show of it.
  bool const filtered = std::any_of(facets.begin(), facets.end(), [](Facet const& facet) { return !facet.chosen.empty(); });
  bool const narrowed = !query.text.empty() || filtered;
  char const* none_title = !narrowed ? "front.empty_title" : !filtered ? "search.none_title" : query.text.empty() ? "search.none_filtered_title" : "search.none_both_title";
  Page page{.name = "search", .context = Json::object()};
  page.title = query.text.empty() ? text.text(lang, "nav.stories") : text.text(lang, "search.title", {{"q", query.text}});
  page.styles = {"search.css"};
  page.scripts = {"search.js"};
  page.nav = "stories";
  page.header_search = false;
  page.noindex = narrowed;
  if (!narrowed) page.canonical = "/stories";
  page.context = {{"q", query.text},
                  {"hits", std::move(hits)},
                  {"none", cards.empty()},
                  {"none_title", text.text(lang, none_title)},
                  {"narrowed", narrowed},
                  {"total", result.total},
                  {"count_words", text.count(lang, query.text.empty() ? "stories.count" : "search.count", result.total)},
                  {"suggestion", result.suggestion},
                  {"suggestion_href", changed_query(request, "q", {}, result.suggestion)},
                  {"facets", std::move(facet_views)},
                  {"chosen", chosen},
                  {"any_chosen", !chosen.empty()},
                  {"several_chosen", chosen.size() > 1},
                  {"clear_href", query.text.empty() ? "/stories" : "/stories?q=" + percent_encode(query.text)},
                  {"sorts", std::move(sorts)},
                  {"as_cards", query.text.empty()}};
  if (!result.next.empty()) {
    auto const here = changed_query(request, "cursor", {}, {});
    page.context["next_href"] = here + (here.find('?') == std::string::npos ? "?" : "&") + "cursor=" + percent_encode(result.next);
  }
  if (!query.cursor.empty()) page.context["first_href"] = changed_query(request, "cursor", {}, {});
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_search_routes(Router& router, App& app) {
  router.add(http::verb::get, "/stories", [&app](Request& r) { return show_search(app, r); });
}

} // namespace tarina::server
