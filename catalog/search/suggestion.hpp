// "Did you mean": the nearest words that the index really has.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tarina::catalog {

struct VocabularyWord {
  std::string text;       // folded, as it would be shown
  std::int64_t stories = 0;
};

/// Damerau–Levenshtein distance (optimal string alignment) in half steps: 2 for one wrong letter, 1 for the slips that
/// are commonest in Finnish (a for ä, o for ö, a double letter for a single one and the reverse, a j lost after i).
/// Gives `most` + 1 as soon as it is more than `most`.
int spelling_distance(std::u32string_view a, std::u32string_view b, int most);

/// The search for the nearest word within two errors; words of up to six letters may have one, and not in their first
/// letter (dots are none). Never a word that only joins others ("että"). The nearer wins, then the one with the same first
/// letter, then the one in more stories, then the alphabet.
class NearestWord {
public:
  static constexpr int by_length = 4, one_error = 2; // half steps at most
  explicit NearestWord(std::string_view typed, int most = by_length);
  std::u32string const& wanted() const { return wanted_; } // folded
  int most() const { return most_; }                       // half steps
  void consider(std::string_view word, std::int64_t stories);
  std::string const& best() const { return best_; }        // empty: none

private:
  std::u32string wanted_;
  int most_;
  std::string best_;
  std::tuple<int, bool, std::int64_t> best_key_;
};

/// The nearest of these, or empty.
std::string nearest_word(std::string_view typed, std::vector<VocabularyWord> const&);

} // namespace tarina::catalog
