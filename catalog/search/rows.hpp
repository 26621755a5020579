// A story's rows in search.sqlite: writing, taking away, reading back.
#pragma once
#include "catalog/database.hpp"
#include "catalog/search/facets.hpp"
#include <optional>

namespace tarina::catalog {

std::optional<std::int64_t> find_story_row(Database&, std::string_view story);

/// Writes the story under `row`, or under a row never used before; gives the row. Inside a transaction.
std::int64_t insert_story_rows(Database&, StoryDocument const&, std::optional<std::int64_t> row);

/// Inside a transaction. To take a row out, FTS5 analyses its text once more and must get the terms it was put in with:
/// where another analyser built the index, pass `leave_terms`. Then the words stay behind, bound to a row id that no
/// story has, until the rebuild.
void delete_story_rows(Database&, std::int64_t row, bool leave_terms);

/// Every story into the facets.
void load_facets(Database&, FacetTable&);

} // namespace tarina::catalog
