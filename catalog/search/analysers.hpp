// The four analysers of one database connection.
#pragma once
#include "catalog/search/finnish.hpp"
#include <array>
#include <string>
#include <string_view>

namespace tarina::catalog {

/// The languages with tables of their own; "xx" takes all others, unstemmed.
constexpr std::array<std::string_view, 4> index_languages{"fi", "sv", "en", "xx"};
std::size_t index_language(std::string_view language);

struct Analysers {
  explicit Analysers(std::string const& dictionary, std::size_t cache = 20000);
  Finnish finnish;
  std::unique_ptr<Analyser> swedish, english, other;
  Analyser& of(std::size_t language);
  /// Everything that decides the terms; kept with the index.
  std::string describe() const;
};

} // namespace tarina::catalog
