#include "server/pages/story_form.hpp"
#include "catalog/search/words.hpp"
#include "server/pages/choices.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <charconv>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

std::string trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

/// Browsers send CRLF in text areas.
std::string plain_lines(std::string text) {
  std::erase(text, '\r');
  return trimmed(text);
}

catalog::LocalText read_local(FormValues const& form, std::string const& name) {
  return {plain_lines(form.get(name + "_fi")), plain_lines(form.get(name + "_sv")), plain_lines(form.get(name + "_en"))};
}

bool equal_without_case(std::string_view a, std::string_view b) {
  auto const same = [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

std::vector<std::string> chosen(FormValues const& form, std::string_view name) {
  std::vector<std::string> values;
  for (auto& value : form.all(name))
    if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end()) values.push_back(std::move(value));
  return values;
}

std::vector<std::string> read_tags(std::string_view text) {
  std::vector<std::string> tags;
  while (!text.empty()) {
    auto const comma = text.find(',');
    auto tag = trimmed(text.substr(0, comma));
    // "sää, Sää" is one word to who looks for it; the first spelling stays.
    auto const same = [folded = catalog::fold(tag)](std::string const& other) { return catalog::fold(other) == folded; };
    if (!tag.empty() && std::none_of(tags.begin(), tags.end(), same)) tags.push_back(std::move(tag));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return tags;
}

int read_year(std::string const& text) {
  if (text.empty()) return 0;
  int year = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), year);
  return failed == std::errc() && end == text.data() + text.size() ? year : -1;
}

} // namespace

catalog::StoryDetails read_story_form(FormValues const& form, catalog::Vocabulary const& words) {
  catalog::StoryDetails details;
  details.title = read_local(form, "title");
  details.summary = read_local(form, "summary");
  details.description = read_local(form, "description");
  details.shown_name = trimmed(form.get("shown_name"));
  details.institution = form.get("institution");
  details.unit = unit_within(words, details.institution, form.get("unit"));
  details.fields = chosen(form, "field");
  details.qualification = form.get("qualification");
  auto const occupation = trimmed(form.get("occupation"));
  for (auto const& title : words.titles)
    // A title without a Swedish or English name is not what an empty field means.
    if (!occupation.empty() && (equal_without_case(title.name.fi, occupation) || equal_without_case(title.name.sv, occupation) || equal_without_case(title.name.en, occupation))) {
      details.occupation = title.code;
      break;
    }
  if (details.occupation.empty()) details.occupation_text = occupation;
  details.graduation_year = read_year(trimmed(form.get("year")));
  details.tags = read_tags(form.get("tags"));
  details.languages = chosen(form, "language");
  details.captions_exemption = trimmed(form.get("exemption"));
  return details;
}

Json story_form_view(Naming const& naming, catalog::Person const& person, catalog::StoryDetails const& details) {
  auto const& words = naming.vocabulary;
  auto const lang = naming.lang;
  auto texts = Json::array();
  for (std::string const code : {"fi", "sv", "en"}) {
    auto const part = [&code](catalog::LocalText const& text) { return code == "fi" ? text.fi : code == "sv" ? text.sv : text.en; };
    auto const name = naming.templates.text(lang, "edit.lang_" + code);
    texts.push_back({{"code", code},
                     {"name", name},
                     {"legend", naming.templates.text(lang, "edit.texts_legend") + ": " + name},
                     {"selected", code == lang},
                     {"title", part(details.title)},
                     {"summary", part(details.summary)},
                     {"description", part(details.description)}});
  }
  auto selects = Json::array();
  auto const rows = std::max<std::size_t>(3, details.fields.size() + 1);
  for (std::size_t i = 0; i < rows; ++i)
    selects.push_back({{"n", i + 1},
                       {"label", i == 0 ? naming.templates.text(lang, "edit.field_main") : naming.templates.text(lang, "edit.field_more", {{"n", std::to_string(i + 1)}})},
                       {"groups", field_choices(words, lang, i < details.fields.size() ? details.fields[i] : "")}});
  auto titles = Json::array();
  for (auto const& title : words.titles) titles.push_back(title.name.in(lang));
  auto qualifications = Json::array();
  for (auto const& each : words.qualifications) qualifications.push_back(choice(each.code, each.name.in(lang) + " (" + each.code + ")", details.qualification));
  auto spoken = language_choices(lang, {}, details.languages);
  for (auto& each : spoken)
    each["ticked"] = std::find(details.languages.begin(), details.languages.end(), each["code"].get<std::string>()) != details.languages.end();
  std::string tags;
  for (auto const& tag : details.tags) tags += (tags.empty() ? "" : ", ") + tag;
  return {{"texts", texts},
          {"field_selects", selects},
          {"shown_name", details.shown_name},
          {"occupation", naming.occupation(details.occupation, details.occupation_text)},
          {"titles", titles},
          {"place", place_view(words, person, lang, details.institution, details.unit, naming.templates.text(lang, "edit.unit_none"))},
          {"qualifications", qualifications},
          {"year", details.graduation_year > 0 ? std::to_string(details.graduation_year) : ""},
          {"spoken", spoken},
          {"tags", tags},
          {"exemption", details.captions_exemption}};
}

