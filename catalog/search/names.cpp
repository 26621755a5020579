#include "catalog/search/names.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <set>

namespace tarina::catalog {
namespace {

constexpr std::size_t most_of_word = 500, most_names = 4000; // looked at

/// The different words of all an entry's names, without dots.
std::set<std::string> keys_of(LocalNames const& words) {
  std::set<std::string> keys;
  for (auto const& language : words) {
    auto const bare = without_dots(language);
    for (std::size_t at = bare.find(' '); at != bare.npos;) {
      auto const next = bare.find(' ', at + 1);
      keys.insert(bare.substr(at + 1, next == bare.npos ? next : next - at - 1));
      at = next;
    }
  }
  return keys;
}

} // namespace

std::string without_dots(std::string_view folded) {
  std::string bare;
  bare.reserve(folded.size());
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (folded[i] == '\xC3' && i + 1 < folded.size()) {
      char const next = folded[i + 1];
      if (char const plain = next == '\xA4' || next == '\xA5' ? 'a' : next == '\xB6' ? 'o' : 0) {
        bare += plain;
        ++i;
        continue;
      }
    }
    bare += folded[i];
  }
  return bare;
}

std::string spaced_words(std::string_view text) {
  std::string words;
  for (auto const& word : split_words(text)) words += " " + fold(word.in(text));
  return words;
}

void NameIndex::put(std::uint32_t id, LocalNames names) {
  erase(id);
  Entry entry;
  for (std::size_t i = 0; i < name_languages; ++i) entry.words[i] = spaced_words(names[i]);
  entry.names = std::move(names);
  for (auto const& key : keys_of(entry.words)) {
    auto& ids = by_word_[key];
    ids.insert(std::upper_bound(ids.begin(), ids.end(), id), id);
  }
  entries_[id] = std::move(entry);
}

void NameIndex::erase(std::uint32_t id) {
  auto const entry = entries_.find(id);
  if (entry == entries_.end()) return;
  for (auto const& key : keys_of(entry->second.words)) {
    auto const found = by_word_.find(key);
    if (found == by_word_.end()) continue;
    auto& ids = found->second;
    if (auto const at = std::lower_bound(ids.begin(), ids.end(), id); at != ids.end() && *at == id) ids.erase(at);
    if (ids.empty()) by_word_.erase(found);
  }
  entries_.erase(entry);
}

std::vector<NameIndex::Found> NameIndex::find(std::vector<std::string> const& typed, std::size_t own, bool dotless) const {
  if (typed.empty()) return {};
  // The rarest beginning leads; the others are looked for in the names it gives.
  std::vector<std::uint32_t> ids;
  std::size_t fewest = static_cast<std::size_t>(-1);
  for (auto const& word : typed) {
    auto const bare = without_dots(word);
    auto const first = by_word_.lower_bound(bare);
    std::size_t all = 0;
    auto end = first;
    for (; end != by_word_.end() && end->first.starts_with(bare) && all < fewest; ++end) all += end->second.size();
    if (all >= fewest) continue;
    fewest = all;
    ids.clear();
    for (auto at = first; at != end && ids.size() < most_names; ++at) {
      auto const& of_word = at->second;
      ids.insert(ids.end(), of_word.rbegin(), of_word.rbegin() + static_cast<std::ptrdiff_t>(std::min(of_word.size(), most_of_word)));
    }
  }
  std::sort(ids.begin(), ids.end(), std::greater<>());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());

  std::vector<std::string> wanted;
  for (auto const& word : typed) wanted.push_back(" " + (dotless ? without_dots(word) : word));
  std::vector<Found> found;
  for (auto const id : ids) {
    auto const& entry = entries_.at(id);
    for (std::size_t i = 0; i < name_languages; ++i) {
      auto const language = (own + i) % name_languages;
      std::string bare;
      if (dotless) bare = without_dots(entry.words[language]);
      auto const& words = dotless ? bare : entry.words[language];
      if (!std::all_of(wanted.begin(), wanted.end(), [&](auto const& w) { return words.find(w) != words.npos; })) continue;
      found.push_back({id, language, words.starts_with(wanted.front())});
      break;
    }
  }
  return found;
}

} // namespace tarina::catalog
