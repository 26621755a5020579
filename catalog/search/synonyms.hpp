// The official names of occupations, qualifications and fields, as one thing in three languages: who asks for
// "närvårdare" or "practical nurse" also means a story told by a lähihoitaja. Names from catalog/data.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tarina::catalog {

/// A phrase of a full-text query. A piece of a query is a name in it, or any other word.
struct QueryPhrase {
  std::size_t piece = 0;
  std::size_t name = 0; // of the piece: 0 as typed, else which of its other names the phrase is a word of
};

/// A query and the names in it in other languages. Each name is only for the tables of its own language, so a query
/// loses no precision in the language it is written in. Safe to use from any thread.
class Translation {
public:
  /// `words` as `query_words` gives them. A name is recognised in any of its inflections that Snowball reduces alike;
  /// of overlapping names the longest counts.
  explicit Translation(std::vector<std::string> words);

  /// Beside the word (one of those given, alone in its name or none) stand these words of that language.
  void add(std::string const& word, std::size_t language, std::vector<std::string> const& others);

  /// For the tables of a language (as `index_languages` numbers them): the whole query, in which a name of that
  /// language may stand in for what was typed: (("practical" AND "nurse") OR ("lähihoitaja")) AND "Oulu".
  /// Empty when that language adds nothing.
  std::string all(std::size_t language, bool as_you_type = false) const;
  /// Any word typed, or any name of that language; never empty unless there are no words.
  std::string any(std::size_t language, bool as_you_type = false) const;
  /// What the phrases of any() are, in their order.
  std::vector<QueryPhrase> phrases(std::size_t language) const;

private:
  using Words = std::vector<std::string>;
  struct Piece {
    Words typed;
    std::array<std::vector<Words>, 3> names; // fi, sv, en; none in the language that was typed
  };
  Words words_;
  std::vector<Piece> pieces_;
};

} // namespace tarina::catalog
