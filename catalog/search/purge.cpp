#include "catalog/search/schema.hpp"
#include "catalog/search/state.hpp"
#include <fmt/format.h>
#include <sqlite3.h>

namespace tarina::catalog {
namespace {
constexpr int pages_at_once = 1000; // some 4 MB: other changes come in between
}

void SearchIndex::purge() {
  // A deleted row's words stay in FTS5's segments until these are merged; what the merge frees is zeroed because the
  // connection has secure_delete on. A negative number asks for all to be merged, further ones go on with that until
  // nothing changes any more (sqlite.org/fts5.html, "merge").
  auto const act = [this](auto const& use) {
    std::lock_guard lock(state_->writing);
    return state_->watch([&] { return use(state_->writing_connection().database); });
  };
  for (auto language : index_languages)
    for (bool begun = false;; begun = true) {
      auto const changes = act([&](Database& database) {
        auto const before = sqlite3_total_changes(database.handle());
        database.run(fmt::format("INSERT INTO story_{0}(story_{0}, rank) VALUES ('merge', ?1)", language), begun ? pages_at_once : -pages_at_once);
        return sqlite3_total_changes(database.handle()) - before;
      });
      if (begun && changes < 2) break;
    }
  // A search under way may hold the log back for a moment; it is emptied by the next purge or when the file is closed.
  act([](Database& database) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      auto checkpoint = database.query("PRAGMA wal_checkpoint(TRUNCATE)");
      if (!checkpoint.step() || checkpoint.integer() == 0) break;
    }
  });
}

} // namespace tarina::catalog
