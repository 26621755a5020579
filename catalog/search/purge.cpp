#include "catalog/search/schema.hpp"
#include "catalog/search/state.hpp"
#include "catalog/search/words.hpp"
#include <fmt/format.h>

namespace tarina::catalog {

void SearchIndex::purge() {
  std::lock_guard lock(state_->writing);
  auto& database = state_->writer->database;
  // A deleted row's words stay in FTS5's segments until these are merged (sqlite.org/fts5.html, "optimize"); what the
  // merge frees is zeroed because the connection has secure_delete on.
  for (auto language : index_languages) database.run(fmt::format("INSERT INTO story_{0}(story_{0}) VALUES ('optimize')", language));
  // A search under way may hold the log back for a moment; it is emptied by the next purge or when the file is closed.
  for (int attempt = 0; attempt < 5; ++attempt) {
    auto checkpoint = database.query("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!checkpoint.step() || checkpoint.integer() == 0) break;
  }
}

} // namespace tarina::catalog
