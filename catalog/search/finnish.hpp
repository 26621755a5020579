// The Finnish analyser: libvoikko's base forms with every run of compound parts, and what speech and titles need beside.
#pragma once
#include "catalog/search/analyser.hpp"
#include "catalog/search/stems.hpp"
#include "catalog/search/voikko.hpp"
#include <unordered_map>

namespace tarina::catalog {

/// A word is indexed under every base form and run of compound parts, but searched only by its base forms: "hoitaja"
/// finds lähihoitaja, "lähihoitaja" does not find ympäristönhoitaja.
class Finnish : public Analyser {
public:
  /// `dictionary` is an extra folder to look in, or empty. Without dictionary everything runs on Snowball.
  /// `cache` is how many words' terms to remember.
  explicit Finnish(std::string const& dictionary = {}, std::size_t cache = 20000);

  bool has_dictionary() const { return voikko_.loaded(); }
  std::vector<std::string> index_terms(std::string_view text, std::span<Word const>, std::size_t at) override;
  std::vector<std::string> query_terms(std::string_view word) override;
  std::string describe() const override;
  /// Written forms that a misspelt word may stand for, by the dictionary; without it none.
  std::vector<std::string> spellings(std::string_view word);

private:
  static constexpr std::size_t longest_spoken = 30; // bytes; longer words are not taken for speech
  static constexpr std::size_t most_parts = 9;      // of a compound

  /// Readings with the fewest compound parts: kahvilasta is of a café, not of a coffee child.
  std::vector<Reading> read(std::string_view word);
  std::vector<std::string> const& word_terms(std::string_view word);
  void add_known(std::vector<Reading> const&, std::string_view word, std::vector<std::string>& terms);
  void add_unknown(std::string_view word, std::string const& folded, std::vector<std::string>& terms, int depth);
  /// A written form that a spoken one stands for: what the dictionary reads, or the lexicon's lemmas. No text: none.
  struct Spelling {
    std::string text;
    std::vector<Reading> readings;
    std::vector<std::string> lemmas;
  };
  /// The likeliest of them in the fewest parts, at most `most`.
  Spelling choose_spelling(std::vector<std::string> const& spellings, std::size_t most);
  void add_spelling(Spelling const&, std::vector<std::string>& terms);
  void add_loan_compound(std::string const& folded, std::vector<std::string>& terms);
  void add_spoken(std::string_view word, std::string const& folded, std::vector<std::string>& terms);
  void add_word(std::string_view word, std::vector<std::string>& terms, int depth);
  void add_ellipsis(std::string_view text, std::span<Word const>, std::size_t at, std::vector<std::string>& terms);
  void add_lemmas(std::string_view word, std::vector<std::string>& terms, int depth);
  std::vector<std::string> with_dots(std::string const& folded);
  /// Base forms of the ends ("terveysala" → ala) or written beginnings ("puutarhatyöt" → puutarha) of a compound.
  std::vector<std::string> tails(std::string_view word);
  std::vector<std::string> heads(std::string_view word);

  Voikko voikko_;
  Stemmer stemmer_;
  std::unique_ptr<Analyser> fallback_;
  std::size_t const cache_limit_;
  std::unordered_map<std::string, std::string> slang_; // stems of words the dictionary lacks, see finnish_lexicon.tsv
  std::unordered_map<std::string, std::vector<std::string>> cache_, queries_;
};

} // namespace tarina::catalog
