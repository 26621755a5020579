#include "catalog/search/schema.hpp"
#include "catalog/search/analysers.hpp"
#include <fmt/format.h>

namespace tarina::catalog {

std::string search_tables() {
  std::string sql = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE story(id INTEGER PRIMARY KEY AUTOINCREMENT, public_id TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL,
      published_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE story_code(story INTEGER NOT NULL, kind INTEGER NOT NULL, code TEXT NOT NULL,
      PRIMARY KEY(story, kind, code)) STRICT, WITHOUT ROWID;
    -- cues: "start,end" in ms for each cue of the group, separated by ";"
    CREATE TABLE moment(id INTEGER PRIMARY KEY, language TEXT NOT NULL, cues TEXT NOT NULL) STRICT;
  )";
  // FTS5 keeps its own copy of the texts: an index over another table's drifts silently when that table is changed
  // behind its back, and a contentless one cannot delete in SQLite 3.40.
  for (auto language : index_languages)
    sql += fmt::format(R"(
      CREATE VIRTUAL TABLE story_{0} USING fts5({1}, tokenize = '{0}', prefix = '2 3 4');
      CREATE VIRTUAL TABLE moment_{0} USING fts5(text, tokenize = '{0}');
      CREATE VIRTUAL TABLE vocabulary_{0} USING fts5vocab('story_{0}', 'row');
    )", language, story_columns);
  sql += fmt::format("PRAGMA user_version = {};", search_schema);
  return sql;
}

} // namespace tarina::catalog
