#include "catalog/search/query.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <array>

namespace tarina::catalog {
namespace {

bool joins_words(std::string const& folded) {
  static constexpr std::array<std::string_view, 15> all{"ja",  "tai", "sekä", "eli", "och", "eller", "samt", "and",
                                                        "or",  "the", "of",   "a",   "an",  "on",    "en"};
  return std::find(all.begin(), all.end(), folded) != all.end();
}

std::string match(std::vector<std::string> const& words, std::string_view between, bool as_you_type) {
  std::string query;
  for (auto const& word : words) {
    if (!query.empty()) query += between;
    query += '"';
    for (char c : word) query.append(c == '"' ? 2 : 1, c); // no word has a quote today; this is cheap to keep true
    query += '"';
  }
  if (as_you_type && !query.empty()) query += " *";
  return query;
}

} // namespace

std::vector<std::string> query_words(std::string_view text) {
  text = text.substr(0, longest_query);
  std::vector<std::string> words, joining;
  for (auto const& word : split_words(text)) {
    if (words.size() == most_query_words) break;
    auto typed = std::string(word.in(text));
    auto& into = joins_words(fold(typed)) ? joining : words;
    if (std::find(into.begin(), into.end(), typed) == into.end()) into.push_back(std::move(typed));
  }
  return words.empty() ? joining : words;
}

std::string match_all(std::vector<std::string> const& words, bool as_you_type) { return match(words, " AND ", as_you_type); }
std::string match_any(std::vector<std::string> const& words, bool as_you_type) { return match(words, " OR ", as_you_type); }

} // namespace tarina::catalog
