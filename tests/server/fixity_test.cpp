// Verification at night: what it finds, how fast it reads, when it begins, and what it leaves alone.
#include "archive_fixture.hpp"

using namespace fixture;
using catalog::FileProblem;

TEST_CASE("a night reads every kept file once, at most at its rate, and the same night brings no second walk") {
  Archive archive;
  archive.look(); // notes the night of the first start
  archive.published_story();
  archive.published_story();
  auto const kept = archive.kept();
  archive.look();
  CHECK(archive.walks() == 0);
  archive.pass(24h);
  auto const began = archive.steady;
  archive.look();
  auto const figures = Fixity(*archive.catalog).figures();
  REQUIRE(figures.finished);
  CHECK(figures.finished->files == kept.files);
  CHECK(figures.finished->bytes == kept.bytes);
  CHECK(archive.findings().empty());
  // The clock moves by waiting alone: so long the walk took, to the millisecond that a wait may be short.
  auto const took = archive.steady - began;
  auto const least = std::chrono::milliseconds(kept.bytes * 1000 / archive.rate);
  CHECK(took >= least - 2ms);
  CHECK(took <= least + 2ms);
  archive.pass(1h);
  archive.look();
  CHECK(archive.walks() == 1);
  CHECK(archive.nightly->files_verified() == static_cast<std::uint64_t>(kept.files));
  archive.night();
  CHECK(archive.walks() == 2);
}

TEST_CASE("Whoever reads too fast waits until it is paid for, and rest is not saved up") {
  std::chrono::milliseconds now = 5s;
  std::vector<std::int64_t> waits;
  server::ReadingPace pace(1000, [&] { return now; }, [&](std::chrono::milliseconds time) {
    waits.push_back(time.count());
    now += time;
    return true;
  });
  CHECK(pace.spend(500));
  CHECK(pace.spend(250));
  now += 1h;
  CHECK(pace.spend(500));
  CHECK(pace.spend(1));
  CHECK(waits == std::vector<std::int64_t>{500, 250, 500, 1});
  int asked = 0;
  server::ReadingPace free(0, [&] { return now; }, [&](std::chrono::milliseconds time) { return time == 0ms && ++asked < 2; });
  CHECK(free.spend(1 << 30));
  CHECK_FALSE(free.spend(1));
}

TEST_CASE("a flipped byte, a shortened file and one that is gone are found in a package, which is made again") {
  Archive archive;
  auto const story = archive.published_story();
  archive.look();
  auto const damaged = archive.package_of(story);
  auto const key = archive.catalog->access(story, catalog::Use::watch).value().stream_key;
  flip_byte(archive.file_of(story, "v360/00002.m4s"), 20'000);
  fs::resize_file(archive.file_of(story, "stills/poster.jpg"), 3);
  fs::remove(archive.file_of(story, "a128/index.m3u8"));
  archive.night();

  auto const found = archive.findings();
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::package);
  CHECK(found[0].id == damaged);
  CHECK(found[0].files == 3);
  REQUIRE(found[0].first.size() == 3);
  CHECK(found[0].first[0].name == "a128/index.m3u8");
  CHECK(found[0].first[0].problem == FileProblem::missing);
  CHECK(found[0].first[1].name == "stills/poster.jpg");
  CHECK(found[0].first[1].problem == FileProblem::damaged);
  CHECK(found[0].first[1].detail == "it has 3 bytes instead of 18");
  CHECK(found[0].first[2].name == "v360/00002.m4s");
  CHECK(found[0].first[2].problem == FileProblem::damaged);
  CHECK(found[0].mending == catalog::Mending::begun);
  CHECK(archive.repairs_begun == 1);

  // Until the new one is there nobody notices: neither viewers nor those who look after the story.
  CHECK(archive.catalog->resolve_stream(key).value().package == damaged);
  auto const shown = archive.catalog->story(Actor::system(), story).value();
  CHECK(shown.state == catalog::StoryState::published);
  CHECK(shown.processing.state == catalog::ProcessingState::ready);
  archive.work();
  CHECK(archive.package_of(story) != damaged);
  CHECK(archive.catalog->story(Actor::system(), story).value().state == catalog::StoryState::published);
  CHECK(archive.findings().empty());
  CHECK(archive.trail(story) == std::vector<std::string>{"fixity.damaged", "fixity.repair_begun", "fixity.repaired"});
  server::sweep_once(*archive.catalog, archive.store);
  archive.night();
  CHECK(archive.findings().empty());
  CHECK(archive.trail(story).size() == 3);
}

