#include "catalog/search/analysers.hpp"

namespace tarina::catalog {

std::size_t index_language(std::string_view language) {
  for (std::size_t i = 0; i + 1 < index_languages.size(); ++i)
    if (index_languages[i] == language) return i;
  return index_languages.size() - 1;
}

Analysers::Analysers(std::string const& dictionary, std::size_t cache)
    : finnish(dictionary, cache), swedish(make_stem_analyser("swedish")), english(make_stem_analyser("english")),
      other(make_stem_analyser("")) {}

Analyser& Analysers::of(std::size_t language) {
  switch (language) {
    case 0: return finnish;
    case 1: return *swedish;
    case 2: return *english;
    default: return *other;
  }
}

std::string Analysers::describe() const {
  return finnish.describe() + "; " + swedish->describe() + "; " + english->describe();
}

} // namespace tarina::catalog
