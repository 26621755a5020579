// What verification must not take for damage, and what goes along with a repair.
#include "archive_fixture.hpp"
#include "catalog/record_copy.hpp"
#include "server/backup/backup.hpp"
#include "server/fixity/verify_data.hpp"

using namespace fixture;

TEST_CASE("a story erased, withdrawn or replaced in the middle of the walk is no finding") {
  Archive archive;
  archive.look();
  auto const erased = archive.published_story(), withdrawn = archive.published_story(), replaced = archive.published_story();
  archive.pass(24h);
  int pieces = 0;
  archive.look([&] {
    auto& catalog = *archive.catalog;
    if (++pieces == 8) { // the first package is being read, the others wait for their turn
      REQUIRE(catalog.withdraw(Actor::system(), erased));
      REQUIRE(catalog.erase_now(Actor::system(), erased));
      REQUIRE(catalog.withdraw(Actor::system(), withdrawn));
      fs::remove_all(archive.folder.path() / "media" / "packages" / catalog.story(Actor::system(), withdrawn).value().package);
      REQUIRE(catalog.unpublish(Actor::system(), replaced));
      archive.send_video(replaced);
      archive.work();
      server::sweep_once(catalog, archive.store);
    }
    return true;
  });
  CHECK(pieces > 8);
  CHECK(Fixity(*archive.catalog).figures().finished);
  CHECK(archive.findings().empty());
  CHECK(archive.trail(replaced).empty());
  CHECK(archive.repairs_begun == 0);
}

TEST_CASE("a package that is still being made is no finding") {
  Archive archive;
  archive.look();
  auto const story = archive.uploaded_story();
  auto const probe = archive.catalog->lease_task("worker");
  REQUIRE(archive.store.write_staged(archive.catalog->processing(Actor::system(), story).value().package, "v360/00001.m4s", "half"));
  archive.night();
  CHECK(archive.findings().empty());
  CHECK(Fixity(*archive.catalog).figures().finished->files == 1); // the original
}

TEST_CASE("files published before their checksums were kept get them from the first walk") {
  Archive archive;
  auto const story = archive.uploaded_story();
  while (auto const lease = archive.catalog->lease_task("worker")) { // as an earlier version published
    auto const package = archive.catalog->leased_task(lease->task_id, lease->token).value().package;
    auto const done = archive.catalog->complete_task(lease->task_id, lease->token, archive.make(package, lease->task)).value();
    if (!done.package_complete) continue;
    for (auto const& file : media::files_of(archive.catalog->package(package).value().facts))
      if (file.sha256.empty() && !archive.store.open_staged(package, file.name)) REQUIRE(archive.store.write_staged(package, file.name, "text of " + file.name));
    REQUIRE(archive.store.publish_package(package));
    REQUIRE(archive.catalog->publish_package(package));
  }
  archive.look();
  auto unknown = [&] {
    int count = 0;
    auto const package = Fixity(*archive.catalog).target(Kind::package, archive.package_of(story)).value();
    for (auto const& file : package.files) count += file.sha256.empty();
    return count;
  };
  CHECK(unknown() > 5);
  archive.night();
  CHECK(unknown() == 0);
  CHECK(archive.findings().empty());
  flip_byte(archive.file_of(story, "stills/poster.jpg"), 2);
  archive.night();
  CHECK(archive.findings().size() == 1);
}

TEST_CASE("every file of a fresh package has its checksum from its publication on") {
  Archive archive;
  auto const story = archive.published_story();
  auto const target = Fixity(*archive.catalog).target(Kind::package, archive.package_of(story)).value();
  std::vector<std::string> named, there;
  for (auto const& file : target.files) {
    INFO(file.name);
    CHECK(file.sha256 == server::sha256_of(slurp(archive.file_of(story, file.name))));
    CHECK(file.bytes == static_cast<std::int64_t>(fs::file_size(archive.file_of(story, file.name))));
    named.push_back(file.name);
  }
  auto const root = archive.file_of(story, "");
  for (auto const& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) there.push_back(entry.path().lexically_relative(root).generic_string());
  std::sort(named.begin(), named.end());
  std::sort(there.begin(), there.end());
  CHECK(named == there);
}

TEST_CASE("the picture an editor chose stays chosen when the video is made again") {
  Archive archive;
  auto const story = archive.published_story();
  archive.look();
  REQUIRE(archive.catalog->choose_poster(Actor::system(), story, "stills/poster-2.jpg"));
  fs::remove(archive.file_of(story, "main.mpd"));
  auto const damaged = archive.package_of(story);
  archive.night();
  archive.work();
  CHECK(archive.package_of(story) != damaged);
  CHECK(archive.catalog->story(Actor::system(), story).value().poster == "stills/poster-2.jpg");
}

TEST_CASE("new uploads go before repairs") {
  Archive archive;
  auto const story = archive.published_story();
  archive.look();
  fs::remove(archive.file_of(story, "main.mpd"));
  archive.night();
  REQUIRE(archive.repairs_begun == 1);
  auto const fresh = archive.uploaded_story();
  auto const probe = archive.catalog->lease_task("worker");
  REQUIRE(probe);
  CHECK(archive.catalog->leased_task(probe->task_id, probe->token).value().story == fresh);
}

