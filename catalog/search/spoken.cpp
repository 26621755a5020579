#include "catalog/search/spoken.hpp"
#include <sstream>
#include <unordered_map>

namespace tarina::catalog {

std::vector<std::pair<std::string_view, std::string_view>> const& embedded_lexicon(); // finnish_lexicon.tsv

namespace {

struct Lexicon {
  std::unordered_map<std::string, std::vector<std::string>> words, lemmas;
  std::vector<std::pair<std::string, std::string>> stems;

  Lexicon() {
    std::istringstream lines{std::string(embedded_lexicon().at(0).second)};
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.front() == '#') continue;
      std::istringstream fields(line);
      std::string kind, form, lemma;
      fields >> kind >> form;
      while (fields >> lemma) {
        if (kind == "word") words[form].push_back(lemma);
        else if (kind == "lemma") lemmas[form].push_back(lemma);
        else if (kind == "stem") stems.emplace_back(form, lemma);
      }
    }
  }
};

Lexicon const& lexicon() {
  static Lexicon const one;
  return one;
}

void swap_ending(std::string_view word, std::string_view from, std::string_view to, std::vector<std::string>& out) {
  if (!word.ends_with(from) || word.size() <= from.size() + 1) return;
  out.push_back(std::string(word.substr(0, word.size() - from.size())) + std::string(to));
}

void swap_inside(std::string_view word, std::string_view from, std::string_view to, std::vector<std::string>& out) {
  for (auto at = word.find(from, 1); at != word.npos; at = word.find(from, at + 1))
    out.push_back(std::string(word.substr(0, at)) + std::string(to) + std::string(word.substr(at + from.size())));
}

} // namespace

std::vector<std::string> spoken_lemmas(std::string_view folded) {
  auto const found = lexicon().words.find(std::string(folded));
  return found == lexicon().words.end() ? std::vector<std::string>{} : found->second;
}

std::vector<std::string> companion_lemmas(std::string_view lemma) {
  auto const found = lexicon().lemmas.find(std::string(lemma));
  return found == lexicon().lemmas.end() ? std::vector<std::string>{} : found->second;
}

std::string lacking_lemma(std::string_view folded) {
  for (auto const& [stem, lemma] : lexicon().stems)
    if (folded.starts_with(stem)) return lemma;
  return {};
}

std::vector<std::string> standard_spellings(std::string_view w) {
  std::vector<std::string> out;
  // Active past participle without its t: menny, tienny, ollu, uskonu, juossu.
  for (auto end : {"nu", "ny", "lu", "ly", "ru", "ry", "su", "sy"})
    if (w.ends_with(end)) out.push_back(std::string(w) + "t");
  // Infinitives: tehä, nähä, lähtee for lähteä.
  swap_ending(w, "hä", "hdä", out);
  swap_ending(w, "ha", "hda", out);
  // Long vowels out of two: vaikee, kauhee, tärkee; kalliimpi stays. Also -ia, -oa, -ua: rakkaii is not said.
  swap_ending(w, "ee", "eä", out);
  swap_ending(w, "ee", "ea", out);
  swap_ending(w, "ii", "iä", out);
  swap_ending(w, "ii", "ia", out);
  swap_ending(w, "oo", "oa", out);
  swap_ending(w, "uu", "ua", out);
  swap_ending(w, "yy", "yä", out);
  swap_ending(w, "öö", "öä", out);
  // Conditional without its a: haluisin, ottasin, tietäsin.
  swap_inside(w, "uisi", "uaisi", out);
  swap_inside(w, "asi", "aisi", out);
  swap_inside(w, "äsi", "äisi", out);
  swap_inside(w, "yisi", "yäisi", out);
  // A conditional or past without its last i: ottais, tulis, kysys.
  if (w.ends_with("is")) out.push_back(std::string(w) + "i");
  // The i gone out of a diphthong: kirjottaa, harjottelu, sellanen, punanen.
  swap_inside(w, "ott", "oitt", out);
  swap_inside(w, "öttä", "öittä", out);
  swap_inside(w, "anen", "ainen", out);
  swap_inside(w, "änen", "äinen", out);
  swap_inside(w, "onen", "oinen", out);
  swap_inside(w, "ase", "aise", out);
  swap_inside(w, "äse", "äise", out);
  // Local cases cut short: koulus, töis, kaupast, kotont.
  if (w.ends_with("s") || w.ends_with("st") || w.ends_with("l") || w.ends_with("lt")) {
    auto const whole = std::string(w) + (w.ends_with("t") ? "" : std::string(1, w.back()));
    out.push_back(whole + "a");
    out.push_back(whole + "ä");
  }
  // Going to do: opiskeleen, meneen for opiskelemaan, menemään.
  swap_ending(w, "een", "emaan", out);
  swap_ending(w, "een", "emään", out);
  // d lost: lähden → lähen, yhdessä → yhessä, kahdeksan → kaheksan, meidän → meiän.
  swap_inside(w, "he", "hde", out);
  swap_inside(w, "iä", "idä", out);
  swap_inside(w, "ia", "ida", out);
  return out;
}

} // namespace tarina::catalog
