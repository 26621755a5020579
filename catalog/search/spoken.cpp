#include "catalog/search/spoken.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <sstream>
#include <unordered_map>

namespace tarina::catalog {

std::vector<std::pair<std::string_view, std::string_view>> const& embedded_lexicon(); // finnish_lexicon.tsv

namespace {

struct Lexicon {
  std::unordered_map<std::string, std::vector<std::string>> words, lemmas, never;
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
        else if (kind == "not") never[form].push_back(lemma);
        else if (kind == "stem") stems.emplace_back(form, lemma);
      }
    }
  }
};

Lexicon const& lexicon() {
  static Lexicon const one;
  return one;
}

using Spellings = std::vector<std::string>;

struct Swap { std::string_view from, to; };

// What speech does to the end of a word, likeliest first.
constexpr Swap endings[] = {
    {"nu", "nut"}, {"ny", "nyt"}, {"lu", "lut"}, {"ly", "lyt"}, {"ru", "rut"}, {"ry", "ryt"}, {"su", "sut"}, {"sy", "syt"}, // menny
    {"eesti", "easti"}, {"eesti", "eästi"}, {"tas", "taisi"}, {"täs", "täisi"}, {"isko", "isiko"}, {"iskö", "isikö"},        // nopeesti, voisko
    {"yyä", "yödä"}, {"uua", "uoda"}, {"iiä", "iedä"}, {"hä", "hdä"}, {"ha", "hda"},                                                                                           // tehä
    {"ee", "eä"}, {"ee", "ea"}, {"ii", "iä"}, {"ii", "ia"}, {"oo", "oa"}, {"uu", "ua"}, {"yy", "yä"}, {"öö", "öä"},         // vaikee
    {"ia", "ea"}, {"iä", "eä"}, {"is", "isi"}, {"iis", "iäisi"}, {"iis", "iaisi"}, {"aaks", "aako"}, {"eeks", "eekö"}, {"eeks", "eeko"}, {"oiks", "oiko"}, {"ks", "ksi"}, {"ks", "kö"}, {"ks", "ko"},       // ottais, hitsaajaks, onks
    {"s", "ssa"}, {"s", "ssä"}, {"st", "sta"}, {"st", "stä"},       // koulus, kaupast
    {"l", "lla"}, {"l", "llä"}, {"lt", "lta"}, {"lt", "ltä"}, {"it", "ita"}, {"it", "itä"}, // siel, kavereit
    {"een", "emaan"}, {"een", "emään"},                             // opiskeleen
    {"ki", "kin"}, {"a", "an"}, {"ä", "än"}, {"e", "en"}, {"i", "in"}, {"o", "on"}, {"u", "un"}, {"y", "yn"}, // mitää
    {"o", "oi"}, {"ö", "öi"}, {"u", "ui"}, {"y", "yi"}, {"s", "si"}, // autto, tarjos
    {"aan", "aa"}, {"ään", "ää"},
};

// And to its inside: conditionals (haluisin), diphthongs (kirjottaa, semmonen, punanen), long vowels (oikeesti),
// tt for ts (mettä), lost d (kahestaan, hoijan, tehhään, tiiän), ij (kampiaja).
constexpr Swap insides[] = {
    {"uisi", "uaisi"}, {"yisi", "yäisi"}, {"asi", "aisi"}, {"äsi", "äisi"}, {"ot", "oit"}, {"öt", "öit"}, {"as", "ais"}, {"äs", "äis"},
    {"os", "ois"}, {"ös", "öis"}, {"us", "uis"}, {"ys", "yis"}, {"anen", "ainen"}, {"änen", "äinen"}, {"onen", "oinen"}, {"önen", "öinen"},
    {"unen", "uinen"}, {"ynen", "yinen"}, {"aset", "aiset"}, {"ee", "ea"}, {"ee", "eä"}, {"oo", "oa"}, {"ii", "ia"}, {"ii", "iä"},
    {"tt", "ts"}, {"te", "tse"}, {"iht", "its"}, {"iit", "iits"}, {"iij", "ied"}, {"ue", "uode"}, {"hh", "hd"}, {"he", "hde"}, {"ha", "hda"}, {"hä", "hdä"}, {"ho", "hdo"}, {"j", "d"}, {"ii", "ied"},
    {"iä", "idä"}, {"ia", "ida"}, {"yä", "ydä"}, {"ua", "uda"}, {"eä", "edä"}, {"aa", "ada"}, {"öä", "ödä"}, {"uu", "uode"}, {"uu", "ude"}, {"yy", "yde"},
    {"aaha", "aada"}, {"ia", "ija"}, {"iä", "ijä"}, {"thi", "tii"}, {"mhä", "mää"}, {"mha", "maa"}, {"nhä", "nää"}, {"nha", "naa"}, {"uhu", "uu"}, {"oho", "oo"},
};

