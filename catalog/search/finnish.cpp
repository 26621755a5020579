#include "catalog/search/finnish.hpp"
#include "catalog/search/compound.hpp"
#include "catalog/search/spoken.hpp"
#include "catalog/search/terms.hpp"
#include <algorithm>
#include <limits>

namespace tarina::catalog {
namespace {

// Raised whenever the terms of any word change: indexes built before are then built anew.
constexpr char const* rules = "rules 2";

/// A hyphenated term is also findable without its hyphens.
void add_joined(Terms& terms, std::string term) {
  auto joined = term;
  std::erase(joined, '-');
  if (joined != term) add(terms, std::move(joined));
  add(terms, std::move(term));
}

/// "OSAOssa": where the capitals of an acronym end and its ending begins, or 0.
std::size_t acronym_length(std::string_view word) {
  std::size_t at = 0, capitals = 0, count = 0, rest = 0;
  while (at < word.size()) {
    auto const before = at;
    if (char32_t const c = decode_utf8(word, at); is_upper(c)) {
      if (rest) return 0;
      ++count;
    } else {
      if (!rest) capitals = before;
      ++rest;
    }
  }
  return count >= 2 && rest >= 1 && rest <= 5 ? capitals : 0;
}

/// Of several readings those that nobody means. The instructive is bookish ("vaihdoin" is what I changed, not "by
/// exchanges"), a superlative seldom looks like something else ("datanomin"), nor does "your" ("haisi" is no shark of
/// yours). Where one noun's singular looks like another's plural, it is the singular: kodissa is of koti, not of kota.
void drop_rare(std::vector<Reading>& readings) {
  auto const rare = [](Reading const& r) { return r.noun_case == "keinonto" || r.comparison == "superlative" || r.possessive == "2s"; };
  if (!std::all_of(readings.begin(), readings.end(), rare)) std::erase_if(readings, rare);
  auto const singular = std::find_if(readings.begin(), readings.end(), [](Reading const& r) { return r.number == "singular"; });
  if (singular == readings.end()) return;
  auto const one = *singular;
  std::erase_if(readings, [&](Reading const& r) { return r.number == "plural" && r.noun_case == one.noun_case && r.base != one.base; });
}

bool has_digit_only_head(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

Finnish::Finnish(std::string const& dictionary, std::size_t cache)
    : voikko_(dictionary), stemmer_("finnish"), fallback_(make_stem_analyser("finnish")), cache_limit_(cache) {
  for (auto const& lemma : slang_lemmas())
    if (has_dictionary() && read(lemma).empty()) slang_.emplace(stemmer_.stem(lemma), lemma);
}

std::string Finnish::describe() const {
  return voikko_.loaded() ? voikko_.version() + ", " + rules
                          : fallback_->describe() + ", " + rules + " (" + voikko_.problem() + ")";
}

std::vector<std::string> Finnish::spellings(std::string_view word) {
  return is_analysable(word) ? voikko_.suggest(compose(word)) : std::vector<std::string>();
}

std::vector<Reading> Finnish::read(std::string_view word) {
  if (!is_analysable(word)) return {};
  auto readings = voikko_.analyse(compose(word));
  if (readings.empty()) readings = voikko_.analyse(fold(word));
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (auto const& r : readings) fewest = std::min(fewest, count_parts(r));
  std::erase_if(readings, [&](Reading const& r) { return r.base.empty() || count_parts(r) > fewest; });
  drop_rare(readings);
  return readings;
}

void Finnish::add_known(std::vector<Reading> const& readings, std::string_view word, Terms& terms) {
  auto const folded = fold(word);
  for (auto const& reading : readings) {
    auto base = fold(reading.base);
    std::erase(base, '=');
    if (is_unlikely(folded, base)) continue;
    for (auto& lemma : companion_lemmas(base)) add(terms, lemma);
    add_joined(terms, std::move(base));
    auto const compound = cut_compound(reading, word);
    for (std::size_t first = 0; first < compound.written.size(); ++first)
      for (std::size_t last = first; last < compound.written.size(); ++last) add_joined(terms, compound.range(first, last));
    add(terms, root_verb(reading));
    // "isäni kannustamana" is of kannustaa; elämä, which the dictionary also has as a word of its own, is not of elää.
    auto const is_own_word = [&](Reading const& other) { return other.base == reading.base && other.participle.empty(); };
    if (compound.written.size() == 1 && std::none_of(readings.begin(), readings.end(), is_own_word)) add(terms, root_verb(reading, true));
  }
}

void Finnish::add_unknown(std::string_view word, std::string const& folded, Terms& terms, int depth) {
  if (auto const colon = word.find(':'); colon != word.npos && !has_digit_only_head(word.substr(0, colon)))
    add_word(word.substr(0, colon), terms, depth + 1);
  if (auto const hyphen = folded.rfind('-'); hyphen != folded.npos) {
    auto const head = folded.substr(0, hyphen);
    Terms tail;
    auto const cut = word.find_last_of('-');
    add_word(cut == word.npos ? std::string_view(folded).substr(hyphen + 1) : word.substr(cut + 1), tail, depth + 1);
    add_word(cut == word.npos ? std::string_view(head) : word.substr(0, cut), terms, depth + 1);
    for (auto const& term : tail)
      if (!term.starts_with('~')) add_joined(terms, head + "-" + term);
    for (auto& term : tail) add(terms, std::move(term));
  }
  if (auto const capitals = acronym_length(word)) add(terms, fold(word.substr(0, capitals)));
  if (auto lemma = lacking_lemma(folded); !lemma.empty()) {
    for (auto& other : companion_lemmas(lemma)) add(terms, other);
    add(terms, std::move(lemma));
  }
  if (auto const slang = slang_.find(stemmer_.stem(folded)); slang != slang_.end()) {
    for (auto& other : companion_lemmas(slang->second)) add(terms, other);
    add(terms, slang->second);
  } else if (depth == 0) {
    add_spoken(word, folded, terms);
  }
  add_joined(terms, folded);
  add(terms, "~" + stemmer_.stem(folded));
}

void Finnish::add_word(std::string_view word, Terms& terms, int depth) {
  if (word.empty() || depth > 6) return;
  auto const folded = fold(word);
  for (auto& lemma : spoken_lemmas(folded)) add(terms, lemma);
  auto const readings = read(word);
  if (readings.empty()) return add_unknown(word, folded, terms, depth);
  if (auto const parts = count_parts(readings.front()); parts > 1 && folded.size() <= longest_spoken) {
    auto spellings = standard_spellings(folded);
    // "vaihtoehtoo" is no evening (ehtoo) of exchange, and "vanahana" (vanhana) no tap (hana) of a wake.
    bool const long_end = folded.ends_with("oo") || folded.ends_with("öö") || folded.ends_with("ee");
    if (!long_end) std::erase_if(spellings, [&](std::string const& one) { return one.size() >= folded.size(); });
    if (auto const chosen = choose_spelling(spellings, long_end ? parts : parts - 1); !chosen.text.empty()) return add_spelling(chosen, terms);
  }
  add_known(readings, word, terms);
}

Terms const& Finnish::word_terms(std::string_view word) {
  auto found = cache_.find(std::string(word));
  if (found != cache_.end()) return found->second;
  if (cache_.size() >= cache_limit_) cache_.clear();
  Terms terms{surface_term(fold(word))};
  if (is_analysable(word)) add_word(word, terms, 0);
  return cache_.emplace(word, std::move(terms)).first->second;
}

std::vector<std::string> Finnish::tails(std::string_view word) {
  Terms found;
  for (auto const& reading : read(word)) {
    auto const compound = cut_compound(reading, word);
    for (std::size_t first = 1; first < compound.written.size(); ++first)
      add(found, compound.range(first, compound.written.size() - 1));
  }
  // "elektroniikka- ja ICT-asentaja": the dictionary knows the end only.
  if (auto const hyphen = word.rfind('-'); found.empty() && hyphen != word.npos)
    for (auto const& reading : read(word.substr(hyphen + 1))) add(found, fold(reading.base));
  return found;
}

std::vector<std::string> Finnish::heads(std::string_view word) {
  Terms found;
  for (auto const& reading : read(word)) {
    auto const compound = cut_compound(reading, word);
    std::string head;
    for (std::size_t last = 0; last + 1 < compound.written.size(); ++last) add(found, head += compound.written[last]);
  }
  return found;
}

// "sosiaali- ja terveysala" is also about sosiaaliala; "puutarhatyöt ja -palvelut" about puutarhapalvelu.
void Finnish::add_ellipsis(std::string_view text, std::span<Word const> words, std::size_t at, Terms& terms) {
  auto const word = words[at].in(text);
  if (words[at].open_end && is_analysable(word)) {
    for (std::size_t i = at + 1; i < words.size() && i <= at + 6; ++i) {
      if (words[i].open_end) continue; // "kone-, metalli- ja sähköala"
      auto const other = tails(words[i].in(text));
      for (auto const& tail : other) add_joined(terms, fold(word) + (fold(word).back() == tail.front() ? "-" : "") + tail);
      if (!other.empty()) break;
      // Only a conjunction may stand between.
      if (words[i].end - words[i].begin > 5) break;
    }
  }
  if (words[at].open_begin && is_analysable(word)) {
    Terms lemmas;
    add_lemmas(word, lemmas, 0);
    for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
      auto const other = heads(words[at - back].in(text));
      for (auto const& head : other)
        for (auto const& lemma : lemmas)
          if (!lemma.starts_with('~')) add_joined(terms, head + lemma);
      if (!other.empty()) break;
    }
  }
}

Terms Finnish::index_terms(std::string_view text, std::span<Word const> words, std::size_t at) {
  if (!has_dictionary()) return fallback_->index_terms(text, words, at);
  auto terms = word_terms(words[at].in(text));
  if (at > 0) { // "koko ajan" is no driving
    auto const pair = fold(words[at - 1].in(text)) + "_" + fold(words[at].in(text));
    std::erase_if(terms, [&](std::string const& term) { return is_unlikely(pair, term); });
  }
  if (words[at].open_end || words[at].open_begin) add_ellipsis(text, words, at, terms);
  return terms;
}

// Keyboards without ä and ö: only for words that are none otherwise, so that "saa" never means sää.
Terms Finnish::with_dots(std::string const& folded) {
  std::vector<std::size_t> places;
  auto const plain = to_utf32(folded);
  for (std::size_t i = 0; i < plain.size(); ++i)
    if (plain[i] == U'a' || plain[i] == U'o') places.push_back(i);
  if (places.empty() || places.size() > 10) return {};
  Terms found;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (unsigned mask = 1; mask < (1u << places.size()); ++mask) {
    auto dotted = plain;
    for (std::size_t i = 0; i < places.size(); ++i)
      if (mask & (1u << i)) dotted[places[i]] = plain[places[i]] == U'a' ? U'ä' : U'ö';
    auto const word = to_utf8(dotted);
    if (!voikko_.spell(word)) continue;
    for (auto const& reading : read(word)) {
      if (count_parts(reading) < fewest) fewest = count_parts(reading), found.clear();
      if (count_parts(reading) == fewest) add(found, fold(reading.base));
    }
  }
  return found;
}

void Finnish::add_lemmas(std::string_view word, Terms& terms, int depth) {
  auto const folded = fold(word);
  if (auto const readings = read(word); !readings.empty()) {
    Terms lemmas;
    for (auto const& reading : readings) {
      auto base = fold(reading.base);
      std::erase(base, '=');
      // "valmistuttuani" is a time, not a thing that was finished: it means the verb.
      if (reading.participle == "past_passive" && folded.size() > base.size() + 2 && folded.starts_with(base) &&
          (folded.compare(base.size(), 1, "a") == 0 || folded.compare(base.size(), 2, "ä") == 0))
        add(lemmas, root_verb(reading));
      if (!is_unlikely(folded, base)) add(lemmas, std::move(base));
    }
    // Someone who types a base form means it: kuusi is not a form of kuu.
    if (std::find(lemmas.begin(), lemmas.end(), folded) != lemmas.end()) lemmas = {folded};
    for (auto& lemma : lemmas) add_joined(terms, std::move(lemma));
    return;
  }
  if (auto const colon = word.find(':'); colon != word.npos && depth == 0 && !has_digit_only_head(word.substr(0, colon)))
    add_lemmas(word.substr(0, colon), terms, depth + 1);
  if (auto const hyphen = folded.rfind('-'); hyphen != folded.npos && depth == 0) {
    Terms tail;
    add_lemmas(std::string_view(folded).substr(hyphen + 1), tail, depth + 1);
    for (auto const& lemma : tail)
      if (!lemma.starts_with('~')) add_joined(terms, folded.substr(0, hyphen + 1) + lemma);
  }
  if (auto const capitals = acronym_length(word)) add(terms, fold(word.substr(0, capitals)));
  if (auto lemma = lacking_lemma(folded); !lemma.empty()) add(terms, std::move(lemma));
  if (folded.size() <= 40)
    for (auto& lemma : with_dots(folded)) add_joined(terms, std::move(lemma));
  add_joined(terms, folded);
  add(terms, "~" + stemmer_.stem(folded));
}

Terms Finnish::query_terms(std::string_view word) {
  if (!has_dictionary()) return fallback_->query_terms(word);
  // One search asks for its words again for every hit it shows.
  if (auto const found = queries_.find(std::string(word)); found != queries_.end()) return found->second;
  if (queries_.size() >= 200) queries_.clear();
  Terms terms;
  if (is_analysable(word)) add_lemmas(word, terms, 0);
  if (terms.empty()) terms.push_back(surface_term(fold(word)));
  queries_.emplace(word, terms);
  return terms;
}

} // namespace tarina::catalog