TEST_CASE("a damaged original is shown and stays where it is, and nothing is made again of it until it is whole") {
  Archive archive;
  auto const story = archive.published_story();
  archive.look();
  auto const original = archive.original_file(story);
  auto const bytes = slurp(original);
  flip_byte(original, 299'999);
  fs::remove_all(archive.file_of(story, "v360"));
  archive.night();
  auto const found = archive.findings();
  REQUIRE(found.size() == 2);
  CHECK(found[0].kind == Kind::original);
  CHECK(found[0].filename == "puhelin.mov");
  CHECK(found[0].first.at(0).problem == FileProblem::damaged);
  CHECK(found[1].kind == Kind::package);
  CHECK(found[1].mending == catalog::Mending::impossible);
  CHECK_FALSE(archive.catalog->lease_task("worker"));
  server::sweep_once(*archive.catalog, archive.store);
  CHECK(fs::exists(original));
  spill(original, bytes);
  archive.night();
  REQUIRE(archive.findings().size() == 1);
  CHECK(archive.findings()[0].mending == catalog::Mending::begun);
  archive.work();
  CHECK(archive.findings().empty());
  CHECK(archive.trail(story) == std::vector<std::string>{"fixity.damaged", "fixity.damaged", "fixity.sound_again", "fixity.repair_begun", "fixity.repaired"});
}

TEST_CASE("a repair that fails is tried on three nights, then only when somebody asks for it") {
  Archive archive;
  auto const story = archive.published_story();
  archive.look();
  flip_byte(archive.file_of(story, "main.m3u8"), 5);
  auto fail = [&] {
    auto const lease = archive.catalog->lease_task("worker");
    REQUIRE(lease);
    REQUIRE(archive.catalog->fail_task(lease->task_id, lease->token, {"media.no_streams", "nothing in it", true}));
    CHECK_FALSE(archive.catalog->lease_task("worker"));
  };
  for (int attempt = 1; attempt <= Fixity::most_repairs; ++attempt) {
    archive.night();
    CHECK(archive.repairs_begun == attempt);
    fail();
    CHECK(archive.findings().at(0).mending == catalog::Mending::failed);
    archive.pass(1h);
    archive.look();
    CHECK(archive.repairs_begun == attempt); // not again in the same night
  }
  archive.night();
  CHECK(archive.repairs_begun == Fixity::most_repairs);
  CHECK(archive.findings().at(0).mending == catalog::Mending::given_up);
  CHECK(archive.catalog->story(Actor::system(), story).value().state == catalog::StoryState::published);

  auto const package = archive.package_of(story);
  catalog::Person editor;
  editor.role = catalog::Role::editor;
  CHECK(Fixity(*archive.catalog).want_repair(Actor::of(editor), package).error().key == "actor.not_allowed");
  REQUIRE(Fixity(*archive.catalog).want_repair(Actor::system(), package));
  archive.look();
  CHECK(archive.repairs_begun == Fixity::most_repairs + 1);
  archive.work();
  CHECK(archive.findings().empty());
  CHECK(Fixity(*archive.catalog).want_repair(Actor::system(), archive.package_of(story)).error().key == "fixity.nothing_to_repair");
}

TEST_CASE("a walk goes on after a restart where it was") {
  Archive archive;
  archive.look();
  for (int i = 0; i < 3; ++i) archive.published_story();
  auto const kept = archive.kept();
  archive.pass(24h);
  int pieces = 0, restarts = 0;
  for (; restarts < 100; ++restarts) {
    pieces = 0;
    archive.look([&] { return ++pieces < 30; }); // a package has about twenty files
    if (Fixity(*archive.catalog).figures().finished) break;
    CHECK(Fixity(*archive.catalog).figures().under_way);
    archive.open();
  }
  CHECK(restarts >= 2);
  CHECK(archive.walks() == 1);
  auto const walk = Fixity(*archive.catalog).figures().finished.value();
  CHECK(walk.files == kept.files); // each once, whatever was cut short
  CHECK(walk.bytes == kept.bytes);
}

TEST_CASE("no jump of the clock brings a second walk, and none is lost for good") {
  Archive archive;
  archive.look();
  archive.published_story();
  archive.night();
  REQUIRE(archive.walks() == 1);
  archive.wall += 240h; // ten days ahead
  archive.look();
  archive.wall -= 480h; // ten days back
  archive.look();
  archive.wall += 240h;
  archive.look();
  CHECK(archive.walks() == 1);
  // A clock that was wrong for one whole night: its walk has a date far ahead, and the nights after it have theirs.
  archive.wall += 24h * 365;
  archive.steady += 24h;
  archive.look();
  CHECK(archive.walks() == 2);
  archive.wall -= 24h * 365;
  archive.night();
  archive.night();
  CHECK(archive.walks() == 4);
}

TEST_CASE("a night missed while the server was down is made up for at its start") {
  Archive archive;
  archive.look();
  archive.published_story();
  archive.night();
  archive.pass(60h);
  archive.open();
  archive.look();
  CHECK(archive.walks() == 2);
  archive.open();
  archive.look();
  CHECK(archive.walks() == 2);
}

TEST_CASE("A rate of zero means no walk of its own") {
  Archive archive;
  archive.rate = 0;
  archive.open();
  archive.published_story();
  archive.look();
  archive.night();
  CHECK(archive.walks() == 0);
  archive.nightly->verify_now();
  archive.look();
  CHECK(archive.walks() == 1);
}
