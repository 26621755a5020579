// From a word to the terms it is found by. One analyser for each language's tables.
//
// Terms share one space in an index and are told apart by their first character:
//   "=lähihoitajaksi"  the word as written, folded; for unfinished words
//   "~tarin"           its Snowball stem; in Finnish only of words the dictionary does not know
//   "lähihoitaja"      anything else: a lemma, a run of compound parts
#pragma once
#include "catalog/search/words.hpp"
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// Not for two threads at once: every database connection has its own.
class Analyser {
public:
  virtual ~Analyser() = default;
  /// The terms of words[at] of a text that is indexed, the "=" one first. Depends on nothing but the text: the index
  /// is checked and emptied by asking again.
  virtual std::vector<std::string> index_terms(std::string_view text, std::span<Word const> words, std::size_t at) = 0;
  /// The terms of a word that is searched, any of which will do. Never empty.
  virtual std::vector<std::string> query_terms(std::string_view word) = 0;
  /// Name and versions of all that decides the terms.
  virtual std::string describe() const = 0;
};

/// Words longer than this many letters, or with more hyphens, are not analysed: libvoikko's time grows fast.
constexpr std::size_t longest_analysed_word = 60;
constexpr int most_hyphens = 4;
bool is_analysable(std::string_view word);
/// The "=" term; cut to the longest analysed length, so that no term is huge.
std::string surface_term(std::string_view folded);

/// Snowball, for Swedish ("swedish") and English ("english"); with "" plain folded words, for all other languages.
std::unique_ptr<Analyser> make_stem_analyser(char const* language);

/// The terms an unfinished word is found by, each a prefix.
std::vector<std::string> prefix_terms(std::string_view word);

} // namespace tarina::catalog
