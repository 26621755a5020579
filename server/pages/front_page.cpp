// GET /: what this is, a search field, fields as doors, newest stories, institutions, how to take part.
#include "catalog/catalog.hpp"
#include "server/interop/for_feeds.hpp"
#include "server/pages/list_view.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

struct Doors {
  catalog::SearchResult counts; // an empty search: facets over everything published
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};

result<Doors> count_doors(catalog::Catalog& c) {
  catalog::SearchQuery everything;
  everything.limit = 1;
  everything.moments = 0;
  auto found = c.search(everything);
  if (!found) return found.error();
  return Doors{std::move(*found), c.vocabulary()};
}

std::map<std::string, std::int64_t> by_code(std::vector<catalog::FacetCount> const& facet) {
  std::map<std::string, std::int64_t> counts;
  for (auto const& [code, count] : facet) counts[code] = count;
  return counts;
}

/// Broad fields, with their narrow ones when asked; on the front page only those that have stories.
Json field_doors(Naming const& naming, catalog::SearchResult const& counts, bool everything) {
  auto const published = by_code(counts.facets.field);
  auto count_of = [&](std::string const& code) {
    auto const found = published.find(code);
    return found == published.end() ? std::int64_t{0} : found->second;
  };
  auto door = [&](catalog::Field const& field) {
    auto const n = count_of(field.code);
    return Json{{"code", field.code},
                {"name", field.name.in(naming.lang)},
                {"href", "/stories?field=" + field.code},
                {"count", n},
                {"any", n > 0},
                {"count_words", naming.templates.count(naming.lang, "stories.count", n)}};
  };
  auto doors = Json::array();
  for (auto const& field : naming.vocabulary.fields) {
    if (!field.parent.empty() || field.code == "99" || (!everything && count_of(field.code) == 0)) continue;
    auto view = door(field);
    auto& narrow = view["narrow"] = Json::array();
    for (auto const& child : naming.vocabulary.fields)
      if (everything && child.parent == field.code && count_of(child.code) > 0 && child.name.in(naming.lang) != field.name.in(naming.lang))
        narrow.push_back(door(child));
    doors.push_back(std::move(view));
  }
  return doors;
}

Json institution_doors(Naming const& naming, catalog::SearchResult const& counts) {
  auto const published = by_code(counts.facets.institution);
  auto doors = Json::array();
  for (auto const& institution : naming.vocabulary.institutions) {
    auto const found = published.find(institution.code);
    auto const n = found == published.end() ? std::int64_t{0} : found->second;
    if (n == 0 && !institution.valid_to.empty()) continue; // closed and without stories
    doors.push_back({{"code", institution.code},
                     {"name", institution.name.in(naming.lang)},
                     {"short_name", institution.short_name},
                     {"href", "/stories?institution=" + institution.code},
                     {"website", institution.website},
                     {"any", n > 0},
                     {"count_words", naming.templates.count(naming.lang, "stories.count", n)}});
  }
  return doors;
}

awaitable<Response> show_front(App& app, Request& request) {
  auto const lang = page_language(request);
  auto load = [&](catalog::Catalog& c) {
    auto const vocabulary = c.vocabulary();
    auto collections = collection_views({app.templates, *vocabulary, lang}, c, catalog::Lists(c).published_collections(3));
    return std::tuple(count_doors(c), c.published({.institution = {}, .field = {}, .limit = 9}), std::move(collections));
  };
  auto const [doors, newest, collections] = co_await app.catalog.run(load);
  if (!doors) co_return problem(request, doors.error());
  Naming const naming{app.templates, *doors->vocabulary, lang};

  Page page{.name = "front", .title = app.templates.text(lang, "front.title"), .context = Json::object()};
  page.description = app.templates.text(lang, "front.lead");
  page.canonical = "/";
  page.header_search = false;
  page.styles = {"list.css"};
  page.context = {{"collections", collections},
                  {"any_collections", !collections.empty()},
                  {"stories", card_views(naming, newest.items)},
                  {"more", newest.total > static_cast<int>(newest.items.size())},
                  {"count_words", app.templates.count(lang, "front.all", newest.total)},
                  {"fields", field_doors(naming, doors->counts, false)},
                  {"institutions", institution_doors(naming, doors->counts)}};
  auto const origin = origin_of(app.config, request);
  page.head = feed_link(app, lang, {}) +
              "<link rel=\"service-desc\" type=\"application/openapi+json\" href=\"/api/v1/openapi.json\">\n<script type=\"application/ld+json\">" +
              json_for_script({{"@context", "https://schema.org"},
                               {"@type", "WebSite"},
                               {"name", app.templates.text(lang, "site.name")},
                               {"url", origin + "/"},
                               {"potentialAction",
                                {{"@type", "SearchAction"},
                                 {"target", origin + "/stories?q={q}"},
                                 {"query-input", "required name=q"}}}}) +
              "</script>";
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> show_fields(App& app, Request& request) {
  auto const doors = co_await app.catalog.run(count_doors);
  if (!doors) co_return problem(request, doors.error());
  auto const lang = page_language(request);
  Page page{.name = "fields", .title = app.templates.text(lang, "nav.fields"), .context = Json::object()};
  page.canonical = "/fields";
  page.nav = "fields";
  page.context = {{"fields", field_doors({app.templates, *doors->vocabulary, lang}, doors->counts, true)}};
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> show_institutions(App& app, Request& request) {
  auto const doors = co_await app.catalog.run(count_doors);
  if (!doors) co_return problem(request, doors.error());
  auto const lang = page_language(request);
  Page page{.name = "institutions", .title = app.templates.text(lang, "nav.institutions"), .context = Json::object()};
  page.canonical = "/institutions";
  page.nav = "institutions";
  page.context = {{"institutions", institution_doors({app.templates, *doors->vocabulary, lang}, doors->counts)}};
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_front_routes(Router& router, App& app) {
  router.add(http::verb::get, "/", [&app](Request& r) { return show_front(app, r); });
  router.add(http::verb::get, "/fields", [&app](Request& r) { return show_fields(app, r); });
  router.add(http::verb::get, "/institutions", [&app](Request& r) { return show_institutions(app, r); });
}

} // namespace tarina::server
