// GET /stories: search with facets and moments; works as a plain form.
#include "catalog/catalog.hpp"
#include "server/interop/for_feeds.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/search_facets.hpp"
#include "server/pages/story_search.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

constexpr std::size_t most_counted = 8; // filters whose removal is tried when a search found nothing

/// A filter in use, and what the search finds without it; −1 where that was not counted, because it finds something.
struct Chosen {
  std::string filter, value;
  std::int64_t stories_without = -1;
};

struct Found {
  FoundStories stories;
  std::vector<Chosen> chosen;
  std::int64_t stories_without_filters = 0; // counted only when nothing was found
  catalog::SearchQuery suggested;           // with the words that were meant; without filters where they leave nothing
  std::int64_t stories_suggested = 0;
};

std::vector<Chosen> chosen_filters(catalog::SearchQuery const& query) {
  std::vector<Chosen> chosen;
  for (auto const& filter : search_filters)
    for (auto const& value : query.*filter.values) chosen.push_back({std::string(filter.name), value});
  if (query.plain_language) chosen.push_back({"plain", "1"});
  return chosen;
}

result<Found> find(catalog::Catalog& c, catalog::SearchQuery const& query) {
  auto stories = find_stories(c, query);
  if (!stories) return stories.error();
  Found found{std::move(*stories), chosen_filters(query), 0, {}, 0};
  auto const& result = found.stories.result;
  if (!result.suggestion.empty()) {
    found.suggested = query;
    found.suggested.text = result.suggestion;
    found.stories_suggested = count_stories(c, found.suggested);
    if (found.stories_suggested == 0 && has_filters(query)) {
      found.suggested = without_filters(found.suggested);
      found.stories_suggested = count_stories(c, found.suggested);
    }
  }
  if (result.total > 0 || found.chosen.empty()) return found;
  for (std::size_t i = 0; i < std::min(found.chosen.size(), most_counted); ++i) {
    auto& one = found.chosen[i];
    one.stories_without = count_stories(c, without(query, one.filter, one.value));
  }
  found.stories_without_filters = count_stories(c, without_filters(query));
  std::stable_sort(found.chosen.begin(), found.chosen.end(), [](Chosen const& a, Chosen const& b) { return a.stories_without > b.stories_without; });
  return found;
}

/// The moment's words go along, so that the story's own search goes on with them.
Json moments_view(catalog::SearchHit const& hit, catalog::SearchQuery const& query) {
  auto out = Json::array();
  for (auto const& moment : hit.moments)
    out.push_back({{"html", moment.html},
                   {"lang", moment.language == query.page_language ? Json() : Json(moment.language)},
                   {"clock", format_clock(moment.start)},
                   {"start_ms", moment.start.count()},
                   {"end_ms", moment.end.count()},
                   {"add_href", fmt::format("/lists/add?story={}&start={}&end={}", hit.story, format_clock(moment.start), format_clock(moment.end + std::chrono::milliseconds(999)))},
                   {"href", fmt::format("/stories/{}?t={}&q={}", hit.story, moment.start.count() / 1000, percent_encode(query.text))}});
  return out;
}

Json hit_views(Naming const& naming, FoundStories const& found, catalog::SearchQuery const& query) {
  auto views = Json::array();
  for (auto const& card : found.cards) {
    auto view = card_view(naming, card);
    auto const& hits = found.result.hits;
    auto const hit = std::find_if(hits.begin(), hits.end(), [&](auto const& h) { return h.story == card.id; });
    view["moments"] = hit != hits.end() ? moments_view(*hit, query) : Json::array();
    if (!query.text.empty()) view["href"] = fmt::format("/stories/{}?q={}", card.id, percent_encode(query.text));
    views.push_back(std::move(view));
  }
  return views;
}

Json chosen_views(Naming const& naming, Found const& found, catalog::SearchQuery const& query, std::vector<Facet> const& facets) {
  auto views = Json::array();
  for (auto const& one : found.chosen) {
    if (one.stories_without == 0) continue; // nothing would be won; its box beside stays
    auto const facet = std::find_if(facets.begin(), facets.end(), [&](Facet const& f) { return f.name == one.filter; });
    auto label = facet == facets.end() ? std::string{} : facet->label(one.value);
    if (label.empty()) continue; // nobody has a name for it; "all filters" takes it away
    views.push_back({{"label", std::move(label)},
                     {"facet", naming.templates.text(naming.lang, "facet." + one.filter)},
                     {"stories", one.stories_without < 0 ? std::string{} : naming.templates.count(naming.lang, "stories.count", one.stories_without)},
                     {"href", search_address(without(query, one.filter, one.value))}});
  }
  return views;
}

