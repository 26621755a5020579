#include "catalog/migrations.hpp"
#include <charconv>
#include <utility>

namespace tarina::catalog {

std::vector<std::pair<std::string_view, std::string_view>> const& embedded_migrations(); // made from sql/ by the build

std::vector<Migration> const& migrations() {
  static std::vector<Migration> const all = [] {
    std::vector<Migration> found;
    for (auto const& [name, sql] : embedded_migrations()) {
      int version = 0;
      std::from_chars(name.data(), name.data() + std::min<std::size_t>(4, name.size()), version);
      if (version != static_cast<int>(found.size()) + 1) throw std::logic_error("migration out of order: " + std::string(name));
      found.push_back({version, name, sql});
    }
    return found;
  }();
  return all;
}

int schema_version(Database& db) {
  auto pragma = db.query("PRAGMA user_version");
  return pragma.step() ? pragma.number() : 0;
}

void migrate(Database& db, std::vector<Migration> const& steps) {
  int const newest = steps.empty() ? 0 : steps.back().version;
  if (int const found = schema_version(db); found > newest)
    throw std::runtime_error("the database has schema " + std::to_string(found) + ", this program knows " + std::to_string(newest) + ": run a newer program");
  for (auto const& step : steps) {
    db.execute("BEGIN IMMEDIATE");
    try {
      if (schema_version(db) < step.version) {
        db.execute(std::string(step.sql));
        db.execute("PRAGMA user_version = " + std::to_string(step.version));
      }
      db.execute("COMMIT");
    } catch (...) {
      if (!db.autocommit()) db.execute("ROLLBACK");
      throw;
    }
  }
}

} // namespace tarina::catalog
