// Finnish that nobody said, but inflected as it would be: for measuring search on more stories than anybody has told.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tarina::bench {

/// All forms of a word that texts use, the first its base form.
using Forms = std::vector<std::string>;

/// Its own arithmetic on std::mt19937_64, whose numbers the standard fixes: the same texts on every machine.
class Chance {
public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool percent(unsigned p) { return below(100) < p; }
  /// 0 … n - 1, small numbers more often: as words in a language (Zipf's law).
  std::size_t zipf(std::size_t n);
  template <class T> T const& of(std::vector<T> const& all) { return all[below(all.size())]; }

private:
  std::mt19937_64 engine_;
};

class FinnishText {
public:
  /// `occupations`: names that end in -ja or -jä, in lower case.
  explicit FinnishText(std::vector<std::string> const& occupations);

  std::size_t occupations() const { return occupations_.size(); }
  Forms const& occupation(std::size_t number) const { return occupations_[number]; }
  /// A word of content: about the occupation's trade, common, or rare.
  Forms const& content(std::size_t occupation, Chance&) const;
  /// A sentence of about so many words, with capital and full stop.
  std::string sentence(std::size_t occupation, std::size_t words, Chance&) const;
  /// "Hitsaajasta yrittäjäksi" and the like.
  std::string title(std::size_t occupation, Chance&) const;
  std::size_t size() const { return nouns_.size() + verbs_.size() + occupations_.size(); }

private:
  std::vector<Forms> occupations_, nouns_, verbs_;
};

} // namespace tarina::bench
