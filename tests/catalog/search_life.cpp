// How the index keeps up: updates, purges, rebuilds, drift, damage.
#include "catalog/database.hpp"
#include "catalog/search/index.hpp"
#include "tests/catalog/search_samples.hpp"
#include <catch2/catch.hpp>
#include <fstream>
#include <sqlite3.h>

using namespace tarina;
using namespace tarina::catalog;
using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

TEST_CASE("an update leaves nothing of the former revision, a removal nothing at all") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto story = nurse();
  story.revision = 2;
  story.texts["fi"].title = "Uusi otsikko";
  story.tags = {"kiertotalous"};
  story.tracks[0].cues = {cue(7, "Nyt puhun leipomisesta.")};
  index.update(story);
  CHECK(found(index, "viihtyä").empty());
  CHECK(found(index, "hoiva").empty());
  CHECK(found(index, "leipominen") == Ids{"nurse"});
  CHECK(index.moments("nurse", "leipominen").at(0).start == 7s);
  CHECK(index.size() == 3);
  index.remove("nurse");
  index.remove("nurse");
  index.remove("never there");
  CHECK(found(index, "leipominen").empty());
  CHECK(index.moments("nurse", "leipominen").empty());
  CHECK(index.size() == 2);
  CHECK(search(index, words("")).total == 2);
  CHECK(index.check() == "");
}

TEST_CASE("a purge leaves no byte of a removed story in the file or its log") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto story = nurse();
  story.id = "secret";
  story.texts["fi"].title = "Zyxwvutsr";
  story.tracks[0].cues = {cue(0, "Qponmlkji puhuu.")};
  index.update(story);
  auto bytes = [&] {
    std::string all;
    for (auto const* end : {"", "-wal"}) {
      std::ifstream in((folder.path / "search.sqlite").string() + end, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  };
  auto holds = [&](char const* word) { return bytes().find(word) != std::string::npos; };
  REQUIRE(holds("Zyxwvutsr"));
  REQUIRE(holds("qponmlkji"));
  auto const check_gone = [&] {
    for (auto const* word : {"Zyxwvutsr", "zyxwvutsr", "Qponmlkji", "qponmlkji"}) CHECK_FALSE(holds(word));
    CHECK(found(index, "lähihoitaja") == Ids{"nurse", "welder"});
    CHECK(index.check() == "");
  };
  SECTION("at once") {
    index.remove("secret");
    index.purge();
    check_gone();
  }
  SECTION("while the index is built anew, from what was so before") {
    index.rebuild([&](auto const& add) {
      for (auto const& one : {nurse(), story, gardener(), welder()}) add(one);
      index.remove("secret");
      index.purge();
    });
    check_gone();
  }
  SECTION("after it was built anew") {
    index.rebuild([&](auto const& add) {
      for (auto const& one : {nurse(), story, gardener(), welder()}) add(one);
      story.texts["fi"].title += " edited";
      add(story);
    });
    REQUIRE(holds("Zyxwvutsr"));
    index.remove("secret");
    index.purge();
    check_gone();
  }
}

TEST_CASE("what was indexed is there after reopening") {
  SearchFolder folder;
  {
    SearchIndex index(folder.options());
    CHECK(index.needs_rebuild());
    index.rebuild([](auto const& add) {
      for (auto const& story : {nurse(), gardener(), welder()}) add(story);
    });
    CHECK_FALSE(index.needs_rebuild());
  }
  SearchIndex index(folder.options());
  CHECK_FALSE(index.needs_rebuild());
  CHECK(index.size() == 3);
  CHECK(found(index, "lähihoitaja") == Ids{"nurse", "welder"});
  auto query = words("");
  query.institutions = {"osao"};
  CHECK(search(index, query).total == 2);
  CHECK(index.check() == "");
}

TEST_CASE("a rebuild takes out what does not belong and keeps what came in meanwhile") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  index.rebuild([&](auto const& add) {
    add(nurse());
    add(nurse()); // said twice, indexed once
    auto newer = nurse();
    newer.revision = 9;
    newer.texts["fi"].title = "Kalastaja";
    index.update(newer);            // newer than what the rebuild was given
    index.remove("garden");
    CHECK(found(index, "hitsaaja") == Ids{"welder"}); // the old index serves meanwhile
    add(gardener());
  });
  CHECK(found(index, "kalastaja") == Ids{"nurse"});
  CHECK(found(index, "puisto").empty());
  CHECK(found(index, "hitsaaja").empty());
  CHECK(index.size() == 1);
  CHECK(index.check() == "");
  CHECK_FALSE(std::filesystem::exists(folder.path / "search.sqlite.rebuild"));
}

