#include "server/pages/choices.hpp"
#include "catalog/clock.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>

namespace tarina::server {

using Json = nlohmann::json;

Json choice(std::string const& code, std::string const& label, std::string_view selected) {
  return {{"code", code}, {"label", label}, {"selected", code == selected}};
}

namespace {

bool serves(catalog::Person const& person, std::string const& institution) {
  return person.institution.empty() || person.institution == institution;
}

} // namespace

Json institution_choices(catalog::Vocabulary const& words, catalog::Person const& person, std::string_view lang, std::string_view selected) {
  auto list = Json::array();
  for (auto const& institution : words.institutions)
    if (serves(person, institution.code)) list.push_back(choice(institution.code, institution.name.in(lang), selected));
  return list;
}

Json unit_choices(catalog::Vocabulary const& words, catalog::Person const& person, std::string_view lang, std::string_view selected, std::string_view today) {
  auto groups = Json::array();
  for (auto const& institution : words.institutions) {
    if (!serves(person, institution.code)) continue;
    auto options = Json::array();
    for (auto const& unit : institution.units) {
      if (!person.unit.empty() && person.unit != unit.code) continue;
      if (unit.valid_on(today) || unit.code == selected) options.push_back(choice(unit.code, unit.name.in(lang), selected));
    }
    if (!options.empty()) groups.push_back({{"label", institution.short_name}, {"code", institution.code}, {"options", options}});
  }
  return groups;
}

Json place_view(catalog::Vocabulary const& words, catalog::Person const& person, std::string_view lang, std::string_view institution, std::string_view unit,
                std::string const& unit_none) {
  return {{"institutions", institution_choices(words, person, lang, institution)},
          {"unit_groups", unit_choices(words, person, lang, unit, today_iso())},
          {"unit_none", unit_none}};
}

std::string unit_within(catalog::Vocabulary const& words, std::string_view institution, std::string const& unit) {
  auto const* found = words.find_institution(institution);
  return found && found->find_unit(unit) ? unit : std::string();
}

Json field_choices(catalog::Vocabulary const& words, std::string_view lang, std::string_view selected) {
  auto groups = Json::array();
  for (auto const& broad : words.fields) {
    if (!broad.parent.empty()) continue;
    auto options = Json::array({choice(broad.code, broad.name.in(lang), selected)});
    for (auto const& narrow : words.fields)
      if (narrow.parent == broad.code) options.push_back(choice(narrow.code, narrow.name.in(lang), selected));
    groups.push_back({{"label", broad.name.in(lang)}, {"options", options}});
  }
  return groups;
}

Json language_choices(std::string_view lang, std::string_view selected, std::vector<std::string> const& also) {
  std::vector<std::string> codes{"fi", "sv", "en", "se", "ru", "et", "ar", "so", "uk", "fse", "fss"};
  for (auto const& code : also)
    if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
  auto list = Json::array();
  for (auto const& code : codes) list.push_back(choice(code, language_name(code, lang), selected));
  return list;
}

Json page_language_choices(Templates const& templates, std::string_view lang, std::string_view selected) {
  auto list = Json::array();
  for (std::string const code : {"fi", "sv", "en"}) list.push_back(choice(code, templates.text(lang, "edit.lang_" + code), selected));
  return list;
}

std::string today_iso() { return catalog::to_iso8601(catalog::system_clock()()).substr(0, 10); }

} // namespace tarina::server
