#include "catalog/search/analyser.hpp"
#include "catalog/search/stems.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

class StemAnalyser : public Analyser {
public:
  explicit StemAnalyser(char const* language) : language_(language), stemmer_(language) {}

  std::vector<std::string> index_terms(std::string_view text, std::span<Word const> words, std::size_t at) override {
    auto const word = words[at].in(text);
    std::vector<std::string> terms{surface_term(fold(word))};
    add_stems(word, terms);
    return terms;
  }

  std::vector<std::string> query_terms(std::string_view word) override {
    std::vector<std::string> terms;
    add_stems(word, terms);
    if (terms.empty()) terms.push_back(surface_term(fold(word)));
    return terms;
  }

  std::string describe() const override {
    return *language_ ? std::string("snowball ") + language_ + " 2" : std::string("plain words");
  }

private:
  /// The whole word's stem; of "OSAO:ssa" or "dog's" also the part before the joint, of a hyphenated word each part.
  void add_stems(std::string_view word, std::vector<std::string>& terms) {
    if (!is_analysable(word)) return;
    auto const folded = fold(word);
    auto add = [&](std::string_view part) {
      if (part.empty()) return;
      auto term = "~" + stemmer_.stem(part);
      if (std::find(terms.begin(), terms.end(), term) == terms.end()) terms.push_back(std::move(term));
    };
    auto const colon = folded.find(':');
    add(std::string_view(folded).substr(0, colon));
    if (folded.find('-') == folded.npos) return;
    auto joined = folded;
    std::erase(joined, '-');
    add(joined);
    if (!terms.empty() && terms.front().starts_with('=')) // indexing: parts are found too, but do not stand for the whole
      for (std::size_t begin = 0, end; begin < folded.size(); begin = end + 1) {
        end = std::min(folded.find('-', begin), folded.size());
        add(std::string_view(folded).substr(begin, end - begin));
      }
  }

  char const* language_;
  Stemmer stemmer_;
};

bool begins_letter(char byte) { return (byte & 0xC0) != 0x80; } // of UTF-8

} // namespace

bool is_analysable(std::string_view word) {
  auto const letters = std::count_if(word.begin(), word.end(), begins_letter);
  return static_cast<std::size_t>(letters) <= longest_analysed_word && std::count(word.begin(), word.end(), '-') <= most_hyphens;
}

std::string surface_term(std::string_view folded) {
  std::size_t end = 0;
  for (std::size_t letters = 0; end < folded.size(); ++end)
    if (begins_letter(folded[end]) && letters++ == longest_analysed_word) break;
  return "=" + std::string(folded.substr(0, end));
}

std::vector<std::string> prefix_terms(std::string_view word) {
  auto term = surface_term(fold(word));
  return {term.substr(1), term};
}

std::unique_ptr<Analyser> make_stem_analyser(char const* language) { return std::make_unique<StemAnalyser>(language); }

} // namespace tarina::catalog
