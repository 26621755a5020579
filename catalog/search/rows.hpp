// A story's rows in search.sqlite: writing, taking away, reading back.
#pragma once
#include "catalog/search/connection.hpp"
#include "catalog/search/facets.hpp"
#include "catalog/search/suggestion_table.hpp"
#include <optional>

namespace tarina::catalog {

std::optional<std::int64_t> find_story_row(Database&, std::string_view story);

/// Writes the story under `row`, or under a row never used before; gives the row. Inside a transaction. What it says goes
/// into `words`, which is the caller's to write.
std::int64_t insert_story_rows(SearchConnection&, StoryDocument const&, std::optional<std::int64_t> row, WordChanges& words);

/// Inside a transaction. To take a row out, FTS5 analyses its text once more and must get the terms it was put in with:
/// where another analyser built the index, pass `leave_terms`. Then the words stay behind, bound to a row id that no
/// story has, until the rebuild.
void delete_story_rows(SearchConnection&, std::int64_t row, bool leave_terms, WordChanges& words);

void write_words(Database&, WordChanges const&);
void write_field_names(Database&, std::map<std::string, LocalNames> const&);

/// Every story into the facets and what is suggested. `with_words` false: names only.
void load_tables(Database&, FacetTable&, SuggestionTable&, bool with_words);

} // namespace tarina::catalog
