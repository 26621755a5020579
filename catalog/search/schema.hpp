// The tables of search.sqlite. All of it can be built again from the catalog, so there are no migrations: another
// schema version means an empty file and a rebuild.
#pragma once
#include <cstdint>
#include <string>

namespace tarina::catalog {

constexpr int search_schema = 3;

/// Columns of the story tables, in order; story_rank knows their weights.
constexpr char const* story_columns = "title, occupation, tags, names, summary, description, speech";
constexpr int story_column_count = 7;
constexpr int speech_column = 6;

/// CREATE statements for everything, with the four languages' tables.
std::string search_tables();

} // namespace tarina::catalog
