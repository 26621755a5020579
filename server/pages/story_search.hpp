// One search for the page and the API: query parameters in, hits with their cards out.
#pragma once
#include "catalog/search/index.hpp"
#include "catalog/story.hpp"
#include "catalog/vocabulary.hpp"
#include "server/request.hpp"
#include <memory>

namespace tarina::catalog { class Catalog; }

namespace tarina::server {

/// q, field, institution, unit, language, tag, captions (each repeatable or comma-separated), sort, cursor, limit.
catalog::SearchQuery search_query(Request const& request, std::string_view page_language);

struct FoundStories {
  catalog::SearchResult result;
  std::vector<catalog::StoryCard> cards; // of the hits, in order; one withdrawn meanwhile is left out
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};
result<FoundStories> find_stories(catalog::Catalog& catalog, catalog::SearchQuery const& query);

} // namespace tarina::server