bool is_one_of(char32_t c, std::u32string_view set) { return set.find(c) != set.npos; }
bool is_vowel(char32_t c) { return is_one_of(c, U"aeiouyäö"); }

void swap_ending(std::string_view word, Swap swap, Spellings& out) {
  if (!word.ends_with(swap.from) || word.size() <= swap.from.size()) return;
  out.push_back(std::string(word.substr(0, word.size() - swap.from.size())) + std::string(swap.to));
}

void swap_inside(std::string_view word, Swap swap, Spellings& out) {
  for (auto at = word.find(swap.from, 1); at != word.npos; at = word.find(swap.from, at + 1))
    out.push_back(std::string(word.substr(0, at)) + std::string(swap.to) + std::string(word.substr(at + swap.from.size())));
}

/// Northern doubling before a long vowel undone (pittää → pitää), the eastern and northern vowel between two consonants
/// taken out (kolomen → kolmen, vanaha → vanha), and a d put between vowels that lost it (uuet → uudet).
void undo_dialect(std::string_view word, Spellings& out) {
  auto const w = to_utf32(word);
  auto without = [&](std::size_t at) { out.push_back(to_utf8(std::u32string(w).erase(at, 1))); };
  for (std::size_t i = 1; i + 2 < w.size(); ++i) {
    bool const long_vowel_follows = i + 3 < w.size() && is_vowel(w[i + 2]) && is_vowel(w[i + 3]);
    if (!is_vowel(w[i]) && w[i] == w[i + 1] && long_vowel_follows) without(i);
    bool const echo = i >= 2 && is_vowel(w[i]) && (w[i] == w[i - 2] || (w[i] == U'e' && w[i - 2] == U'ä'));
    if (echo && is_one_of(w[i - 1], U"lnr") && is_one_of(w[i + 1], U"hkpmvjf") && (is_vowel(w[i + 2]) || w[i + 2] == w[i + 1])) without(i);
  }
  for (std::size_t i = 1; i + 1 < w.size(); ++i)
    if (is_vowel(w[i]) && is_vowel(w[i + 1]) && w[i] != w[i + 1]) out.push_back(to_utf8(std::u32string(w).insert(i + 1, 1, U'd')));
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

bool is_unlikely(std::string_view folded, std::string_view lemma) {
  auto const says = [&](std::string_view form) {
    auto const found = lexicon().never.find(std::string(form));
    return found != lexicon().never.end() && std::find(found->second.begin(), found->second.end(), lemma) != found->second.end();
  };
  if (says(folded)) return true;
  for (std::string_view clitic : {"kin", "kaan", "kään", "han", "hän", "ko", "kö", "pa", "pä"})
    if (folded.ends_with(clitic) && says(folded.substr(0, folded.size() - clitic.size()))) return true;
  return false;
}

std::vector<std::string> slang_lemmas() {
  std::vector<std::string> all;
  for (auto const& [lemma, others] : lexicon().lemmas) all.push_back(lemma);
  return all;
}

std::string lacking_lemma(std::string_view folded) {
  for (auto const& [stem, lemma] : lexicon().stems)
    if (folded.starts_with(stem)) return lemma;
  return {};
}

std::vector<std::string> standard_spellings(std::string_view folded) {
  Spellings all;
  for (auto const& swap : endings) swap_ending(folded, swap, all);
  undo_dialect(folded, all);
  for (auto const& swap : insides) swap_inside(folded, swap, all);
  Spellings unlike;
  for (auto& one : all)
    if (one != folded && std::find(unlike.begin(), unlike.end(), one) == unlike.end()) unlike.push_back(std::move(one));
  return unlike;
}

} // namespace tarina::catalog
