// Names (titles of stories, occupations, fields) found by the beginnings of their words.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarina::catalog {

constexpr std::size_t name_languages = 3; // fi, sv, en
using LocalNames = std::array<std::string, name_languages>;

/// As somebody writes whose keyboard has no ä, ö or å. `folded` is UTF-8 in lower case.
std::string without_dots(std::string_view folded);
/// The folded words of a text, each with a space before it: " hitsaajan työ".
std::string spaced_words(std::string_view text);

/// Not for two threads at once.
class NameIndex {
public:
  void put(std::uint32_t id, LocalNames);
  void erase(std::uint32_t id);
  LocalNames const& names(std::uint32_t id) const { return entries_.at(id).names; }

  struct Found {
    std::uint32_t id = 0;
    std::size_t language = 0; // of the name that fits
    bool at_begin = false;    // the first word typed begins the name
  };
  /// Names that have, for every word typed (folded), a word that begins with it; each id once, with `own` language's name
  /// when that fits. Larger ids first. Looks at some thousands of names at most. `dotless`: a typed a may stand for ä.
  std::vector<Found> find(std::vector<std::string> const& typed, std::size_t own, bool dotless) const;

private:
  struct Entry {
    LocalNames names, words; // as shown; spaced_words
  };
  std::unordered_map<std::uint32_t, Entry> entries_;
  std::map<std::string, std::vector<std::uint32_t>, std::less<>> by_word_; // dotless word → ids, ascending
};

} // namespace tarina::catalog
