#include "server/pages/search_facets.hpp"
#include "server/pages/story_search.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>

namespace tarina::server {

using Json = nlohmann::json;
using catalog::FacetCount;

namespace {

constexpr std::size_t most_options = 12; // shown of one facet; chosen ones always

bool contains(std::vector<std::string> const& list, std::string const& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string institution_of(catalog::Vocabulary const& vocabulary, std::string const& unit) {
  for (auto const& institution : vocabulary.institutions)
    if (institution.find_unit(unit)) return institution.code;
  return {};
}

std::vector<FacetCount> short_to_long(std::vector<FacetCount> counts) {
  std::vector<FacetCount> ordered;
  for (std::string_view const code : {"short", "medium", "long"})
    for (auto const& one : counts)
      if (one.code == code) ordered.push_back(one);
  return ordered;
}

std::vector<FacetCount> latest_first(std::vector<FacetCount> counts) {
  std::sort(counts.begin(), counts.end(), [](FacetCount const& a, FacetCount const& b) { return a.code > b.code; });
  return counts;
}

/// Broad fields as links; once one is chosen only that one, with its narrow fields and the way back to all.
Json field_tree(Naming const& naming, catalog::SearchQuery const& query, Facet const& facet) {
  auto count_of = [&](std::string const& code) {
    auto const found = std::find_if(facet.counts.begin(), facet.counts.end(), [&](FacetCount const& c) { return c.code == code; });
    return found == facet.counts.end() ? std::int64_t{0} : found->count;
  };
  auto const anywhere = without(query, "field", {});
  auto link = [&](catalog::Field const& field) {
    auto there = anywhere;
    there.fields = {field.code};
    return Json{{"code", field.code},
                {"label", field.name.in(naming.lang)},
                {"count", count_of(field.code)},
                {"href", search_address(there)},
                {"current", contains(query.fields, field.code)}};
  };
  auto const& all = naming.vocabulary.fields;
  bool const any = std::any_of(all.begin(), all.end(), [&](catalog::Field const& field) { return contains(query.fields, field.code); });
  auto broad = Json::array();
  for (auto const& field : all) {
    if (!field.parent.empty()) continue;
    bool const open = std::any_of(facet.chosen.begin(), facet.chosen.end(), [&](std::string const& code) {
      auto const* chosen = naming.vocabulary.find_field(code);
      return chosen && (chosen->code == field.code || chosen->parent == field.code);
    });
    if (any ? !open : count_of(field.code) == 0) continue;
    auto view = link(field);
    view["open"] = open;
    auto& narrow = view["narrow"] = Json::array();
    for (auto const& child : all)
      if (open && child.parent == field.code && child.name.in(naming.lang) != field.name.in(naming.lang) && (count_of(child.code) > 0 || contains(query.fields, child.code)))
        narrow.push_back(link(child));
    broad.push_back(std::move(view));
  }
  return {{"all_href", search_address(anywhere)}, {"any", any}, {"broad", std::move(broad)}};
}

Json options_of(Facet const& facet, std::function<bool(std::string const&)> const& shown) {
  auto options = Json::array();
  auto add = [&](std::string const& code, std::int64_t count) {
    auto label = facet.label(code);
    bool const checked = contains(facet.chosen, code);
    if (label.empty() || !shown(code) || (options.size() >= most_options && !checked)) return;
    options.push_back({{"code", code}, {"label", std::move(label)}, {"count", count}, {"checked", checked}});
  };
  for (auto const& [code, count] : facet.counts) add(code, count);
  for (auto const& code : facet.chosen) // chosen but without a hit: must stay to be taken away
    if (std::none_of(facet.counts.begin(), facet.counts.end(), [&](FacetCount const& c) { return c.code == code; })) add(code, 0);
  return options;
}

} // namespace

std::vector<Facet> facets_of(Naming const& naming, catalog::SearchQuery const& query, catalog::SearchFacets const& counts) {
  auto words = [&naming](std::string_view prefix) {
    return [&naming, prefix](std::string const& code) {
      auto const key = std::string(prefix) + code;
      return naming.templates.has_text(key) ? naming.templates.text(naming.lang, key) : std::string{};
    };
  };
  auto field = [&naming](std::string const& code) { return naming.field(code); };
  auto institution = [&naming](std::string const& code) { return naming.institution(code); };
  auto unit = [&naming](std::string const& code) { return naming.unit(institution_of(naming.vocabulary, code), code); };
  auto language = [&naming](std::string const& code) { return language_name(code, naming.lang); };
  auto tag = [](std::string const& code) { return code; };
  auto year = [](std::string const& code) { return code.size() == 4 && code.find_first_not_of("0123456789") == std::string::npos ? code : std::string{}; };
  std::vector<std::string> const plain = query.plain_language ? std::vector<std::string>{"1"} : std::vector<std::string>{};
  std::vector<FacetCount> const with_plain = counts.plain_language > 0 ? std::vector<FacetCount>{{"1", counts.plain_language}} : std::vector<FacetCount>{};
  return {{"field", query.fields, counts.field, field},
          {"institution", query.institutions, counts.institution, institution},
          {"unit", query.units, counts.unit, unit},
          {"language", query.languages, counts.language, language},
          {"captions", query.captions, counts.captions, language},
          {"plain", plain, with_plain, words("plain.")},
          {"length", query.lengths, short_to_long(counts.length), words("length.")},
          {"year", query.years, latest_first(counts.year), year},
          {"tag", query.tags, counts.tag, tag}};
}

Json facets_json(Naming const& naming, std::vector<Facet> const& facets) {
  auto out = Json::object();
  for (auto const& facet : facets) {
    auto& list = out[facet.name] = Json::array();
    for (auto const& [code, count] : facet.counts) {
      Json entry{{"code", code}, {"name", facet.label(code)}, {"count", count}};
      if (facet.name == "field") {
        auto const* field = naming.vocabulary.find_field(code);
        entry["parent"] = field && !field->parent.empty() ? Json(field->parent) : Json();
      }
      if (facet.name == "unit") entry["institution"] = institution_of(naming.vocabulary, code);
      list.push_back(std::move(entry));
    }
  }
  return out;
}

Json facet_views(Naming const& naming, catalog::SearchQuery const& query, std::vector<Facet> const& facets) {
  auto views = Json::array();
  for (auto const& facet : facets) {
    bool const unit = facet.name == "unit";
    auto shown = [&](std::string const& code) { return !unit || contains(query.institutions, institution_of(naming.vocabulary, code)); };
    Json view{{"name", facet.name},
              {"label", naming.templates.text(naming.lang, "facet." + facet.name)},
              {"open", facet.name == "field" || facet.name == "institution" || unit || !facet.chosen.empty()},
              {"tree", nullptr},
              {"options", Json::array()}};
    if (facet.name == "field") {
      auto tree = field_tree(naming, query, facet);
      if (tree["broad"].empty()) continue;
      view["tree"] = std::move(tree);
    } else {
      view["options"] = options_of(facet, shown);
      if (view["options"].empty()) continue;
    }
    views.push_back(std::move(view));
  }
  return views;
}

} // namespace tarina::server
