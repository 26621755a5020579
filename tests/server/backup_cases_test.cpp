// Snapshots of a data folder in which files rot, cannot be read, or are erased.
#include "archive_fixture.hpp"
#include "catalog/database.hpp"
#include "catalog/record_copy.hpp"
#include "server/backup/backup.hpp"
#include "server/backup/folder.hpp"
#include <set>
#include <unistd.h>

using namespace fixture;

namespace {

struct Backup {
  explicit Backup(Archive& of) : archive(of) {}
  server::BackupReport take(int keep = 10) {
    archive.pass(1h);
    return server::take_backup(archive.folder.path(), folder, keep, catalog::Time(archive.wall));
  }
  std::vector<std::string> damage() const { return server::verify_backup(folder).damage; }
  /// Names of all that are there.
  std::set<std::string> objects() const {
    std::set<std::string> names;
    for (auto const& entry : fs::recursive_directory_iterator(folder / "objects"))
      if (entry.is_regular_file()) names.insert(entry.path().filename().string());
    return names;
  }
  /// Names of those that a snapshot refers to.
  std::set<std::string> needed() const {
    server::BackupFolder const opened(folder, server::BackupFolder::Use::read);
    std::set<std::string> names;
    for (auto const& snapshot : opened.snapshots())
      for (auto const& file : opened.manifest(snapshot).files) names.insert(file.sha256);
    return names;
  }

  Archive& archive;
  TempFolder const place;
  fs::path const folder = place.path() / "backup";
};

/// Permissions mean nothing to root: acts as somebody else, to whom all below `folder` belongs meanwhile.
template <class F> auto as_ordinary_user(std::vector<fs::path> const& folders, F&& act) {
  constexpr uid_t nobody = 65534;
  bool const root = ::geteuid() == 0;
  auto const own = [&](uid_t user) {
    for (auto const& folder : folders) {
      REQUIRE(::chown(folder.c_str(), user, user) == 0);
      for (auto const& entry : fs::recursive_directory_iterator(folder)) REQUIRE(::lchown(entry.path().c_str(), user, user) == 0);
    }
  };
  struct Back {
    bool root;
    ~Back() {
      if (root) static_cast<void>(::seteuid(0));
    }
  } const back{root};
  if (root) own(nobody);
  if (root) REQUIRE(::seteuid(nobody) == 0);
  return act();
}

} // namespace

TEST_CASE("a file that rots is kept as an earlier snapshot has it, original or stream, and the rotten copy goes") {
  Archive archive;
  Backup backup(archive);
  auto const story = archive.published_story();
  auto const first = backup.take();
  REQUIRE(first.lacking.empty());
  for (auto const& file : {archive.original_file(story), archive.file_of(story, "main.m3u8"), archive.file_of(story, "a128/init.mp4"), archive.file_of(story, "a128/00002.m4s")}) flip_byte(file, 3);
  fs::remove(archive.file_of(story, "stills/poster.jpg"));
  for (int night = 0; night < 2; ++night) {
    auto const taken = backup.take();
    CHECK(taken.lacking.empty());
    CHECK(taken.earlier_files == 5);
    CHECK(taken.files == first.files);
    CHECK(backup.damage().empty());
    CHECK(backup.objects() == backup.needed());
  }
  auto const data = archive.folder.path() / "restored";
  server::restore_backup(backup.folder, {}, data, catalog::system_clock());
  CHECK(slurp(data / "media/packages" / archive.package_of(story) / "a128/00002.m4s").starts_with("a128 segment 2"));
  CHECK(fs::exists(data / "media/packages" / archive.package_of(story) / "stills/poster.jpg"));
}

TEST_CASE("a file that nobody has whole is told by every snapshot, and by verify") {
  Archive archive;
  Backup backup(archive);
  auto const story = archive.published_story();
  flip_byte(archive.file_of(story, "a128/00002.m4s"), 3);
  fs::remove(archive.file_of(story, "main.mpd"));
  auto const package = archive.package_of(story);
  for (int night = 0; night < 2; ++night) {
    auto const taken = backup.take();
    CHECK(taken.earlier_files == 0);
    CHECK(std::set(taken.lacking.begin(), taken.lacking.end()) == std::set<std::string>{"a128/00002.m4s of package " + package + " was damaged when it was copied", "main.mpd of package " + package + " is missing"});
  }
  CHECK(backup.damage().size() == 4);
}

