// What a Voikko reading says of a word's insides: its parts, their runs, and the verb a participle comes from.
// Pure functions over the attribute texts, so that they can be tested without a dictionary.
#pragma once
#include "catalog/search/voikko.hpp"
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// A word cut into the parts of the compound it is; one part for a simple word. All folded.
struct Compound {
  std::vector<std::string> written; // as in the base form, a trailing hyphen kept: "kuorma-", "auton", "kuljettaja"
  std::vector<std::string> lemmas;  // of each part: "kuorma", "auto", "kuljettaja"
  /// Parts first…last as one word in base form; `last` inclusive. "auton"+"kuljettaja" for (1, 2).
  std::string range(std::size_t first, std::size_t last) const;
};

/// `word` is the word that was read, in any case; the parts before the last look the same in it and in the base form.
/// Cuts by STRUCTURE, and rebuilds a derived part's base form from the pieces in WORDBASES
/// ("+hitsa(hitsata)+a+ja(+ja)" is hitsaaja); splitting WORDBASES alone would yield "ja".
Compound cut_compound(Reading const&, std::string_view word);

/// Number of compound parts.
std::size_t count_parts(Reading const&);

/// The verb behind a participle ("valmistunut" → valmistua), or empty: agent participles (työelämä as "työn elämä")
/// and all else have none. With `of_agent` those have: "isäni kannustamana" → kannustaa.
std::string root_verb(Reading const&, bool of_agent = false);

} // namespace tarina::catalog
