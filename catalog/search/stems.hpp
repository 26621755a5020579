// Snowball stemming (libstemmer): Swedish, English, and Finnish when there is no dictionary.
#pragma once
#include <string>
#include <string_view>

struct sb_stemmer;

namespace tarina::catalog {

/// Not for two threads at once.
class Stemmer {
public:
  /// `language` as libstemmer names it: "finnish", "swedish", "english"; "" for one that changes nothing.
  explicit Stemmer(char const* language);
  ~Stemmer();
  Stemmer(Stemmer const&) = delete;
  Stemmer& operator=(Stemmer const&) = delete;
  /// `folded` is lower case; see `fold`.
  std::string stem(std::string_view folded);

private:
  sb_stemmer* stemmer_ = nullptr;
};

} // namespace tarina::catalog
