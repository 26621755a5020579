#include "catalog/search/rows.hpp"
#include "catalog/search/analysers.hpp"
#include "catalog/search/cue_groups.hpp"
#include "catalog/search/schema.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::catalog {
namespace {

std::string joined(std::vector<std::string> const& texts) {
  std::string all;
  for (auto const& text : texts)
    if (!text.empty()) all += (all.empty() ? "" : "\n") + text;
  return all;
}

std::string speech(StoryDocument const& story, std::size_t language) {
  std::string all;
  for (auto const& track : story.tracks)
    if (index_language(track.language) == language)
      for (auto const& cue : track.cues) all += plain_line(cue.text) + '\n';
  return all;
}

void insert_story(Database& database, StoryDocument const& story, std::int64_t row, std::size_t language) {
  static StoryText const none;
  auto const said = speech(story, language);
  bool const other = language + 1 == index_languages.size();
  if (other && said.empty()) return; // its row would only repeat the others
  // Speech in a language without texts of its own is still told at an institution with a Finnish name.
  auto const found = story.texts.find(std::string(other ? "fi" : index_languages[language]));
  auto const& text = found == story.texts.end() ? none : found->second;
  auto names = text.fields;
  names.insert(names.end(), {text.qualification, text.institution, story.unit_name, story.teller});
  database.run(fmt::format("INSERT INTO story_{}(rowid, {}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                           index_languages[language], story_columns),
               row, text.title, text.occupation, joined(story.tags), joined(names), text.summary, text.description, said);
}

void insert_moments(Database& database, StoryDocument const& story, std::int64_t row) {
  std::int64_t id = row * moments_per_story;
  std::int64_t const end = id + moments_per_story;
  for (auto const& track : story.tracks)
    for (auto const& group : group_cues(track.cues)) {
      if (id == end) return;
      database.run("INSERT INTO moment(id, language, cues) VALUES (?1, ?2, ?3)", id, track.language, write_times(group.cues));
      database.run(fmt::format("INSERT INTO moment_{}(rowid, text) VALUES (?1, ?2)", index_languages[index_language(track.language)]),
                   id, group.text);
      ++id;
    }
}

} // namespace

std::optional<std::int64_t> find_story_row(Database& database, std::string_view story) {
  auto found = database.query("SELECT id FROM story WHERE public_id = ?1", story);
  if (!found.step()) return {};
  return found.integer();
}

std::int64_t insert_story_rows(Database& database, StoryDocument const& story, std::optional<std::int64_t> row) {
  auto const facts = row_of(story);
  database.run("INSERT INTO story(id, public_id, revision, published_ms, duration_ms) VALUES (?1, ?2, ?3, ?4, ?5)", row,
               facts.id, facts.revision, facts.published_ms, facts.duration_ms);
  auto const id = database.last_id();
  for (std::size_t kind = 0; kind < facet_count; ++kind)
    for (auto const& code : facts.codes[kind])
      database.run("INSERT INTO story_code(story, kind, code) VALUES (?1, ?2, ?3)", id, static_cast<int>(kind), code);
  for (std::size_t language = 0; language < index_languages.size(); ++language) insert_story(database, story, id, language);
  insert_moments(database, story, id);
  return id;
}

void delete_story_rows(Database& database, std::int64_t row, bool leave_terms) {
  auto const first = row * moments_per_story, last = first + moments_per_story - 1;
  if (!leave_terms)
    for (auto language : index_languages) {
      database.run(fmt::format("DELETE FROM story_{} WHERE rowid = ?1", language), row);
      database.run(fmt::format("DELETE FROM moment_{} WHERE rowid BETWEEN ?1 AND ?2", language), first, last);
    }
  database.run("DELETE FROM moment WHERE id BETWEEN ?1 AND ?2", first, last);
  database.run("DELETE FROM story_code WHERE story = ?1", row);
  database.run("DELETE FROM story WHERE id = ?1", row);
}

void load_facets(Database& database, FacetTable& facets) {
  facets.clear();
  auto stories = database.query("SELECT id, public_id, revision, published_ms, duration_ms FROM story ORDER BY id");
  auto codes = database.query("SELECT story, kind, code FROM story_code ORDER BY story, kind, code");
  bool more = codes.step();
  std::int64_t owner = more ? codes.integer() : 0;
  while (stories.step()) {
    StoryRow row;
    auto const id = stories.integer();
    row.id = stories.text();
    row.revision = stories.integer();
    row.published_ms = stories.integer();
    row.duration_ms = stories.integer();
    while (more && owner <= id) {
      auto const kind = static_cast<std::size_t>(codes.integer());
      if (owner == id && kind < facet_count) row.codes[kind].push_back(codes.text());
      if ((more = codes.step())) owner = codes.integer();
    }
    facets.put(id, row);
  }
}

} // namespace tarina::catalog
