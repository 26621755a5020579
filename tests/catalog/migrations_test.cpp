#include "catalog/migrations.hpp"
#include "catalog/record_copy.hpp"
#include "tests/catalog/record.hpp"

namespace tarina::catalog {

TEST_CASE("the shipped migrations make a sound schema and applying them twice changes nothing") {
  TempFolder folder;
  Database db(folder.path / "new.sqlite", Database::Mode::writer);
  migrate(db);
  CHECK(schema_version(db) == migrations().back().version);
  migrate(db);
  auto check = db.query("PRAGMA integrity_check");
  REQUIRE(check.step());
  CHECK(check.text() == "ok");
  auto loose = db.query("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'");
  CHECK_FALSE(loose.step()); // every table is STRICT
}

TEST_CASE("a migration that fails halfway leaves the version before it, whole") {
  TempFolder folder;
  Database db(folder.path / "half.sqlite", Database::Mode::writer);
  std::vector<Migration> steps{{1, "0001", "CREATE TABLE a (x INTEGER) STRICT;"}, {2, "0002", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"}};
  CHECK_THROWS_AS(migrate(db, steps), DatabaseError);
  CHECK(schema_version(db) == 1);
  CHECK_FALSE(db.query("SELECT 1 FROM sqlite_schema WHERE name = 'b'").step());
  steps[1].sql = "CREATE TABLE b (x INTEGER) STRICT;";
  migrate(db, steps);
  CHECK(schema_version(db) == 2);
}

TEST_CASE("upload metadata with credentials is emptied by the update, other metadata stays") {
  TempFolder folder;
  Database db(folder.path / "old.sqlite", Database::Mode::writer);
  auto const& all = migrations();
  migrate(db, {all.begin(), all.begin() + 2});
  db.execute("PRAGMA foreign_keys = OFF");
  for (auto const* metadata : {"filename YQ==,invite c2VjcmV0", "mine c2VjcmV0", "filename YQ==,story eA==", "filename YQ==,filetype Yg=="})
    db.run("INSERT INTO upload (public_id, original, story_id, size, filename, content_type, metadata, created_at, expires_at) VALUES (?1, ?1, 1, 1, '', '', ?1, 0, 0)", metadata);
  migrate(db);
  std::vector<std::string> kept;
  for (auto q = db.query("SELECT metadata FROM upload ORDER BY id"); q.step();) kept.push_back(q.text());
  CHECK(kept == std::vector<std::string>{"", "", "", "filename YQ==,filetype Yg=="});
}

TEST_CASE("work begins again in a record of an earlier version, which is brought up to date first") {
  TempFolder folder;
  auto const file = folder.path / "catalog.sqlite";
  auto const& all = migrations();
  {
    Database db(file, Database::Mode::writer);
    migrate(db, {all.begin(), all.begin() + 10});
    db.execute("PRAGMA foreign_keys = OFF");
    db.run("INSERT INTO original (id, public_id, story_id, filename, content_type, bytes, sha256, created_at) VALUES (1, 'o', 1, '', '', 1, '', 0)");
    db.run("INSERT INTO package (public_id, story_id, original_id, state, created_at) VALUES ('p', 1, 1, 'published', 0)");
  }
  CHECK(begin_work_again(file, day_one) == 0);
  Database db(file, Database::Mode::reader);
  CHECK(schema_version(db) == all.back().version);
  CHECK(db.query("SELECT 1 FROM package WHERE public_id = 'p' AND repair = 0 AND mending = '' AND verified_walk = 0").step());
}

TEST_CASE("a database from the future is refused") {
  TempFolder folder;
  {
    Database db(folder.path / "catalog.sqlite", Database::Mode::writer);
    db.execute("PRAGMA user_version = 9999");
  }
  CatalogOptions options;
  options.folder = folder.path;
  CHECK_THROWS_WITH(Catalog(options), Catch::Contains("9999"));
}

} // namespace tarina::catalog
