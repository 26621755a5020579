#include "catalog/search/word_list.hpp"
#include "catalog/search/names.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <bit>

namespace tarina::catalog {
namespace {

constexpr char separator = '\x1f'; // below every letter

std::string key_of(std::string_view word) {
  auto key = without_dots(word);
  key += separator;
  key += word;
  return key;
}

/// Which letters a word has, one bit each. Letters that are commonly taken for each other share a bit, so that an error
/// of `spelling_distance` changes at most two bits.
std::uint64_t letters_of(std::u32string_view word) {
  std::uint64_t letters = 0;
  for (char32_t c : word) {
    if (c == U'ä' || c == U'å' || c == U'ö' || c == U'o') c = U'a';
    letters |= 1ull << (c >= U'a' && c <= U'z' ? c - U'a' : 26 + c % 38);
  }
  return letters;
}

} // namespace

void WordList::add(std::string_view word, std::int64_t stories) {
  auto key = key_of(word);
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (stories <= 0) return;
    std::uint32_t place = static_cast<std::uint32_t>(entries_.size());
    if (free_.empty()) entries_.emplace_back();
    else place = free_.back(), free_.pop_back();
    auto const points = to_utf32(word);
    entries_[place] = {std::string(word), stories, letters_of(points), static_cast<std::uint8_t>(std::min<std::size_t>(points.size(), 255))};
    by_key_.emplace(std::move(key), place);
    return;
  }
  auto& entry = entries_[found->second];
  if ((entry.stories += stories) > 0) return;
  entry = {}; // nothing of a withdrawn story's words stays
  free_.push_back(found->second);
  by_key_.erase(found);
}

std::int64_t WordList::stories(std::string_view word) const {
  auto const found = by_key_.find(key_of(word));
  return found == by_key_.end() ? 0 : entries_[found->second].stories;
}

std::vector<VocabularyWord> WordList::beginning(std::string_view with, bool dotless, std::size_t most) const {
  std::vector<Entry const*> all;
  auto const bare = without_dots(with);
  for (auto at = by_key_.lower_bound(bare); at != by_key_.end() && at->first.starts_with(bare); ++at) {
    auto const& entry = entries_[at->second];
    if (dotless || entry.text.starts_with(with)) all.push_back(&entry);
  }
  auto const shown = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), all.end(), [](Entry const* a, Entry const* b) {
    return a->stories != b->stories ? a->stories > b->stories : a->text < b->text;
  });
  std::vector<VocabularyWord> words;
  for (std::size_t i = 0; i < shown; ++i) words.push_back({all[i]->text, all[i]->stories});
  return words;
}

std::string WordList::nearest(std::string_view typed, int most) const {
  NearestWord search(typed, most);
  if (search.wanted().size() < 2 || search.wanted().size() > 60) return {};
  auto const letters = letters_of(search.wanted());
  auto const length = static_cast<int>(search.wanted().size());
  // The cheap tests spare comparing nearly all of the vocabulary.
  for (auto const& entry : entries_)
    if (entry.stories > 0 && std::abs(length - entry.length) <= search.most() && std::popcount(letters ^ entry.letters) <= search.most())
      search.consider(entry.text, entry.stories);
  return search.best();
}

} // namespace tarina::catalog