TEST_CASE("a file that cannot be read ends no backup: it is taken from an earlier snapshot, or told") {
  Archive archive;
  Backup backup(archive);
  auto const story = archive.published_story();
  auto const unread = archive.original_file(story);
  auto const everything = {archive.folder.path(), backup.place.path()};
  SECTION("one that was read before") {
    auto const first = backup.take();
    fs::permissions(unread, fs::perms::none);
    fs::last_write_time(unread, fs::file_time_type::clock::now() + 1h); // or it need not be read again
    auto const taken = as_ordinary_user(everything, [&] { return backup.take(); });
    CHECK(taken.earlier_files == 1);
    CHECK(taken.files == first.files);
    CHECK(taken.lacking.empty());
  }
  SECTION("one that never was") {
    fs::permissions(unread, fs::perms::none);
    auto const taken = as_ordinary_user(everything, [&] { return backup.take(); });
    REQUIRE(taken.lacking.size() == 1);
    CHECK(taken.lacking[0] == "original " + archive.original_of(story) + " cannot be read: Permission denied");
    CHECK(taken.files > 10);
  }
  SECTION("a whole package that was read before") {
    auto const first = backup.take();
    auto const package = archive.file_of(story, "main.mpd").parent_path();
    fs::permissions(package, fs::perms::none);
    auto const taken = as_ordinary_user(everything, [&] { return backup.take(); });
    fs::permissions(package, fs::perms::owner_all);
    CHECK(taken.earlier_files == first.files - 1); // all but the original
    CHECK(taken.lacking.empty());
  }
  SECTION("a secret that cannot be read does end it") {
    auto const secret = archive.folder.path() / "secrets" / "signing-key";
    spill(secret, "secret");
    fs::permissions(secret, fs::perms::none);
    CHECK_THROWS_AS(as_ordinary_user(everything, [&] { return backup.take(); }), std::system_error);
  }
}

TEST_CASE("nothing stays in a backup that no snapshot refers to") {
  Archive archive;
  Backup backup(archive);
  archive.published_story();
  backup.take();
  REQUIRE(backup.objects() == backup.needed());
  spill(backup.folder / "objects" / ".new", "of a backup that was cut off");
  auto const shelf = backup.folder / "objects" / "ab";
  fs::create_directories(shelf);
  spill(shelf / ("ab" + std::string(62, '0')), "of a film that was erased while a snapshot was taken");
  auto const taken = backup.take();
  CHECK(taken.pruned == 1);
  CHECK(backup.objects() == backup.needed());
}

TEST_CASE("a snapshot whose manifest is damaged stops no further one, and nothing is removed that it may need") {
  Archive archive;
  Backup backup(archive);
  auto const story = archive.published_story();
  auto const first = backup.take();
  auto const objects = backup.objects();
  spill(backup.folder / "snapshots" / first.snapshot / "manifest.json", "{");
  REQUIRE(archive.catalog->withdraw(Actor::system(), story));
  REQUIRE(archive.catalog->erase_now(Actor::system(), story));
  server::sweep_once(*archive.catalog, archive.store);
  auto const second = backup.take();
  CHECK(second.pruned == 0);
  CHECK(backup.objects() == objects);
  REQUIRE(backup.damage().size() == 1);
  CHECK(backup.damage()[0].starts_with("snapshot " + first.snapshot + ": "));
  CHECK(backup.take(1).pruned == static_cast<int>(objects.size())); // it has gone, and with it what it alone may have needed
}

TEST_CASE("a snapshot from before the checksums of all files were kept is read as it is") {
  Archive archive;
  archive.published_story();
  auto const copy = archive.folder.path() / "copy.sqlite";
  catalog::copy_record(archive.folder.path() / "catalog.sqlite", copy);
  auto const known = [&] {
    std::pair<int, int> files; // all, and with a checksum
    catalog::each_file(copy, [&](catalog::RecordFile const& file) { ++files.first, files.second += !file.sha256.empty(); });
    return files;
  };
  auto const now = known();
  CHECK(now.first == now.second);
  catalog::Database(copy, catalog::Database::Mode::writer).execute("DROP TABLE package_file");
  auto const earlier = known();
  CHECK(earlier.first == now.first);
  CHECK(earlier.second > 0);
  CHECK(earlier.second < now.second);
}
