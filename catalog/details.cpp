// What people may write about a story, checked and stored.
#include "catalog/story_rows.hpp"
#include <set>

namespace tarina::catalog {
namespace {

Error bad(char const* key, char const* detail) { return {Errc::invalid, key, detail}; }

bool longer(LocalText const& text, std::size_t limit) {
  for (auto const* part : {&text.fi, &text.sv, &text.en})
    if (part->size() > limit && count_characters(*part) > limit) return true;
  return false;
}

bool plain(LocalText const& text) { return is_plain_text(text.fi) && is_plain_text(text.sv) && is_plain_text(text.en); }

} // namespace

result<void> check_details(StoryDetails const& d, Vocabulary const& words) {
  if (!plain(d.title) || !plain(d.summary) || !plain(d.description) || !is_plain_text(d.shown_name) || !is_plain_text(d.occupation_text) || !is_plain_text(d.captions_exemption))
    return bad("story.text_invalid", "text must be UTF-8 without control characters");
  if (longer(d.title, 200)) return bad("story.title_too_long", "at most 200 characters");
  if (longer(d.summary, 500)) return bad("story.summary_too_long", "at most 500 characters");
  if (longer(d.description, 20'000)) return bad("story.description_too_long", "at most 20000 characters");
  if (count_characters(d.shown_name) > 100) return bad("story.name_too_long", "at most 100 characters");
  if (count_characters(d.occupation_text) > 100) return bad("story.occupation_too_long", "at most 100 characters");
  if (count_characters(d.captions_exemption) > 500) return bad("story.exemption_too_long", "at most 500 characters");
  if (d.tags.size() > 30) return bad("story.too_many_tags", "at most 30 tags");
  for (auto const& tag : d.tags)
    if (tag.empty() || !is_plain_text(tag) || count_characters(tag) > 60) return bad("story.tag_too_long", "a tag has 1 to 60 characters");
  auto const* institution = words.find_institution(d.institution);
  if (!institution) return bad("story.institution_unknown", "no such institution");
  if (!d.unit.empty() && !institution->find_unit(d.unit)) return bad("story.unit_unknown", "no such unit in this institution");
  if (d.fields.size() > 10) return bad("story.field_unknown", "at most 10 fields");
  for (auto const& field : d.fields)
    if (!words.find_field(field)) return bad("story.field_unknown", "no such field of study");
  if (!d.qualification.empty() && !words.find_qualification(d.qualification)) return bad("story.qualification_unknown", "no such qualification");
  if (!d.occupation.empty() && !words.find_title(d.occupation)) return bad("story.occupation_unknown", "no such occupational title");
  if (d.languages.size() > 10) return bad("story.language_unknown", "at most 10 languages");
  for (auto const& language : d.languages)
    if (!is_language_tag(language)) return bad("story.language_unknown", "not a language tag");
  if (d.graduation_year != 0 && (d.graduation_year < 1900 || d.graduation_year > 2100)) return bad("story.year_invalid", "a year has four digits");
  return {};
}

void store_details(Database& db, std::int64_t row, StoryDetails const& d) {
  db.run("UPDATE story SET title_fi = ?2, title_sv = ?3, title_en = ?4, summary_fi = ?5, summary_sv = ?6, summary_en = ?7, description_fi = ?8, description_sv = ?9, description_en = ?10,"
         " shown_name = ?11, institution = ?12, unit = ?13, qualification = ?14, occupation = ?15, occupation_text = ?16, graduation_year = ?17, captions_exemption = ?18 WHERE id = ?1",
         row, d.title.fi, d.title.sv, d.title.en, d.summary.fi, d.summary.sv, d.summary.en, d.description.fi, d.description.sv, d.description.en, d.shown_name, d.institution, d.unit,
         d.qualification, d.occupation, d.occupation_text, d.graduation_year, d.captions_exemption);
  auto store = [&](char const* table, char const* column, std::vector<std::string> const& values) {
    db.run(std::string("DELETE FROM ") + table + " WHERE story_id = ?1", row);
    std::set<std::string> seen;
    for (auto const& value : values)
      if (seen.insert(value).second) db.run(std::string("INSERT INTO ") + table + " (story_id, position, " + column + ") VALUES (?1, ?2, ?3)", row, static_cast<std::int64_t>(seen.size()), value);
  };
  store("story_field", "field", d.fields);
  store("story_tag", "tag", d.tags);
  store("story_language", "language", d.languages);
}

} // namespace tarina::catalog
