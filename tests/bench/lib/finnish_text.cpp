#include "tests/bench/lib/finnish_text.hpp"
#include <array>
#include <cmath>
#include <sstream>
#include <string_view>

namespace tarina::bench {
namespace {

std::vector<std::string> split(char const* text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool has_back_vowel(std::string_view word) {
  // Of a compound the last part decides; its last a, o, u or ä, ö, y does so for all words here.
  auto const back = word.find_last_of("aou");
  auto const front = std::max(word.rfind("ä") == word.npos ? 0 : word.rfind("ä") + 1,
                              std::max(word.rfind("ö") == word.npos ? 0 : word.rfind("ö") + 1, word.rfind('y') == word.npos ? 0 : word.rfind('y') + 1));
  return back != word.npos && back + 1 > front;
}

std::string last_letter(std::string const& word) {
  return word.size() > 1 && (word.back() & 0xC0) == 0x80 ? word.substr(word.size() - 2) : word.substr(word.size() - 1);
}

/// Endings after a stem. In them A is a or ä as the stem's vowels ask, V the stem's last letter once more.
Forms inflect(std::string const& stem, char const* endings, std::string const& harmony) {
  bool const back = has_back_vowel(harmony);
  Forms forms;
  for (auto const& ending : split(endings)) {
    auto form = stem;
    for (char c : ending) {
      if (c == 'A') form += back ? "a" : "ä";
      else if (c == 'V') form += last_letter(stem);
      else if (c != '-') form += c;
    }
    forms.push_back(std::move(form));
  }
  return forms;
}

/// How a group of words inflects (Iso suomen kielioppi § 57 and on): what to cut off its base form, and endings.
struct Paradigm {
  char const* cut;
  char const* endings;
  char const* words;
};

constexpr std::array noun_paradigms{
    Paradigm{"", "- n A ssA stA Vn llA ltA lle nA ksi t jen jA issA istA ihin illA ille",
             "koulu palvelu aineisto kirjasto laitteisto ohjelmisto henkilöstö verkosto suunnittelu harjoittelu keskustelu opiskelu työskentely "
             "esittely näyttely järjestely käsittely ympäristö leipomo korjaamo kampaamo numero muisto laulu valo"},
    Paradigm{"a", "a an aa assa asta aan alla alta alle ana aksi at ien ia issa ista iin illa ille iksi",
             "ohjaaja asentaja hoitaja opettaja kuljettaja valmistaja suunnittelija rakentaja johtaja kouluttaja tutkija korjaaja huoltaja kasvattaja"},
    Paradigm{"ä", "ä än ää ässä ästä ään ällä ältä älle änä äksi ät ien iä issä istä iin illä ille iksi", "tekijä esittelijä kehittäjä myyjä yrittäjä"},
    Paradigm{"a", "a an aa assa asta aan alla alta alle ana aksi at oiden oita oissa oista oihin oilla oille", "ravintola kahvila sairaala asuntola pesula"},
    Paradigm{"nen", "nen sen stA sessA sestA seen sellA seltA selle senA seksi set sten siA sissA sistA siin sillA",
             "hitsaaminen maalaaminen rakentaminen hoitaminen asentaminen tekeminen osaaminen oppiminen kehittäminen johtaminen ihminen suunnitteleminen"},
    Paradigm{"s", "s ksen stA ksessA ksestA kseen ksellA kseltA kselle ksenA kseksi kset sten ksiA ksissA ksistA ksiin ksillA",
             "koulutus kokemus ohjaus rakennus tutkimus harjoitus asennus valmistus kehitys opetus kuljetus yritys esitys kiinnostus laitos kasvatus ajatus"},
    Paradigm{"i", "i in iA issA istA iin illA iltA ille inA iksi it ien ejA eissA eistA eihin eillA eille",
             "kurssi projekti tiimi bussi paneeli moottori traktori standardi materiaali"},
};

constexpr std::array verb_paradigms{
    Paradigm{"la", "la en et ee emme ette evat in it i imme ivat isin isi laan tiin lut leet emassa lessa", "opiskella suunnitella keskustella ajatella jutella palvella kuunnella"},
    Paradigm{"lä", "lä en et ee emme ette evät in it i imme ivät isin isi lään tiin lyt leet emässä lessä", "esitellä käsitellä järjestellä"},
    Paradigm{"ta", "ta an at a amme atte avat sin sit si simme sivat isin isi taan ttiin nnut nneet amassa tessa",
             "hitsata maalata siivota haluta korjata tarjota seurata osata verrata"},
    Paradigm{"da", "da n t - mme tte vat n t - mme vat sin si daan tiin nut neet massa dessa", "organisoida motivoida koordinoida dokumentoida analysoida remontoida"},
};

constexpr char first_parts[] =
    "ammatti työ auto kone rakennus hoito keittiö metsä puu metalli sähkö tieto media kieli liikunta matka vaate hius eläin kala maa puutarha vesi "
    "lämpö laiva lento tie kaupunki lapsi nuoriso vanhus perhe terveys hammas kuva ääni musiikki tanssi taide kauppa pankki vakuutus talous johto "
    "hallinto asiakas myynti varasto turvallisuus palo kierrätys energia kaivos kivi lasi muovi paperi tekstiili elintarvike leipä liha maito kahvi "
    "hotelli juhla peli verkko ohjelma robotti laboratorio kemia projekti vuoro ilta viikonloppu kesä talvi opinto näyttö tutkinto";

constexpr char function_words[] =
    "ja oli on se mutta kun sitten minä niin että ei siellä myös sen tai jos vielä hyvin meillä sitä paljon aina silloin koska ihan vähän siitä mitä "
    "joka ovat kanssa nyt olen olin tuli sain kyllä ensin jälkeen kautta ehkä todella";

std::string capital(std::string word) {
  if (word.empty()) return word;
  if (word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 32);
  else if (word.starts_with("ä")) word.replace(0, 2, "Ä");
  else if (word.starts_with("ö")) word.replace(0, 2, "Ö");
  return word;
}

template <std::size_t n> std::vector<Forms> all_forms(std::array<Paradigm, n> const& paradigms) {
  std::vector<Forms> all;
  for (auto const& paradigm : paradigms)
    for (auto const& word : split(paradigm.words)) {
      if (!word.ends_with(paradigm.cut)) continue;
      all.push_back(inflect(word.substr(0, word.size() - std::string_view(paradigm.cut).size()), paradigm.endings, word));
    }
  return all;
}

} // namespace

std::size_t Chance::zipf(std::size_t n) {
  // The inverse of a continuous 1/(x + 3): near enough, and one draw.
  double const u = static_cast<double>(engine_() >> 11) * 0x1p-53;
  double const x = 3 * (std::pow((static_cast<double>(n) + 3) / 3, u) - 1);
  return std::min(static_cast<std::size_t>(x), n - 1);
}

FinnishText::FinnishText(std::vector<std::string> const& occupations) : verbs_(all_forms(verb_paradigms)) {
  for (auto const& name : occupations) {
    bool const back = name.ends_with("a");
    auto const stem = name.substr(0, name.size() - (back ? 1 : 2));
    auto const& paradigm = noun_paradigms[back ? 1 : 2];
    occupations_.push_back(inflect(stem, paradigm.endings, name));
  }
  auto const simple = all_forms(noun_paradigms);
  nouns_ = simple;
  auto const firsts = split(first_parts);
  for (auto const& noun : simple)
    for (auto const& first : firsts) {
      Forms compound;
      // A vowel that meets itself takes a hyphen: kahvila-auto, but autokorjaamo.
      std::string const joint = last_letter(first) == noun.front().substr(0, last_letter(first).size()) ? "-" : "";
      for (auto const& form : noun) compound.push_back(first + joint + form);
      nouns_.push_back(std::move(compound));
    }
  // Common and rare words mixed, the same way every time.
  Chance chance(7);
  for (std::size_t i = nouns_.size(); i > 1; --i) std::swap(nouns_[i - 1], nouns_[chance.below(i)]);
}

Forms const& FinnishText::content(std::size_t occupation, Chance& chance) const {
  auto const kind = chance.below(100);
  if (kind < 10) return occupations_[occupation];
  if (kind < 45) return nouns_[(occupation * 97 + chance.zipf(60) * 131) % nouns_.size()]; // of the trade
  if (kind < 70) return nouns_[chance.zipf(nouns_.size())];
  if (kind < 92) return verbs_[chance.zipf(verbs_.size())];
  if (kind < 95) return occupations_[chance.below(occupations_.size())];
  return chance.of(nouns_);
}

std::string FinnishText::sentence(std::size_t occupation, std::size_t words, Chance& chance) const {
  static auto const functions = split(function_words);
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    auto const& word = chance.percent(45) ? functions[chance.zipf(functions.size())] : chance.of(content(occupation, chance));
    text += i == 0 ? capital(word) : " " + word;
  }
  return text + ".";
}

std::string FinnishText::title(std::size_t occupation, Chance& chance) const {
  auto const& own = occupations_[occupation];
  auto const& noun = content(occupation, chance);
  switch (chance.below(3)) {
    case 0: return capital(own[4]) + " " + chance.of(occupations_)[10];
    case 1: return capital(own[1]) + " " + noun.front();
    default: return capital(chance.of(noun)) + " ja " + own.front();
  }
}

} // namespace tarina::bench
