#include "catalog/search/suggestion.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <array>
#include <tuple>

namespace tarina::catalog {
namespace {

int replacing(char32_t a, char32_t b) {
  if (a == b) return 0;
  auto pair = [&](char32_t x, char32_t y) { return (a == x && b == y) || (a == y && b == x); };
  return pair(U'a', U'ä') || pair(U'o', U'ö') || pair(U'a', U'å') || pair(U'o', U'å') ? 1 : 2;
}

/// A letter left out or put in. The commonest slips of Finnish cost half: a double letter written single or a single one
/// double, and a j lost after i.
int leaving_out(std::u32string_view word, std::size_t at) {
  char32_t const c = word[at];
  bool const doubled = (at > 0 && word[at - 1] == c) || (at + 1 < word.size() && word[at + 1] == c);
  return doubled || (c == U'j' && at > 0 && word[at - 1] == U'i') ? 1 : 2;
}

} // namespace

int spelling_distance(std::u32string_view a, std::u32string_view b, int most) {
  constexpr std::size_t longest = 63;
  auto const gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (b.size() > longest || a.size() > longest || static_cast<int>(gap) > most) return most + 1;
  std::array<std::array<int, longest + 1>, 3> rows;
  auto *before = &rows[0], *last = &rows[1], *now = &rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) (*last)[j] = j ? (*last)[j - 1] + leaving_out(b, j - 1) : 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    (*now)[0] = (*last)[0] + leaving_out(a, i - 1);
    int least = (*now)[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      int cost = std::min({(*last)[j] + leaving_out(a, i - 1), (*now)[j - 1] + leaving_out(b, j - 1),
                           (*last)[j - 1] + replacing(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) cost = std::min(cost, (*before)[j - 2] + 2);
      (*now)[j] = cost;
      least = std::min(least, cost);
    }
    if (least > most) return most + 1;
    std::swap(before, last);
    std::swap(last, now);
  }
  return std::min((*last)[b.size()], most + 1);
}

namespace {

/// A short word has many neighbours that mean something else ("kurssi" and "bussi"): it may have one error, and not in
/// its first letter.
constexpr std::size_t short_word = 6;

/// Words that only join others together. Nobody searches for them, so nobody meant one.
constexpr std::array<std::string_view, 62> function_words{
    "aina",  "ei",    "eikä",  "eli",   "emme",  "en",    "ennen", "että",  "hän",   "hänen", "he",    "heitä", "ihan",   "ja",   "jo",   "joka",
    "jos",   "joten", "kai",   "kaikki", "kanssa", "koska", "kuin",  "kun",   "kyllä", "lisäksi", "me",  "mikä",  "minä",   "minun", "missä", "miten",
    "mutta", "myös",  "ne",    "niin",  "nyt",   "oli",   "olla",  "on",    "ovat",  "se",    "sekä",  "siis",  "sillä",  "sinä", "sitten", "tai",
    "tämä",  "vaan",  "vaikka", "vain", "vielä", "voi",   "att",   "och",   "som",   "the",   "and",   "that",  "with",   "för"};

} // namespace

NearestWord::NearestWord(std::string_view typed, int most)
    : wanted_(to_utf32(fold(typed))), most_(wanted_.size() <= short_word ? std::min(most, +one_error) : most) {
  best_key_ = {most_ + 1, true, 0};
}

void NearestWord::consider(std::string_view word, std::int64_t stories) {
  auto const letters = to_utf32(word);
  if (letters.empty()) return;
  bool const is_short = wanted_.size() <= short_word;
  if (is_short && letters.front() != wanted_.front() && replacing(letters.front(), wanted_.front()) != 1) return; // "aiti" is äiti
  int const distance = spelling_distance(wanted_, letters, std::min(most_, std::get<0>(best_key_)));
  if (distance == 0 || distance > most_) return;
  if (std::find(function_words.begin(), function_words.end(), word) != function_words.end()) return;
  std::tuple const key{distance, letters.front() != wanted_.front(), -stories};
  if (key < best_key_ || (key == best_key_ && word < best_)) best_key_ = key, best_ = word;
}

std::string nearest_word(std::string_view typed, std::vector<VocabularyWord> const& words) {
  NearestWord search(typed);
  if (search.wanted().size() < 2) return {};
  for (auto const& word : words) search.consider(word.text, word.stories);
  return search.best();
}

} // namespace tarina::catalog
