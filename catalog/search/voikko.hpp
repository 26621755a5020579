// libvoikko, found at run time, so that Tarina starts and searches without it.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct VoikkoHandle;

namespace tarina::catalog {

/// One way to read a word, in the attributes libvoikko gives (its doc/morphological-analysis.txt).
struct Reading {
  std::string base;       // BASEFORM: "lähihoitaja"
  std::string structure;  // STRUCTURE: "=pppp=pppppppppp", one "=" before every part of a compound
  std::string word_bases; // WORDBASES: "+lähi+hoita(hoitaa)+ja(+ja)"
  std::string word_class; // CLASS: "nimisana"
  std::string participle; // PARTICIPLE: "past_active", "agent", …, or empty
  std::string noun_case{};  // SIJAMUOTO: "nimento", "keinonto", …, or empty
  std::string number{};     // NUMBER: "singular", "plural", or empty
  std::string comparison{}; // COMPARISON: "positive", "superlative", …, or empty
  std::string possessive{}; // POSSESSIVE: "1s", "2s", "3", …, or empty
};

/// One handle on the Finnish dictionary. Not for two threads at once.
class Voikko {
public:
  /// `path` is an extra folder to look for dictionaries in, or empty, or "none" to do without. When library or
  /// dictionary is not there, `loaded` is false and `problem` says why.
  explicit Voikko(std::string const& path);
  ~Voikko();
  Voikko(Voikko const&) = delete;
  Voikko& operator=(Voikko const&) = delete;

  bool loaded() const { return handle_ != nullptr; }
  std::string const& problem() const { return problem_; }
  /// Library and dictionary with their versions.
  std::string const& version() const { return version_; }

  std::vector<Reading> analyse(std::string const& word);
  bool spell(std::string const& word);
  /// A few words, or pairs of words, that a misspelt word may stand for.
  std::vector<std::string> suggest(std::string const& word);

private:
  VoikkoHandle* handle_ = nullptr;
  std::string problem_, version_;
};

} // namespace tarina::catalog
