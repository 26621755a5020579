// The schema's history: sql/NNNN_*.sql, embedded at build time, each applied once in a transaction of its own together
// with its PRAGMA user_version. A shipped file is never edited; a change is a new file.
#pragma once
#include "catalog/database.hpp"

namespace tarina::catalog {

struct Migration {
  int version = 0;
  std::string_view name;
  std::string_view sql;
};

/// In order; versions are 1, 2, 3, … without gaps.
std::vector<Migration> const& migrations();

/// Brings the schema up to date. Throws std::runtime_error when the file is newer than the program.
void migrate(Database&, std::vector<Migration> const& = migrations());
int schema_version(Database&);

} // namespace tarina::catalog
