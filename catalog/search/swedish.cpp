#include "catalog/search/swedish.hpp"
#include "catalog/search/analysers.hpp"
#include "catalog/search/words.hpp"

namespace tarina::catalog {
namespace {

/// Without the vowel that inflection and joining change: skol-a, arbet-e, vårdar-e.
std::string_view root_of(std::string_view part) {
  if (part.ends_with('a') || part.ends_with('e')) part.remove_suffix(1);
  return part;
}

} // namespace

bool is_swedish_compound_of(std::string_view word, std::string_view part) {
  auto const root = root_of(part);
  if (to_utf32(part).size() < shortest_compound_part || word.find_first_of("0123456789") != word.npos) return false;
  auto const at = word.rfind(root);
  if (at == word.npos) return false;
  auto const rest = word.substr(at + root.size());
  // Endings of nouns: -a -e -en -et -ar -er -or -arna -erna -ens -s …
  if (at >= 3) return rest.size() <= 5 && rest.find_first_not_of("aenorst") == rest.npos;
  return at == 0 && rest.size() >= 4 && rest.find_first_not_of("aenorst") != rest.npos;
}

std::vector<std::string> swedish_compounds(Database& index, std::string_view word) {
  auto const part = fold(word);
  std::vector<std::string> compounds;
  if (to_utf32(part).size() < shortest_compound_part) return compounds;
  static auto const swedish = static_cast<std::int64_t>(index_language("sv"));
  auto rows = index.query("SELECT word FROM word WHERE language = ?1 AND instr(word, ?2) > 0 ORDER BY stories DESC, word", swedish, root_of(part));
  while (compounds.size() < most_compounds && rows.step())
    if (auto found = rows.text(); is_swedish_compound_of(found, part)) compounds.push_back(std::move(found));
  return compounds;
}

} // namespace tarina::catalog
