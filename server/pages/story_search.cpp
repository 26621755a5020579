#include "server/pages/story_search.hpp"
#include "catalog/catalog.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <charconv>

namespace tarina::server {

namespace {

constexpr std::size_t most_values = 50; // of one parameter; more is no person's filter

std::vector<std::string> values(Request const& request, std::string_view name, bool split) {
  std::vector<std::string> out;
  for (auto const& value : request.query.all(name)) {
    std::string_view rest = value;
    while (!rest.empty() && out.size() < most_values) {
      auto const comma = split ? rest.find(',') : std::string_view::npos;
      if (auto const one = rest.substr(0, comma); !one.empty() && std::find(out.begin(), out.end(), one) == out.end())
        out.emplace_back(one);
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
  }
  return out;
}

} // namespace

catalog::SearchQuery search_query(Request const& request, std::string_view page_language) {
  catalog::SearchQuery query;
  query.text = with_valid_utf8(request.query.get("q").substr(0, 400)); // the cut may split a character
  query.fields = values(request, "field", true);
  query.institutions = values(request, "institution", true);
  query.units = values(request, "unit", true);
  query.languages = values(request, "language", true);
  query.tags = values(request, "tag", false); // a tag may hold a comma
  query.captions = values(request, "captions", true);
  auto const& sort = request.query.get("sort");
  query.sort = sort == "newest" ? catalog::SearchSort::newest : sort == "shortest" ? catalog::SearchSort::shortest : catalog::SearchSort::relevance;
  query.cursor = request.query.get("cursor");
  auto const& limit = request.query.get("limit");
  std::from_chars(limit.data(), limit.data() + limit.size(), query.limit);
  query.page_language = page_language;
  return query;
}

result<FoundStories> find_stories(catalog::Catalog& catalog, catalog::SearchQuery const& query) {
  auto found = catalog.search(query);
  if (!found) return found.error();
  std::vector<std::string> ids;
  for (auto const& hit : found->hits) ids.push_back(hit.story);
  return FoundStories{std::move(*found), catalog.cards(ids, catalog::Use::watch), catalog.vocabulary()};
}

} // namespace tarina::server
