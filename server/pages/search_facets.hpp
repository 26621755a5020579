// The ways to narrow a search, with names and counts: for the API as they are, for the page as links and boxes.
#pragma once
#include "catalog/search/index.hpp"
#include "server/pages/story_view.hpp"
#include <functional>

namespace tarina::server {

struct Facet {
  std::string name;                        // of the query parameter: "field"
  std::vector<std::string> chosen;         // codes
  std::vector<catalog::FacetCount> counts; // in the order to show
  std::function<std::string(std::string const&)> label; // empty for a code that nobody has a name for
};

/// field, institution, unit, language, captions, plain, length, year, tag. The labels point to `naming`.
std::vector<Facet> facets_of(Naming const& naming, catalog::SearchQuery const& query, catalog::SearchFacets const& counts);

/// {"field": [{code, name, count, parent}], "institution": [{code, name, count}], "unit": [{…, institution}], …}.
nlohmann::json facets_json(Naming const& naming, std::vector<Facet> const& facets);

/// For the page's form: [{name, label, open, tree, options: [{code, label, count, checked}]}]. The field's is a tree of
/// links, {all_href, any, broad: [{label, count, href, code, current, open, narrow: [{label, count, href, current}]}]}, in
/// which a broad field that is chosen opens its narrow ones. Units stand only under an institution that is chosen.
nlohmann::json facet_views(Naming const& naming, catalog::SearchQuery const& query, std::vector<Facet> const& facets);

} // namespace tarina::server