TEST_CASE("a rebuild that fails leaves the index as it was") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK_THROWS_AS(index.rebuild([](auto const& add) {
    add(nurse());
    throw std::runtime_error("the catalog broke");
  }), std::runtime_error);
  CHECK(index.size() == 3);
  CHECK(found(index, "hitsaaja") == Ids{"welder"});
  CHECK_FALSE(std::filesystem::exists(folder.path / "search.sqlite.rebuild"));
  index.rebuild([](auto const& add) { add(welder()); });
  CHECK(index.size() == 1);
}

TEST_CASE("drift names what is missing, outdated and surplus") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK(index.drift({{"nurse", 1}, {"garden", 1}, {"welder", 1}}).empty());
  auto const drift = index.drift({{"nurse", 2}, {"welder", 1}, {"fresh", 1}});
  CHECK(drift.missing == Ids{"fresh", "nurse"});
  CHECK(drift.surplus == Ids{"garden"});
}

TEST_CASE("the check finds words that were changed behind the index's back") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  REQUIRE(index.check() == "");
  sqlite3* raw = nullptr; // a connection without our tokenizers, as the sqlite3 shell's
  REQUIRE(sqlite3_open((folder.path / "search.sqlite").c_str(), &raw) == SQLITE_OK);
  REQUIRE(sqlite3_exec(raw, "UPDATE story_fi_content SET c0 = 'Aivan muuta'", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
  CHECK(index.check() != "");
}

TEST_CASE("a damaged or foreign file is replaced by an empty index that asks to be rebuilt") {
  SearchFolder folder;
  {
    std::ofstream(folder.path / "search.sqlite") << std::string(8192, 'x');
  }
  {
    SearchIndex index(folder.options());
    CHECK(index.needs_rebuild());
    CHECK(index.size() == 0);
    index.update(nurse());
    CHECK(found(index, "lähihoitaja") == Ids{"nurse"});
  }
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open((folder.path / "search.sqlite").c_str(), &raw) == SQLITE_OK);
  REQUIRE(sqlite3_exec(raw, "PRAGMA user_version = 999", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
  SearchIndex index(folder.options());
  CHECK(index.needs_rebuild());
  CHECK(index.size() == 0);
}

TEST_CASE("an index that was cut off anywhere opens, and is whole after it is built again if not before") {
  SearchFolder folder;
  auto const file = folder.path / "search.sqlite";
  auto const all = [](auto const& add) {
    add(nurse());
    add(welder());
  };
  std::uintmax_t size = 0;
  Ids nurses;
  {
    SearchIndex index(folder.options());
    index.rebuild(all);
    nurses = found(index, "lähihoitaja");
    size = std::filesystem::file_size(file);
  }
  REQUIRE_FALSE(nurses.empty());
  auto const kept = folder.path / "kept";
  std::filesystem::copy_file(file, kept);
  for (std::uintmax_t length : {std::uintmax_t{1}, std::uintmax_t{100}, std::uintmax_t{4096}, std::uintmax_t{8192}, std::uintmax_t{20'000}, size / 2, size - 4096, size - 1}) {
    INFO(length << " of " << size << " bytes");
    for (auto const* end : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + end);
    std::filesystem::copy_file(kept, file);
    std::filesystem::resize_file(file, length);
    SearchIndex index(folder.options());
    if (index.needs_rebuild() || index.check() != "") index.rebuild(all);
    CHECK(found(index, "lähihoitaja") == nurses);
    CHECK(index.size() == 2);
    CHECK(index.check() == "");
  }
}

TEST_CASE("an index that breaks in use throws, asks to be rebuilt, and loses no change that comes in before that") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto const all = [](auto const& add) {
    add(nurse());
    add(welder());
  };
  index.rebuild(all); // nothing is left in the log
  REQUIRE_FALSE(index.needs_rebuild());
  std::filesystem::resize_file(folder.path / "search.sqlite", 8192);
  CHECK_THROWS_AS(index.search(words("lähihoitaja")), DatabaseError);
  CHECK(index.needs_rebuild());
  CHECK_THROWS_AS(index.purge(), DatabaseError);
  CHECK(index.check() != "");
  SuggestionQuery typed;
  typed.text = "hitsa";
  auto const suggested = [&] {
    auto const offered = index.suggestions(typed);
    return std::any_of(offered.begin(), offered.end(), [](auto const& s) { return s.kind == Suggestion::Kind::story; });
  };
  CHECK(suggested());
  CHECK_THROWS_AS(index.remove("welder"), DatabaseError);
  CHECK_FALSE(suggested()); // though the file could not be told
  CHECK(index.suggestions(typed).empty());
  CHECK(index.size() == 1);
  auto changed = nurse();
  changed.texts["fi"].title = "Kiertotalous";
  index.rebuild([&](auto const& add) {
    all(add);
    CHECK_THROWS_AS(index.update(changed), DatabaseError); // the broken one still stands
    CHECK_THROWS_AS(index.remove("welder"), DatabaseError);
  });
  CHECK_FALSE(index.needs_rebuild());
  CHECK(found(index, "kiertotalous") == Ids{"nurse"});
  CHECK(index.size() == 1);
  CHECK(index.check() == "");
}

TEST_CASE("a rebuild that cannot put the new file in place leaves an index that throws and can be rebuilt") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto const in_the_way = folder.path / "search.sqlite-journal";
  auto const all = [](auto const& add) { add(nurse()); };
  CHECK_THROWS(index.rebuild([&](auto const& add) {
    all(add);
    std::filesystem::create_directories(in_the_way / "full");
  }));
  CHECK(index.needs_rebuild());
  CHECK_THROWS_AS(index.search(words("lähihoitaja")), DatabaseError);
  CHECK_THROWS_AS(index.update(welder()), DatabaseError);
  CHECK_THROWS_AS(index.purge(), DatabaseError);
  CHECK(index.describe() != "");
  CHECK(index.check() != "");
  std::filesystem::remove_all(in_the_way);
  index.rebuild(all);
  CHECK_FALSE(index.needs_rebuild());
  CHECK(found(index, "lähihoitaja") == Ids{"nurse"});
}

TEST_CASE("without a dictionary the service runs on stems, and an index built so asks for a rebuild with one") {
  SearchFolder folder;
  auto without = folder.options();
  without.voikko_dictionary = "none";
  {
    SearchIndex index(without);
    CHECK_FALSE(index.has_dictionary());
    CHECK(index.describe().find("snowball finnish") != std::string::npos);
    CHECK(index.describe().find("turned off") != std::string::npos);
    index.rebuild([](auto const& add) {
      for (auto const& story : {nurse(), gardener(), welder()}) add(story);
    });
    CHECK(found(index, "lähihoitaja") == Ids{"nurse", "welder"});
    CHECK(search(index, words("lähihoitja")).suggestion == "lähihoitaja");
    CHECK(index.check() == "");
  }
  SearchIndex index(folder.options());
  if (!index.has_dictionary()) return;
  CHECK(index.needs_rebuild());
  CHECK(index.check() != "");
  // It still serves, and changes are right at once: words put in by the other analyser are bound to no story any more.
  auto story = nurse();
  story.texts["fi"].title = "Kalastaja";
  index.update(story);
  index.remove("garden");
  CHECK(found(index, "kalastaja") == Ids{"nurse"});
  CHECK(found(index, "puisto").empty());
  CHECK(index.size() == 2);
  index.rebuild([&](auto const& add) {
    add(story);
    add(welder());
  });
  CHECK_FALSE(index.needs_rebuild());
  CHECK(index.check() == "");
  CHECK(found(index, "hitsata") == Ids{"welder"});
}
