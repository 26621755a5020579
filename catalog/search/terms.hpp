// A word's terms while they are gathered; for the Finnish analyser's files only.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

namespace tarina::catalog {

using Terms = std::vector<std::string>;

/// Once each, and none that is empty.
inline void add(Terms& terms, std::string term) {
  if (!term.empty() && std::find(terms.begin(), terms.end(), term) == terms.end()) terms.push_back(std::move(term));
}

} // namespace tarina::catalog
