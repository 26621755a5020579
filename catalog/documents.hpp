// Stories as the search index knows them.
#pragma once
#include "catalog/database.hpp"
#include "catalog/search/index.hpp"
#include "catalog/vocabulary.hpp"
#include <optional>

namespace tarina::catalog {

/// Nothing unless the story is published and may be watched.
std::optional<StoryDocument> story_document(Database&, Vocabulary const&, std::string const& story);
/// Public ids and revisions of all stories that belong in the index.
std::map<std::string, std::int64_t> indexed_stories(Database&);

} // namespace tarina::catalog
