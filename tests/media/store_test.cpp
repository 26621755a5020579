#include "media/store.hpp"
#include "temp_folder.hpp"
#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace tarina;
using namespace tarina::media;
namespace fs = std::filesystem;

namespace {

std::string read_all(OpenFile const& file) {
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    auto const n = ::pread(file.fd(), bytes.data() + got, bytes.size() - got, static_cast<off_t>(got));
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

std::size_t count_files(fs::path const& folder) {
  std::size_t count = 0;
  for (auto const& entry : fs::recursive_directory_iterator(folder)) count += entry.is_regular_file() ? 1 : 0;
  return count;
}

} // namespace

TEST_CASE("An upload grows by pieces, is hashed, and becomes an original once") {
  TempFolder const folder;
  MediaStore store(folder.path() / "media");
  REQUIRE(store.create_upload("u1"));
  CHECK(store.create_upload("u1").error().code == Errc::conflict);
  REQUIRE(store.write_upload("u1", 0, "hello "));
  REQUIRE(store.write_upload("u1", 6, "wxxxx"));
  REQUIRE(store.write_upload("u1", 6, "world")); // resumed below what was written: the tail is replaced
  REQUIRE(store.sync_upload("u1"));
  CHECK(store.write_upload("u1", 12, "!").error().code == Errc::conflict); // a hole
  auto const hash = store.hash_upload("u1");
  REQUIRE(hash);
  CHECK_THAT(*hash, Catch::Equals("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"));
  REQUIRE(store.keep_original("u1", "o1"));
  REQUIRE(store.keep_original("u1", "o1")); // as after a crash
  auto const original = store.open_original("o1");
  REQUIRE(original);
  CHECK(original->size() == 11);
  CHECK(read_all(*original) == "hello world");
  CHECK((::fcntl(original->fd(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(store.hash_upload("u1").error().code == Errc::not_found);
  store.remove_original("o1");
  store.remove_original("o1");
  CHECK(store.open_original("o1").error().code == Errc::not_found);
  CHECK(store.keep_original("u1", "o1").error().code == Errc::not_found);
}

TEST_CASE("After a restart an upload is cut back to what was acknowledged") {
  TempFolder const folder;
  MediaStore store(folder.path());
  REQUIRE(store.create_upload("u1"));
  REQUIRE(store.write_upload("u1", 0, "0123456789"));
  REQUIRE(store.truncate_upload("u1", 4));
  CHECK(store.truncate_upload("u1", 5).error().code == Errc::conflict);
  REQUIRE(store.write_upload("u1", 4, "X"));
  REQUIRE(store.keep_original("u1", "o1"));
  CHECK(read_all(*store.open_original("o1")) == "0123X");
}

TEST_CASE("Uploads are put together in order, again after a crash, and the parts stay") {
  TempFolder const folder;
  MediaStore store(folder.path());
  for (auto const& [id, bytes] : {std::pair("a", "0123"), std::pair("b", "456"), std::pair("c", "789")}) {
    REQUIRE(store.create_upload(id));
    REQUIRE(store.write_upload(id, 0, bytes));
  }
  REQUIRE(store.concatenate("whole", {"a", "b"})); // as before a crash
  REQUIRE(store.concatenate("whole", {"a", "b", "c"}));
  REQUIRE(store.keep_original("whole", "o1"));
  CHECK(read_all(*store.open_original("o1")) == "0123456789");
  CHECK(store.hash_upload("b"));
  CHECK(store.concatenate("other", {"a", "missing"}).error().code == Errc::not_found);
  CHECK(store.concatenate("other", {"a", "../b"}).error().key == "store.bad_name");
}

TEST_CASE("An upload that stays open is cut to its offset once and written on") {
  TempFolder const folder;
  MediaStore store(folder.path());
  REQUIRE(store.create_upload("u1"));
  REQUIRE(store.write_upload("u1", 0, "0123xxxx"));
  {
    auto const file = store.open_upload("u1", 4);
    REQUIRE(file);
    REQUIRE(MediaStore::write(*file, 4, "45"));
    REQUIRE(MediaStore::write(*file, 6, "67"));
    REQUIRE(MediaStore::sync(*file));
  }
  CHECK(store.open_upload("u1", 9).error().code == Errc::conflict);
  CHECK(store.open_upload("u2", 0).error().code == Errc::not_found);
  REQUIRE(store.keep_original("u1", "o1"));
  CHECK(read_all(*store.open_original("o1")) == "01234567");
}

TEST_CASE("A package is staged, replaced by a retry, published, and then never changes") {
  TempFolder const folder;
  MediaStore store(folder.path());
  REQUIRE(store.write_staged("p1", "v720/init.mp4", "one"));
  REQUIRE(store.write_staged("p1", "v720/init.mp4", "two"));
  REQUIRE(store.write_staged("p1", "main.m3u8", "#EXTM3U"));
  CHECK(read_all(*store.open_staged("p1", "v720/init.mp4")) == "two");
  CHECK(store.open_published("p1", "main.m3u8").error().code == Errc::not_found);
  std::ofstream(folder.path() / "staging/p1/v720/.00002.m4s-1-1") << "left by a crash";
  REQUIRE(store.publish_package("p1"));
  REQUIRE(store.publish_package("p1"));
  CHECK(read_all(*store.open_published("p1", "v720/init.mp4")) == "two");
  CHECK(count_files(folder.path() / "packages") == 2);
  CHECK(store.write_staged("p1", "main.m3u8", "late").error().code == Errc::conflict);
  CHECK(store.open_published("p1", "v720").error().code == Errc::not_found);
  store.remove_package("p1");
  store.remove_package("p1");
  CHECK(store.open_published("p1", "main.m3u8").error().code == Errc::not_found);
  CHECK(store.publish_package("p1").error().code == Errc::not_found);
}

TEST_CASE("Nobody else on the machine can read what the store keeps") {
  TempFolder const folder;
  MediaStore store(folder.path() / "media");
  REQUIRE(store.create_upload("u1"));
  REQUIRE(store.write_staged("p1", "v720/init.mp4", "one"));
  for (auto const& entry : fs::recursive_directory_iterator(folder.path() / "media")) {
    INFO(entry.path());
    CHECK((entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
  }
}

TEST_CASE("No name leads out of the store") {
  TempFolder const folder;
  std::ofstream(folder.path() / "secret") << "secret";
  MediaStore store(folder.path() / "media");
  REQUIRE(store.write_staged("p1", "main.m3u8", "x"));
  fs::create_symlink(folder.path() / "secret", folder.path() / "media/staging/p1/link");
  CHECK(store.open_staged("p1", "link").error().code == Errc::not_found);
  for (auto const* name : {"../secret", "..", ".", "", "/etc/passwd", "a/../b", "a//b", "a/b/c", "a/", "/a", ".hidden", "a/.b", "A.mp4", "a b", "a\\b", "ä.mp4", "a%2e", "stills/../../x"}) {
    INFO(name);
    CHECK(!is_output_name(name));
    CHECK(!store.write_staged("p1", name, "x"));
    CHECK(!store.open_staged("p1", name));
    CHECK(!store.open_published("p1", name));
  }
  CHECK(!is_output_name(std::string_view("a\0b", 3)));
  CHECK(!is_output_name(std::string(81, 'a')));
  for (auto const* id : {"../p1", "", "P1", "p/1", ".", "p1\n"}) {
    INFO(id);
    CHECK(!store.create_upload(id));
    CHECK(!store.write_staged(id, "main.m3u8", "x"));
    CHECK(!store.open_original(id));
    CHECK(!store.publish_package(id));
    store.remove_upload(id);
    store.remove_staged(id);
    store.remove_package(id);
  }
  CHECK(fs::exists(folder.path() / "secret"));
  CHECK(store.open_staged("p1", "main.m3u8"));
  for (auto const* name : {"main.m3u8", "main.mpd", "v720/index.m3u8", "v720/init.mp4", "v720/00001.m4s", "stills/poster.jpg", "stills/storyboard-001.jpg", "stills/storyboard.vtt"}) CHECK(is_output_name(name));
}

TEST_CASE("Two workers sending the same output at once leave one whole file") {
  TempFolder const folder;
  MediaStore store(folder.path());
  std::string const a(300'000, 'a');
  std::string const b(200'000, 'b');
  std::thread one([&] { for (int i = 0; i < 40; ++i) (void)store.write_staged("p1", "v720/00001.m4s", a); });
  for (int i = 0; i < 40; ++i) REQUIRE(store.write_staged("p1", "v720/00001.m4s", b));
  one.join();
  auto const whole = read_all(*store.open_staged("p1", "v720/00001.m4s"));
  CHECK((whole == a || whole == b));
  CHECK(count_files(folder.path()) == 1);
}

TEST_CASE("A writer killed at any moment leaves old or new under the name, and publishing still works") {
  TempFolder const folder;
  std::string const old_bytes(400'000, 'o');
  std::string const new_bytes(400'000, 'n');
  MediaStore store(folder.path());
  for (int round = 0; round < 30; ++round) {
    auto const package = "p" + std::to_string(round);
    REQUIRE(store.write_staged(package, "v720/00001.m4s", old_bytes));
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) { // writes without end until it is killed
      (void)!::write(pipe_ends[1], "x", 1);
      for (;;)
        if (!store.write_staged(package, "v720/00001.m4s", new_bytes)) ::_exit(1);
    }
    char ready = 0;
    REQUIRE(::read(pipe_ends[0], &ready, 1) == 1);
    ::usleep(static_cast<useconds_t>(round) * 150); // another moment each round; no result depends on it
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    auto const found = read_all(*store.open_staged(package, "v720/00001.m4s"));
    REQUIRE((found == old_bytes || found == new_bytes));
    REQUIRE(store.publish_package(package));
    REQUIRE(count_files(folder.path() / "packages" / package) == 1); // no leavings of the killed write
  }
}

TEST_CASE("Publishing can be taken up from every state a crash leaves") {
  TempFolder const folder;
  {
    MediaStore store(folder.path());
    REQUIRE(store.write_staged("p1", "main.m3u8", "x"));
    REQUIRE(store.create_upload("u1"));
    REQUIRE(store.write_upload("u1", 0, "video"));
  }
  // The crash came after the renames and before anything was told: a new process repeats both calls.
  fs::rename(folder.path() / "staging/p1", folder.path() / "packages/p1");
  fs::rename(folder.path() / "uploads/u1", folder.path() / "originals/o1");
  fs::create_directory(folder.path() / "staging/p1"); // a stale worker's late folder
  std::ofstream(folder.path() / "staging/p1/main.m3u8") << "stale";
  MediaStore store(folder.path());
  REQUIRE(store.publish_package("p1"));
  REQUIRE(store.keep_original("u1", "o1"));
  CHECK(read_all(*store.open_published("p1", "main.m3u8")) == "x");
  CHECK(read_all(*store.open_original("o1")) == "video");
  CHECK(!fs::exists(folder.path() / "staging/p1"));
}

TEST_CASE("A full disk is an answer, not an accident, and the store recovers when there is room", "[root]") {
  TempFolder const folder;
  if (::geteuid() != 0 || ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    WARN("needs the right to mount a small disk; not run");
    return;
  }
  {
    MediaStore store(folder.path());
    CHECK(store.free_bytes() <= 1 << 20);
    REQUIRE(store.create_upload("u1"));
    REQUIRE(store.write_upload("u1", 0, std::string(500'000, 'a')));
    REQUIRE(store.sync_upload("u1"));
    auto const full = store.write_upload("u1", 500'000, std::string(900'000, 'b'));
    REQUIRE(!full);
    CHECK(full.error().code == Errc::no_space);
    CHECK(full.error().key == "store.no_space");
    auto const staged = store.write_staged("p1", "v720/00001.m4s", std::string(900'000, 'c'));
    REQUIRE(!staged);
    CHECK(staged.error().code == Errc::no_space);
    CHECK(!store.open_staged("p1", "v720/00001.m4s"));
    REQUIRE(store.truncate_upload("u1", 500'000));
    REQUIRE(store.write_staged("p1", "v720/00001.m4s", std::string(100'000, 'c')));
    REQUIRE(store.keep_original("u1", "o1"));
    CHECK(read_all(*store.open_original("o1")) == std::string(500'000, 'a'));
    CHECK(count_files(folder.path()) == 2);
  }
  CHECK(::umount2(folder.path().c_str(), MNT_DETACH) == 0);
}

TEST_CASE("A large output comes in pieces, and a retry begins it anew") {
  TempFolder const folder;
  MediaStore store(folder.path());
  auto const size = [&] { return store.open_staged("p1", "download/story.mp4")->size(); };
  CHECK(store.append_staged("p1", "download/story.mp4", 4, "late").has_error()); // nothing is there yet
  REQUIRE(store.append_staged("p1", "download/story.mp4", 0, "four"));
  REQUIRE(store.append_staged("p1", "download/story.mp4", 4, "more"));
  CHECK(size() == 8);
  CHECK(store.append_staged("p1", "download/story.mp4", 9, "hole").error().key == "store.offset");
  CHECK(store.append_staged("p1", "download/story.mp4", -1, "x").has_error());
  REQUIRE(store.append_staged("p1", "download/story.mp4", 4, "again")); // what lay behind is cut off
  CHECK(size() == 9);
  REQUIRE(store.append_staged("p1", "download/story.mp4", 0, "new"));
  CHECK(size() == 3);
  REQUIRE(store.publish_package("p1"));
  CHECK(store.append_staged("p1", "download/story.mp4", 3, "x").error().key == "store.published");
  CHECK(store.append_staged("p1", "../escape", 0, "x").has_error());
}
