// Lists to choose from in forms: [{code, label, selected}].
#pragma once
#include "catalog/person.hpp"
#include "catalog/vocabulary.hpp"
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::server {

class Templates;

nlohmann::json choice(std::string const& code, std::string const& label, std::string_view selected);

/// Institutions a person may act for.
nlohmann::json institution_choices(catalog::Vocabulary const&, catalog::Person const&, std::string_view lang, std::string_view selected);
/// [{label, code, options}] for the same institutions; only units valid today, and the selected one.
nlohmann::json unit_choices(catalog::Vocabulary const&, catalog::Person const&, std::string_view lang, std::string_view selected, std::string_view today);
/// For {{> place-fields}}: an institution of those, and a unit within it. `unit_none` says what no unit means.
nlohmann::json place_view(catalog::Vocabulary const&, catalog::Person const&, std::string_view lang, std::string_view institution, std::string_view unit,
                          std::string const& unit_none);
/// What {{> place-fields}} sent: without script the list shows every institution's units, so one of another institution is
/// dropped, not refused.
std::string unit_within(catalog::Vocabulary const&, std::string_view institution, std::string const& unit);
/// [{label, options}] by broad field; a broad field itself can be chosen as well.
nlohmann::json field_choices(catalog::Vocabulary const&, std::string_view lang, std::string_view selected);
/// Languages spoken in stories and written in subtitles; codes in `also` are added when they are others.
nlohmann::json language_choices(std::string_view lang, std::string_view selected, std::vector<std::string> const& also = {});
/// Languages of the pages and letters: fi, sv, en.
nlohmann::json page_language_choices(Templates const&, std::string_view lang, std::string_view selected);

/// "2026-11-23" in UTC, for validity.
std::string today_iso();

} // namespace tarina::server
