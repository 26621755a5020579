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

std::string nearest_word(std::string_view typed, std::vector<VocabularyWord> const& words) {
  auto const wanted = to_utf32(fold(typed));
  if (wanted.size() < 2) return {};
  bool const is_short = wanted.size() <= short_word;
  int const most = is_short ? 2 : 4;
  std::string_view best;
  std::tuple<int, bool, std::int64_t> best_key{most + 1, true, 0};
  for (auto const& word : words) {
    // Bytes bound letters: the cheap test spares decoding most of the vocabulary.
    if (word.text.size() + 2 < wanted.size() || word.text.size() > wanted.size() * 2 + 4) continue;
    auto const letters = to_utf32(word.text);
    if (is_short && letters.front() != wanted.front() && replacing(letters.front(), wanted.front()) != 1) continue; // "aiti" is äiti
    int const distance = spelling_distance(wanted, letters, std::min(most, std::get<0>(best_key)));
    if (distance == 0 || distance > most) continue;
    if (std::find(function_words.begin(), function_words.end(), word.text) != function_words.end()) continue;
    std::tuple const key{distance, letters.front() != wanted.front(), -word.stories};
    if (key < best_key || (key == best_key && word.text < best)) best_key = key, best = word.text;
  }
  return std::string(best);
}

} // namespace tarina::catalog
