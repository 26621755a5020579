// The controlled words: fields of study, qualifications, occupational titles, institutions. Data files, never code.
#pragma once
#include "catalog/text.hpp"
#include <map>
#include <string>
#include <vector>

namespace tarina::catalog {

/// How sure a fact is: verified in a stored official source, inferred from official data, derived from definitions.
enum class Mark { verified, inferred, derived };

// `listed` is false for a code that left the data files: still named where a story carries it, no longer offered.

/// Kansallinen koulutusluokitus 2016 (equal to ISCED-F 2013): two digits broad, three digits narrow; plus "TUVA",
/// preparatory education, which has no field of its own.
struct Field {
  std::string code;
  std::string parent; // broad code of a narrow field, else empty
  LocalText name;
  bool listed = true;
};

/// Ammatillinen perustutkinto, koodisto koulutus (six digits).
struct Qualification {
  std::string code;
  LocalText name;
  std::string broad_field;
  std::string narrow_field; // empty when not known
  Mark broad_mark = Mark::derived;
  Mark narrow_mark = Mark::derived;
  bool listed = true;
};

/// Koodisto tutkintonimikkeet (five digits).
struct Title {
  std::string code;
  LocalText name;
  std::string qualification; // code when known, else empty
  bool listed = true;
};

/// A unit or place of an institution. Validity is ISO dates, the last day included; empty means open.
struct Unit {
  std::string code;        // "osao-muhos"
  LocalText name;
  std::string number;      // oppilaitosnumero, or empty
  std::string oid;         // or empty
  std::string kind;        // "unit", "location", "branch" (toimiala)
  std::string valid_from;
  std::string valid_to;
  Mark mark = Mark::verified;
  bool listed = true;
  bool valid_on(std::string_view iso_date) const;
};

struct Institution {
  std::string code;        // "osao", "luovi", "opao", "sdo", "psk"
  LocalText name;
  std::string short_name;
  std::vector<std::string> numbers; // oppilaitosnumero, current first when known
  std::string oid;
  std::string provider;
  std::string provider_id; // y-tunnus
  std::string website;
  std::string valid_from;
  std::string valid_to;
  Mark mark = Mark::verified;
  std::string note;
  bool listed = true;
  std::vector<Unit> units;
  /// Origins that may embed ("https://www.osao.fi"); empty: any site. Set by people, kept over data updates.
  std::vector<std::string> embed_sites;
  Unit const* find_unit(std::string_view code) const;
};

/// One consistent snapshot, in the order to show. Lookups give nullptr for an unknown code.
class Vocabulary {
public:
  std::vector<Field> fields;
  std::vector<Qualification> qualifications;
  std::vector<Title> titles;
  std::vector<Institution> institutions;

  Field const* find_field(std::string_view code) const;
  Qualification const* find_qualification(std::string_view code) const;
  Title const* find_title(std::string_view code) const;
  Institution const* find_institution(std::string_view code) const;
};

} // namespace tarina::catalog
