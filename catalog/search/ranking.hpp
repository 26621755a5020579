// How well a story answers a query, inside FTS5.
#pragma once
#include "catalog/search/facets.hpp"
#include <string>
#include <unordered_map>
#include <vector>

struct sqlite3;

namespace tarina::catalog {

/// What the ranking functions of one connection are told and give, beside SQLite's values.
struct Ranking {
  /// In how many rows a word of a language is: counting a common word takes as long as searching it. Rarity decides little
  /// and changes slowly, so that a number from some hundred changes ago will do.
  struct Counts {
    std::unordered_map<std::string, std::int64_t> rows;
    std::int64_t of = 0; // rows in the table when they were counted
  };
  std::vector<std::string> const* words = nullptr; // the query's phrases in order, where it has no others
  Counts* counts = nullptr;                        // of the language searched
  std::vector<Match>* all = nullptr;               // where story_ranks puts its rows
};

/// story_rank(table): how well a row answers, higher is better: the mean over the query's words, weighted by their rarity,
/// of the worth of the best column each is in. How often a word occurs only decides within a column, so that a title
/// hit is never outshouted by speech. Columns are those of the story tables, see schema.hpp.
/// story_ranks(table): for a query of one word: every row with it into Ranking::all, ranked alike; gives how many. Asked of
/// one row (LIMIT 1) it is several times as fast as SQLite's row by row.
/// speech_hits(table): where in the row's speech the query's words are: pairs of 32-bit numbers, word of the query and
/// position, in no order.
/// Throws std::runtime_error when SQLite refuses; `ranking` must outlive the connection.
void register_ranking(sqlite3*, Ranking& ranking);

} // namespace tarina::catalog
