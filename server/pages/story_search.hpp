// One search for the page and the API: query parameters in, hits with their cards out, and the way back to an address.
#pragma once
#include "catalog/search/index.hpp"
#include "catalog/story.hpp"
#include "catalog/vocabulary.hpp"
#include "server/request.hpp"
#include <array>
#include <memory>

namespace tarina::catalog { class Catalog; }

namespace tarina::server {

/// A query parameter that narrows a search, repeatable; all but the tag also comma-separated.
struct SearchFilter {
  std::string_view name;
  std::vector<std::string> catalog::SearchQuery::*values;
};
inline constexpr std::array<SearchFilter, 8> search_filters{{{"field", &catalog::SearchQuery::fields},
                                                             {"institution", &catalog::SearchQuery::institutions},
                                                             {"unit", &catalog::SearchQuery::units},
                                                             {"language", &catalog::SearchQuery::languages},
                                                             {"captions", &catalog::SearchQuery::captions},
                                                             {"length", &catalog::SearchQuery::lengths},
                                                             {"year", &catalog::SearchQuery::years},
                                                             {"tag", &catalog::SearchQuery::tags}}};

/// q, the filters above, plain=1, sort=newest|shortest|longest, cursor, limit.
catalog::SearchQuery search_query(Request const& request, std::string_view page_language);

/// What somebody typed into the parameter `name`: at most 400 bytes of valid UTF-8, control characters as spaces.
std::string typed_words(Request const& request, std::string_view name);

/// "relevance", "newest", "shortest", "longest".
std::string_view sort_name(catalog::SearchSort sort);

/// `path` with the text, filters and order of a search: "/stories?q=hitsaaja&field=07". No cursor, no limit.
std::string search_address(catalog::SearchQuery const& query, std::string_view path = "/stories");

/// The same search without one value of a filter; "plain" is a filter as well. `value` empty: without the whole filter.
catalog::SearchQuery without(catalog::SearchQuery query, std::string_view filter, std::string_view value);
/// Text and order alone.
catalog::SearchQuery without_filters(catalog::SearchQuery query);
bool has_filters(catalog::SearchQuery const& query);

struct FoundStories {
  catalog::SearchResult result;
  std::vector<catalog::StoryCard> cards; // of the hits, in order; one withdrawn meanwhile is left out
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};
result<FoundStories> find_stories(catalog::Catalog& catalog, catalog::SearchQuery const& query);

/// How many stories a search finds.
std::int64_t count_stories(catalog::Catalog& catalog, catalog::SearchQuery query);

} // namespace tarina::server
