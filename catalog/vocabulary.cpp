#include "catalog/vocabulary.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {
template <class T> T const* find_code(std::vector<T> const& all, std::string_view code) {
  auto found = std::find_if(all.begin(), all.end(), [&](T const& entry) { return entry.code == code; });
  return found == all.end() ? nullptr : &*found;
}
}

Field const* Vocabulary::find_field(std::string_view code) const { return find_code(fields, code); }
Qualification const* Vocabulary::find_qualification(std::string_view code) const { return find_code(qualifications, code); }
Title const* Vocabulary::find_title(std::string_view code) const { return find_code(titles, code); }
Institution const* Vocabulary::find_institution(std::string_view code) const { return find_code(institutions, code); }
Unit const* Institution::find_unit(std::string_view wanted) const { return find_code(units, wanted); }

bool Unit::valid_on(std::string_view iso_date) const {
  return (valid_from.empty() || valid_from <= iso_date) && (valid_to.empty() || iso_date <= valid_to);
}

} // namespace tarina::catalog
