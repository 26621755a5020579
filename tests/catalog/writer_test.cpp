#include "catalog/readers.hpp"
#include "catalog/writer.hpp"
#include "tests/catalog/record.hpp"
#include <future>
#include <latch>

namespace tarina::catalog {
namespace {

std::int64_t count(std::filesystem::path const& file) {
  Database db(file, Database::Mode::reader);
  auto q = db.query("SELECT count(*) FROM fact");
  q.step();
  return q.integer();
}

struct Facts {
  TempFolder folder;
  std::filesystem::path file = folder.path / "facts.sqlite";
  Writer writer{file};
  Facts() { writer.write([](Database& db) { db.execute("CREATE TABLE fact (n INTEGER PRIMARY KEY) STRICT"); }); }
};

} // namespace

TEST_CASE("a change is in the file for every other connection when write returns") {
  Facts facts;
  for (int i = 1; i <= 20; ++i) {
    facts.writer.write([&](Database& db) { db.run("INSERT INTO fact (n) VALUES (?1)", i); });
    REQUIRE(count(facts.file) == i);
  }
}

TEST_CASE("writers that come together share commits and all of them are kept") {
  Facts facts;
  constexpr int threads = 8, each = 50;
  auto const before = facts.writer.counts();
  // Hold the writer until everybody has asked once, so that a shared commit is certain, not a matter of luck.
  std::latch asked(threads);
  std::vector<std::thread> crowd;
  auto blocker = std::async(std::launch::async, [&] { facts.writer.run_alone([&](Database&) { asked.wait(); }); });
  for (int t = 0; t < threads; ++t)
    crowd.emplace_back([&, t] {
      asked.count_down();
      for (int i = 0; i < each; ++i) facts.writer.write([&](Database& db) { db.run("INSERT INTO fact (n) VALUES (?1)", t * each + i); });
    });
  for (auto& thread : crowd) thread.join();
  blocker.get();
  auto const after = facts.writer.counts();
  CHECK(count(facts.file) == threads * each);
  CHECK(after.changes - before.changes == threads * each + 1);
  CHECK(after.commits - before.commits <= after.changes - before.changes);
}

TEST_CASE("a change that throws undoes itself and nobody else's in the same commit") {
  Facts facts;
  std::latch asked(3);
  auto blocker = std::async(std::launch::async, [&] { facts.writer.run_alone([&](Database&) { asked.wait(); }); });
  auto good = [&](int n) {
    return std::async(std::launch::async, [&, n] {
      asked.count_down();
      facts.writer.write([&](Database& db) { db.run("INSERT INTO fact (n) VALUES (?1)", n); });
    });
  };
  auto first = good(1);
  auto bad = std::async(std::launch::async, [&] {
    asked.count_down();
    facts.writer.write([&](Database& db) {
      db.run("INSERT INTO fact (n) VALUES (2)");
      throw std::runtime_error("halfway");
    });
  });
  auto last = good(3);
  first.get();
  last.get();
  blocker.get();
  CHECK_THROWS_WITH(bad.get(), "halfway");
  Database db(facts.file, Database::Mode::reader);
  auto q = db.query("SELECT n FROM fact ORDER BY n");
  std::vector<std::int64_t> found;
  while (q.step()) found.push_back(q.integer());
  CHECK(found == std::vector<std::int64_t>{1, 3});
}

TEST_CASE("a change that answers with an error leaves nothing behind") {
  Facts facts;
  auto const answer = facts.writer.write([](Database& db) -> result<int> {
    db.run("INSERT INTO fact (n) VALUES (7)");
    return Error{Errc::conflict, "test.no", "no"};
  });
  CHECK(error_of(answer).key == "test.no");
  CHECK(count(facts.file) == 0);
}

TEST_CASE("broken SQL throws with SQLite's extended code, and the writer goes on") {
  Facts facts;
  facts.writer.write([](Database& db) { db.run("INSERT INTO fact (n) VALUES (1)"); });
  try {
    facts.writer.write([](Database& db) { db.run("INSERT INTO fact (n) VALUES (1)"); });
    FAIL("a doubled primary key was accepted");
  } catch (DatabaseError const& e) {
    CHECK(e.code() == 1555); // SQLITE_CONSTRAINT_PRIMARYKEY
  }
  facts.writer.write([](Database& db) { db.run("INSERT INTO fact (n) VALUES (2)"); });
  CHECK(count(facts.file) == 2);
}

TEST_CASE("a full database fails the whole batch, and the writer recovers when there is room") {
  Facts facts;
  facts.writer.write([](Database& db) { db.execute("CREATE TABLE blob (b BLOB) STRICT"); });
  facts.writer.run_alone([](Database& db) { db.execute("PRAGMA max_page_count = 10"); });
  CHECK_THROWS_AS(facts.writer.write([](Database& db) { db.run("INSERT INTO blob (b) VALUES (zeroblob(1000000))"); }), DatabaseError);
  CHECK(count(facts.file) == 0);
  facts.writer.run_alone([](Database& db) { db.execute("PRAGMA max_page_count = 1000000"); });
  facts.writer.write([](Database& db) { db.run("INSERT INTO fact (n) VALUES (1)"); });
  CHECK(count(facts.file) == 1);
}

TEST_CASE("a reader cannot write and keeps its snapshot") {
  Facts facts;
  Readers readers(facts.file, 2);
  CHECK_THROWS_AS(readers.read([](Database& db) { db.run("INSERT INTO fact (n) VALUES (1)"); }), DatabaseError);
  readers.read([&](Database& db) {
    auto seen = [&] {
      auto q = db.query("SELECT count(*) FROM fact");
      q.step();
      return q.integer();
    };
    CHECK(seen() == 0);
    facts.writer.write([](Database& w) { w.run("INSERT INTO fact (n) VALUES (1)"); });
    CHECK(seen() == 0);
  });
  CHECK(readers.read([](Database& db) { return db.query("SELECT 1 FROM fact").step(); }));
}

TEST_CASE("the writer's connection has the settings that durability and erasure rest on") {
  Facts facts;
  auto pragma = [&](std::string const& name) {
    std::string value;
    facts.writer.run_alone([&](Database& db) {
      auto q = db.query("PRAGMA " + name);
      if (q.step()) value = q.text();
    });
    return value;
  };
  CHECK(pragma("journal_mode") == "wal");
  CHECK(pragma("synchronous") == "2");
  CHECK(pragma("foreign_keys") == "1");
  CHECK(pragma("secure_delete") == "1");
}

} // namespace tarina::catalog
