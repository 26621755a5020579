// The FTS5 extension interface of a connection.
#pragma once
#include <sqlite3.h>
#include <stdexcept>

namespace tarina::catalog {

/// As sqlite.org/fts5.html section 7 prescribes.
inline fts5_api& fts5_of(sqlite3* database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  if (!api || api->iVersion < 2) throw std::runtime_error("this SQLite has no FTS5");
  return *api;
}

} // namespace tarina::catalog