Json story_differences(Naming const& naming, catalog::StoryDetails const& mine, catalog::StoryDetails const& theirs) {
  auto list = Json::array();
  auto const& templates = naming.templates;
  auto const lang = naming.lang;
  auto const differ = [&](std::string const& label, bool different, std::string const& value) {
    if (different) list.push_back({{"label", label}, {"value", value.empty() ? templates.text(lang, "edit.conflict_empty") : value}});
  };
  auto const local = [&](char const* key, catalog::LocalText const& a, catalog::LocalText const& b) {
    auto const label = templates.text(lang, key);
    differ(label + " (fi)", a.fi != b.fi, b.fi);
    differ(label + " (sv)", a.sv != b.sv, b.sv);
    differ(label + " (en)", a.en != b.en, b.en);
  };
  auto const list_of = [](std::vector<std::string> const& values, auto const& name) {
    std::vector<std::string> names;
    for (auto const& value : values) names.push_back(name(value));
    return joined(names, ", ");
  };
  auto const field_name = [&](std::string const& code) { return naming.field(code); };
  auto const itself = [](std::string const& value) { return value; };
  local("edit.headline", mine.title, theirs.title);
  local("edit.summary", mine.summary, theirs.summary);
  local("edit.description", mine.description, theirs.description);
  differ(templates.text(lang, "edit.shown_name"), mine.shown_name != theirs.shown_name, theirs.shown_name);
  differ(templates.text(lang, "edit.institution"), mine.institution != theirs.institution, naming.institution(theirs.institution));
  differ(templates.text(lang, "edit.unit"), mine.unit != theirs.unit, naming.unit(theirs.institution, theirs.unit));
  differ(templates.text(lang, "edit.fields"), mine.fields != theirs.fields, list_of(theirs.fields, field_name));
  differ(templates.text(lang, "edit.qualification"), mine.qualification != theirs.qualification, naming.qualification(theirs.qualification));
  differ(templates.text(lang, "edit.occupation"), mine.occupation != theirs.occupation || mine.occupation_text != theirs.occupation_text,
         naming.occupation(theirs.occupation, theirs.occupation_text));
  differ(templates.text(lang, "edit.year"), mine.graduation_year != theirs.graduation_year, theirs.graduation_year > 0 ? std::to_string(theirs.graduation_year) : "");
  differ(templates.text(lang, "edit.spoken"), mine.languages != theirs.languages, language_list(theirs.languages, lang));
  differ(templates.text(lang, "edit.tags"), mine.tags != theirs.tags, list_of(theirs.tags, itself));
  differ(templates.text(lang, "edit.exemption"), mine.captions_exemption != theirs.captions_exemption, theirs.captions_exemption);
  return list;
}

} // namespace tarina::server
