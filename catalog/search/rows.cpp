#include "catalog/search/rows.hpp"
#include "catalog/search/analysers.hpp"
#include "catalog/search/cue_groups.hpp"
#include "catalog/search/schema.hpp"
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace tarina::catalog {
namespace {

std::string joined(std::vector<std::string> const& texts) {
  std::string all;
  for (auto const& text : texts)
    if (!text.empty()) all += (all.empty() ? "" : "\n") + text;
  return all;
}

void insert_story(Database& database, StoryDocument const& story, std::int64_t row, std::size_t language) {
  static StoryText const none;
  std::string said;
  std::vector<SpokenTrack> tracks;
  for (auto const& track : story.tracks)
    if (index_language(track.language) == language) tracks.push_back(speak(track.language, track.cues, said));
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
  if (!tracks.empty())
    database.run("INSERT INTO speech(story, language, cues) VALUES (?1, ?2, ?3)", row, static_cast<std::int64_t>(language), write_tracks(tracks));
}

/// While it lives, the different words of what is written or taken out are counted: `by` for each.
class NotedWords {
public:
  NotedWords(SearchConnection& connection, WordChanges::value_type& changes, int by) : sink_(connection.words), changes_(changes), by_(by) {
    sink_.into = &words_;
  }
  ~NotedWords() {
    sink_.into = nullptr;
    for (auto const& word : words_) changes_[word] += by_;
  }
  NotedWords(NotedWords const&) = delete;

private:
  WordSink& sink_;
  WordChanges::value_type& changes_;
  int by_;
  std::unordered_set<std::string> words_;
};

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
  }
  return lines;
}

} // namespace

std::optional<std::int64_t> find_story_row(Database& database, std::string_view story) {
  auto found = database.query("SELECT id FROM story WHERE public_id = ?1", story);
  if (!found.step()) return {};
  return found.integer();
}

std::int64_t insert_story_rows(SearchConnection& connection, StoryDocument const& story, std::optional<std::int64_t> row, WordChanges& words) {
  auto& database = connection.database;
  auto const facts = row_of(story);
  std::string codes;
  for (std::size_t kind = 0; kind < facet_count; ++kind)
    for (auto const& code : facts.codes[kind]) codes += std::to_string(kind) + ' ' + plain_line(code) + '\n';
  auto const named = names_of(story);
  std::string names;
  for (auto const* group : {&named.titles, &named.occupations})
    for (auto const& name : *group) names += name + '\n';
  database.run("INSERT INTO story(id, public_id, revision, published_ms, duration_ms, codes, names) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", row,
               facts.id, facts.revision, facts.published_ms, facts.duration_ms, codes, names);
  auto const id = database.last_id();
  for (std::size_t language = 0; language < index_languages.size(); ++language) {
    NotedWords noted(connection, words[language], 1);
    insert_story(database, story, id, language);
  }
  return id;
}

void delete_story_rows(SearchConnection& connection, std::int64_t row, bool leave_terms, WordChanges& words) {
  auto& database = connection.database;
  if (!leave_terms)
    for (std::size_t language = 0; language < index_languages.size(); ++language) {
      NotedWords noted(connection, words[language], -1);
      database.run(fmt::format("DELETE FROM story_{} WHERE rowid = ?1", index_languages[language]), row);
    }
  database.run("DELETE FROM speech WHERE story = ?1", row);
  database.run("DELETE FROM story WHERE id = ?1", row);
}

void write_words(Database& database, WordChanges const& words) {
  for (std::size_t language = 0; language < words.size(); ++language)
    for (auto const& [word, stories] : words[language]) {
      if (stories == 0) continue;
      database.run("INSERT INTO word(language, word, stories) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET stories = stories + excluded.stories",
                   static_cast<std::int64_t>(language), word, stories);
      if (stories < 0)
        database.run("DELETE FROM word WHERE language = ?1 AND word = ?2 AND stories <= 0", static_cast<std::int64_t>(language), word);
    }
}

void write_field_names(Database& database, std::map<std::string, LocalNames> const& fields) {
  for (auto const& [code, names] : fields)
    database.run("INSERT INTO field(code, fi, sv, en) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET fi = excluded.fi, sv = excluded.sv, "
                 "en = excluded.en WHERE (fi, sv, en) != (excluded.fi, excluded.sv, excluded.en)",
                 code, names[0], names[1], names[2]);
}

void load_tables(Database& database, FacetTable& facets, SuggestionTable& suggestions, bool with_words) {
  facets.clear();
  suggestions.clear();
  auto stories = database.query("SELECT id, public_id, revision, published_ms, duration_ms, codes, names FROM story ORDER BY id");
  while (stories.step()) {
    StoryRow row;
    auto const id = stories.integer();
    row.id = stories.text();
    row.revision = stories.integer();
    row.published_ms = stories.integer();
    row.duration_ms = stories.integer();
    for (auto const& line : lines_of(stories.text())) {
      auto const gap = line.find(' ');
      auto const kind = static_cast<std::size_t>(std::atoi(line.c_str()));
      if (gap != line.npos && kind < facet_count) row.codes[kind].push_back(line.substr(gap + 1));
    }
    StoryNames names{row.id, row.published_ms, {}, {}, row.codes[static_cast<std::size_t>(Facet::field)]};
    auto const lines = lines_of(stories.text());
    for (std::size_t i = 0; i < lines.size() && i < 2 * name_languages; ++i)
      (i < name_languages ? names.titles : names.occupations)[i % name_languages] = lines[i];
    facets.put(id, row);
    suggestions.put(id, names);
  }
  for (auto fields = database.query("SELECT code, fi, sv, en FROM field"); fields.step();) {
    auto const code = fields.text();
    LocalNames names;
    for (auto& name : names) name = fields.text();
    suggestions.name_field(code, names);
  }
  if (!with_words) return;
  WordChanges words;
  for (auto all = database.query("SELECT language, word, stories FROM word"); all.step();) {
    auto const language = static_cast<std::size_t>(all.integer());
    auto word = all.text();
    if (language < words.size()) words[language][std::move(word)] = all.integer();
  }
  suggestions.change(words);
}

} // namespace tarina::catalog
