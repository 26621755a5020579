// Words the dictionary lacks: spoken forms, and compounds with a loan in front.
#include "catalog/search/compound.hpp"
#include "catalog/search/finnish.hpp"
#include "catalog/search/spoken.hpp"
#include "catalog/search/terms.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

constexpr std::size_t longest_name = 12;   // bytes; a longer word with a capital rather begins a sentence
constexpr std::size_t most_spellings = 200;

bool has_inner_capital(std::string_view word) {
  std::size_t at = 0;
  for (decode_utf8(word, at); at < word.size();)
    if (is_upper(decode_utf8(word, at))) return true;
  return false;
}

} // namespace

Finnish::Spelling Finnish::choose_spelling(Terms const& spellings, std::size_t most) {
  Spelling best;
  for (auto const& spelling : spellings) {
    if (auto lemmas = spoken_lemmas(spelling); !lemmas.empty()) return {spelling, {}, std::move(lemmas)}; // "mul" → mulla → minä
    auto readings = read(spelling);
    if (readings.empty() || count_parts(readings.front()) > most) continue;
    most = count_parts(readings.front()) - 1;
    best = {spelling, std::move(readings), {}};
    if (most == 0) break;
  }
  return best;
}

void Finnish::add_spelling(Spelling const& spelling, Terms& terms) {
  for (auto const& lemma : spelling.lemmas) add(terms, lemma);
  add_known(spelling.readings, spelling.text, terms);
}

// One change of speech explains most words ("vaikee"), two some ("vaikeeks"); a name is no spoken form of anything else.
void Finnish::add_spoken(std::string_view word, std::string const& folded, Terms& terms) {
  bool const letters_only = std::none_of(folded.begin(), folded.end(), [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '\''; });
  if (!letters_only || folded.size() < 3 || folded.size() > longest_spoken || has_inner_capital(word)) return;
  auto const once = standard_spellings(folded);
  auto chosen = choose_spelling(once, most_parts);
  std::size_t start = 0;
  bool const plain = !chosen.lemmas.empty() || (!chosen.readings.empty() && count_parts(chosen.readings.front()) == 1);
  if (!plain && (folded.size() >= longest_name || !is_upper(decode_utf8(word, start)))) {
    Terms twice;
    for (auto const& spelling : once)
      for (auto& another : standard_spellings(spelling))
        if (twice.size() < most_spellings) add(twice, std::move(another));
    auto further = choose_spelling(twice, chosen.readings.empty() ? most_parts : count_parts(chosen.readings.front()) - 1);
    if (!further.text.empty()) chosen = std::move(further);
  }
  add_spelling(chosen, terms);
  if (chosen.text.empty() && !is_upper(decode_utf8(word, start = 0))) add_loan_compound(folded, terms);
}

// "webbisivuja": the dictionary knows the end only. The longest end that is a simple noun counts; names are left whole,
// lest Photoshopilla be of oppi.
void Finnish::add_loan_compound(std::string const& folded, Terms& terms) {
  auto const letters = to_utf32(folded);
  for (std::size_t cut = 3; cut + 5 <= letters.size(); ++cut)
    for (auto const& reading : read(to_utf8(letters.substr(cut))))
      if (reading.word_class == "nimisana" && count_parts(reading) == 1 && reading.base.size() >= 4) {
        auto const head = to_utf8(letters.substr(0, cut));
        add(terms, fold(reading.base));
        add(terms, head + fold(reading.base));
        add(terms, head);
        add(terms, "~" + stemmer_.stem(head));
        return;
      }
}

} // namespace tarina::catalog
