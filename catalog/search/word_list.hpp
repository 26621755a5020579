// The words of one language that the index has, with the number of stories each is in: for suggestions while somebody
// types, and for the nearest word when nothing is found. Follows every change of a story without reading the others.
#pragma once
#include "catalog/search/suggestion.hpp"
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// Not for two threads at once.
class WordList {
public:
  /// So many stories more (or fewer) have the word (folded); a word in no story is none.
  void add(std::string_view word, std::int64_t stories);
  std::int64_t stories(std::string_view word) const;
  /// The commonest words that begin so (folded). `dotless`: an a may stand for ä.
  std::vector<VocabularyWord> beginning(std::string_view with, bool dotless, std::size_t most) const;
  /// As nearest_word() over this list; `most` half steps away.
  std::string nearest(std::string_view typed, int most = NearestWord::by_length) const;

private:
  struct Entry {
    std::string text;
    std::int64_t stories = 0; // 0: the place is free
    std::uint64_t letters = 0;
    std::uint8_t length = 0; // code points, at most 255
  };
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::map<std::string, std::uint32_t, std::less<>> by_key_; // dotless word, a separator, the word → place
};

} // namespace tarina::catalog