TEST_CASE("a withdrawal that is undone while a repair is under way leaves the story as it was") {
  Archive archive;
  auto const story = archive.published_story();
  archive.look();
  fs::remove(archive.file_of(story, "main.mpd"));
  archive.night();
  REQUIRE(archive.repairs_begun == 1);
  REQUIRE(archive.catalog->withdraw(Actor::system(), story));
  CHECK(archive.findings().empty());
  CHECK_FALSE(archive.catalog->lease_task("worker"));
  REQUIRE(archive.catalog->undo_withdrawal(Actor::system(), story));
  auto const back = archive.catalog->story(Actor::system(), story).value();
  CHECK(back.state == catalog::StoryState::published);
  CHECK(back.processing.state == catalog::ProcessingState::ready);
  CHECK_FALSE(archive.catalog->lease_task("worker"));
  archive.night();
  CHECK(archive.repairs_begun == 2);
  archive.work();
  CHECK(archive.findings().empty());
}

TEST_CASE("a restored record does not take a repair for a new video") {
  Archive archive;
  auto const story = archive.published_story();
  archive.look();
  fs::remove(archive.file_of(story, "main.mpd"));
  archive.night();
  REQUIRE(archive.repairs_begun == 1);
  archive.catalog.reset();
  CHECK(catalog::begin_work_again(archive.folder.path() / "catalog.sqlite", catalog::Time(archive.wall)) == 0);
  archive.open();
  CHECK(archive.catalog->story(Actor::system(), story).value().state == catalog::StoryState::published);
  CHECK_FALSE(archive.catalog->lease_task("worker"));
  archive.night();
  archive.work();
  CHECK(archive.findings().empty());
}

TEST_CASE("verifying by hand lists what is damaged, and brings back from a backup what that has") {
  Archive archive;
  auto const story = archive.published_story();
  auto const backup = archive.folder.path() / "backup";
  server::take_backup(archive.folder.path(), backup, 1, catalog::Time(archive.wall));
  std::vector<std::string> lines;
  server::VerifyDataOptions options;
  options.data = archive.folder.path();
  options.say = [&](std::string const& line) { lines.push_back(line); };
  auto const kept = archive.kept();
  auto const sound = server::verify_data(options);
  CHECK(sound.files == kept.files);
  CHECK(sound.bytes == kept.bytes);
  CHECK(sound.wrong == 0);
  CHECK(lines.empty());

  auto const original = archive.original_file(story);
  auto const bytes = slurp(original);
  flip_byte(original, 7);
  fs::remove_all(archive.file_of(story, "a128"));
  auto const found = server::verify_data(options);
  CHECK(found.wrong == 7); // the original, a playlist, a beginning and four segments
  REQUIRE(lines.size() == 7);
  CHECK(lines[0].starts_with("media/originals/" + archive.original_of(story) + ": damaged (its SHA-256 is "));
  CHECK(lines[1] == "media/packages/" + archive.package_of(story) + "/a128/index.m3u8: missing (no such file in the media store), of story " + story);
  CHECK(archive.findings().size() == 2);

  lines.clear();
  options.repair_from = backup;
  auto const mended = server::verify_data(options);
  CHECK(mended.wrong == 0);
  CHECK(mended.brought_back == 7);
  CHECK(lines.size() == 7);
  CHECK(slurp(original) == bytes);
  CHECK(archive.findings().empty());
  CHECK(archive.kept().files == kept.files);

  // One that is withdrawn in the middle of it has its file back when its teller thinks better of it.
  lines.clear();
  fs::remove(original);
  options.looked = [&](catalog::FixityTarget const& target) {
    if (target.kind == Kind::original) REQUIRE(archive.catalog->withdraw(catalog::Actor::system(), story));
  };
  CHECK(server::verify_data(options).brought_back == 1);
  CHECK(slurp(original) == bytes);
  Fixity const fixity(*archive.catalog);
  auto const wanted = [&] { return fixity.may_be_wanted(Kind::original, original.filename().string()); };
  CHECK(wanted());
  REQUIRE(archive.catalog->undo_withdrawal(catalog::Actor::system(), story));
  CHECK(wanted());

  // A story that is erased in the middle of it does not come back from the backup.
  lines.clear();
  fs::remove(original);
  auto const package = archive.folder.path() / "media" / "packages" / archive.package_of(story);
  fs::remove_all(package);
  options.looked = [&](catalog::FixityTarget const& target) {
    if (target.kind != Kind::original) return;
    CHECK(slurp(original) == bytes);
    REQUIRE(archive.catalog->withdraw(catalog::Actor::system(), story));
    REQUIRE(archive.catalog->erase_now(catalog::Actor::system(), story));
  };
  auto const erased = server::verify_data(options);
  CHECK(erased.brought_back == 0);
  CHECK(erased.wrong == 0);
  CHECK_FALSE(fs::exists(original));
  CHECK_FALSE(fs::exists(package));
  CHECK_FALSE(wanted());

  options.data = archive.folder.path() / "nowhere";
  CHECK_THROWS_WITH(server::verify_data(options), Catch::Contains("holds no record"));
}
