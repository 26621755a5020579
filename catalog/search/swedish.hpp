// Swedish compounds stay whole in the index, for there is no dictionary that cuts them: they are looked for among its
// words instead, when somebody asks for a part.
#pragma once
#include "catalog/database.hpp"
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

constexpr std::size_t shortest_compound_part = 5; // letters; shorter ones are in too much
constexpr std::size_t most_compounds = 20;

/// Whether `word` (folded) is a compound with `part` (folded) at its end, in any inflection, or at its beginning:
/// "vårdare" is in närvårdaren, "utbildning" in grundutbildning, "arbete" in arbetsplats, but "vårdare" not in sjukvård.
bool is_swedish_compound_of(std::string_view word, std::string_view part);

/// The compounds of the index's Swedish words that have the word as a part, those in most stories first.
std::vector<std::string> swedish_compounds(Database& index, std::string_view word);

} // namespace tarina::catalog
