#include "catalog/search/schema.hpp"
#include "catalog/search/analysers.hpp"
#include <fmt/format.h>

namespace tarina::catalog {

std::string search_tables() {
  std::string sql = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE story(id INTEGER PRIMARY KEY AUTOINCREMENT, public_id TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL,
      published_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL,
      codes TEXT NOT NULL, -- lines "kind code"; kinds as enum Facet
      names TEXT NOT NULL  -- six lines: title in fi, sv, en; occupation in fi, sv, en
    ) STRICT;
    CREATE TABLE field(code TEXT PRIMARY KEY, fi TEXT NOT NULL, sv TEXT NOT NULL, en TEXT NOT NULL) STRICT, WITHOUT ROWID;
    -- In how many stories' texts of that language (as index_languages) a word is.
    CREATE TABLE word(language INTEGER NOT NULL, word TEXT NOT NULL, stories INTEGER NOT NULL,
      PRIMARY KEY(language, word)) STRICT, WITHOUT ROWID;
    -- When what is said: see write_cues(). `language` as in index_languages.
    CREATE TABLE speech(story INTEGER NOT NULL, language INTEGER NOT NULL, cues TEXT NOT NULL, PRIMARY KEY(story, language)) STRICT, WITHOUT ROWID;
  )";
  // FTS5 keeps its own copy of the texts: an index over another table's drifts silently when that table is changed
  // behind its back, and a contentless one cannot delete in SQLite 3.40.
  for (auto language : index_languages)
    sql += fmt::format(R"(
      CREATE VIRTUAL TABLE story_{0} USING fts5({1}, tokenize = '{0}', columnsize = 0);
    )", language, story_columns);
  sql += fmt::format("PRAGMA user_version = {};", search_schema);
  return sql;
}

} // namespace tarina::catalog
