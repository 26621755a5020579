// Which stories answer a query, and how well.
#pragma once
#include "catalog/search/connection.hpp"
#include "catalog/search/suggestion_table.hpp"
#include "catalog/search/synonyms.hpp"
#include <array>
#include <string>
#include <vector>

namespace tarina::catalog {

/// What a person typed, as FTS5 queries for each language's tables.
struct Wanted {
  std::vector<std::string> words;                                     // as typed; empty: nothing to look for
  std::array<std::string, index_languages.size()> all, translated, any; // every word; with names translated, or empty; any word
  std::array<std::vector<QueryPhrase>, index_languages.size()> phrases; // of `any`, in its order
  bool plain = true;                                                  // `all` is the words and nothing else
};

/// `as_you_type`: the last word is unfinished, and stands for the commonest words of the index that begin so.
Wanted wanted(std::string_view text, bool as_you_type, SuggestionTable const&);

/// Swedish compounds of the words as further names (see swedish.hpp): of all words, or only of those that no story has.
/// False when there are none.
bool add_compounds(Database&, Wanted&, bool of_all);

/// Every story with all the words in one language's row; the best language counts. In no order.
std::vector<Match> match_stories(SearchConnection&, Wanted const&, std::string_view page_language);

/// In how many stories the words are together, counted up to `most`.
std::int64_t count_stories(Database&, std::vector<std::string> const& words, std::int64_t most);

} // namespace tarina::catalog