Json sort_views(Templates const& templates, catalog::SearchQuery const& query) {
  using catalog::SearchSort;
  bool const listed = query.text.empty(); // then relevance is newest
  auto const used = listed && query.sort == SearchSort::relevance ? SearchSort::newest : query.sort;
  auto sorts = Json::array();
  for (auto const sort : {SearchSort::relevance, SearchSort::newest, SearchSort::shortest, SearchSort::longest}) {
    if (listed && sort == SearchSort::relevance) continue;
    auto const name = std::string(sort_name(sort));
    sorts.push_back({{"name", name}, {"label", templates.text(query.page_language, "sort." + name)}, {"selected", sort == used}});
  }
  return sorts;
}

char const* none_title(catalog::SearchQuery const& query) {
  if (!has_filters(query)) return query.text.empty() ? "front.empty_title" : "search.none_title";
  return query.text.empty() ? "search.none_filtered_title" : "search.none_both_title";
}

awaitable<Response> show_search(App& app, Request& request) {
  auto const lang = page_language(request);
  auto query = search_query(request, lang);
  query.limit = 18;
  auto load = [&query](catalog::Catalog& c) { return find(c, query); };
  auto const found = co_await app.catalog.run(load);
  if (!found) co_return problem(request, found.error());
  auto const& result = found->stories.result;
  auto const& text = app.templates;
  Naming const naming{text, *found->stories.vocabulary, lang};
  auto const facets = facets_of(naming, query, result.facets);
  auto const chosen = chosen_views(naming, *found, query, facets);
  // A filter nobody has a name for narrows as well, though there is nothing to show of it.
  bool const narrowed = !query.text.empty() || has_filters(query);

  Page page{.name = "search", .context = Json::object()};
  page.title = query.text.empty() ? text.text(lang, "nav.stories") : text.text(lang, "search.title", {{"q", query.text}});
  page.styles = {"search.css"};
  page.scripts = {"search.js"};
  page.nav = "stories";
  page.header_search = false;
  page.noindex = narrowed;
  if (!narrowed) page.canonical = "/stories";
  page.context = {{"q", query.text},
                  {"hits", hit_views(naming, found->stories, query)},
                  {"none", found->stories.cards.empty()},
                  {"none_title", text.text(lang, none_title(query))},
                  {"narrowed", narrowed},
                  {"count_words", text.count(lang, query.text.empty() ? "stories.count" : "search.count", result.total)},
                  {"facets", facet_views(naming, query, facets)},
                  {"fields_chosen", query.fields},
                  {"chosen", chosen},
                  {"any_chosen", !chosen.empty()},
                  {"filtered", has_filters(query)},
                  {"filters_used", found->chosen.size()},
                  {"several_chosen", found->chosen.size() > 1 && found->stories_without_filters > 0},
                  {"clear_href", search_address(without_filters(query))},
                  {"clear_stories", text.count(lang, "stories.count", found->stories_without_filters)},
                  {"sorts", sort_views(text, query)},
                  {"as_cards", query.text.empty()}};
  if (found->stories_suggested > 0) {
    page.context["suggestion"] = {{"text", found->suggested.text},
                                  {"href", search_address(found->suggested)},
                                  {"stories", text.count(lang, "stories.count", found->stories_suggested)}};
  }
  auto const here = search_address(query);
  if (!result.next.empty()) page.context["next_href"] = here + (here.find('?') == std::string::npos ? "?" : "&") + "cursor=" + percent_encode(result.next);
  if (!query.cursor.empty()) page.context["first_href"] = here;
  page.head = feed_link(app, lang, query);
  if (result.total > 0) page.context["exports"] = export_links(lang, query);
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_search_routes(Router& router, App& app) {
  router.add(http::verb::get, "/stories", [&app](Request& r) { return show_search(app, r); });
}

} // namespace tarina::server
