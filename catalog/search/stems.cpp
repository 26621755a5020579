#include "catalog/search/stems.hpp"
#include <libstemmer.h>
#include <stdexcept>

namespace tarina::catalog {

Stemmer::Stemmer(char const* language) {
  if (!*language) return;
  stemmer_ = sb_stemmer_new(language, "UTF_8");
  if (!stemmer_) throw std::runtime_error(std::string("libstemmer has no ") + language);
}

Stemmer::~Stemmer() {
  if (stemmer_) sb_stemmer_delete(stemmer_);
}

std::string Stemmer::stem(std::string_view folded) {
  if (!stemmer_) return std::string(folded);
  auto const* in = reinterpret_cast<sb_symbol const*>(folded.data());
  auto const* out = sb_stemmer_stem(stemmer_, in, static_cast<int>(folded.size()));
  if (!out) throw std::bad_alloc();
  return {reinterpret_cast<char const*>(out), static_cast<std::size_t>(sb_stemmer_length(stemmer_))};
}

} // namespace tarina::catalog
