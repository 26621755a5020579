// Bags: their text files, how one is written and read, and what is refused with the file's name.
#include "server/bagit/bag.hpp"
#include "server/bagit/story_json.hpp"
#include "server/digest.hpp"
#include "tests/media/temp_folder.hpp"
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <sys/stat.h>

using namespace tarina;
using namespace tarina::server;
namespace fs = std::filesystem;

namespace {

std::string const hash_a(64, 'a'), hash_b(64, 'b');

std::string slurp(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void spill(fs::path const& file, std::string const& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

fs::path sample_bag(fs::path const& folder) {
  spill(folder / "source", "the video's bytes");
  BagWriter bag(folder, "sample");
  bag.add("data/metadata.json", "{}");
  bag.add_file("data/original/50 %\nof it.mp4", folder / "source");
  bag.finish({{"Source-Organization", "Opisto\nkahdella rivillä"}, {"External-Identifier", "sample"}});
  return folder / "sample";
}

/// Writes the tag manifest anew, so that only what the test is about is wrong.
void seal(fs::path const& bag) {
  BagManifest tags;
  for (auto const* name : {"bagit.txt", "bag-info.txt", "manifest-sha256.txt"}) tags[name] = sha256_of(slurp(bag / name));
  spill(bag / "tagmanifest-sha256.txt", write_manifest(tags));
}

} // namespace

TEST_CASE("a manifest's paths are encoded where RFC 8493 says so and nowhere else") {
  BagManifest const manifest{{"data/50 %.mp4", hash_a}, {"data/a\nb\r.mp4", hash_b}, {"data/ääni, \"oma\" *.mp4", hash_a}};
  auto const text = write_manifest(manifest);
  CHECK(text == hash_a + "  data/50 %25.mp4\n" + hash_b + "  data/a%0Ab%0D.mp4\n" + hash_a + "  data/ääni, \"oma\" *.mp4\n");
  CHECK(read_manifest(text).value() == manifest);
}

TEST_CASE("manifests that others write are read") {
  auto const upper = std::string(64, 'A');
  CHECK(read_manifest(upper + " data/x\r\n\r\n" + hash_b + " *data/y").value() == BagManifest{{"data/x", hash_a}, {"data/y", hash_b}});
  CHECK(read_manifest("\xEF\xBB\xBF" + hash_a + "\tdata/%41%0a").value() == BagManifest{{"data/%41\n", hash_a}});
  CHECK(read_manifest("").value().empty());
}

TEST_CASE("a manifest's line that leaves the bag, has no hash or comes again is refused by its number") {
  for (auto const* path : {"/etc/passwd", "data/../../x", "../x", "data//x", "./data/x", "data/./x", "data/", "~/x", "~root/x", "data\\..\\x", "", "data/%0A/../x"}) {
    CAPTURE(path);
    auto const refused = read_manifest(hash_a + "  data/fine\n" + hash_b + "  " + path + "\n");
    REQUIRE(refused.has_error());
    CHECK(refused.error().detail.find("line 2") != std::string::npos);
  }
  for (auto const& line : {std::string("data/x"), std::string(63, 'a') + "  data/x", std::string(65, 'a') + "  data/x", std::string(64, 'g') + "  data/x", std::string(40, 'a') + "  data/x"}) {
    CAPTURE(line);
    CHECK(read_manifest(line).has_error());
  }
  auto const twice = read_manifest(hash_a + "  data/x\n" + hash_b + "  data/x\n");
  REQUIRE(twice.has_error());
  CHECK(twice.error().detail == "line 2 names data/x again");
}

TEST_CASE("tags keep their order and their repetitions, and long ones go on in the next line") {
  BagTags const tags{{"External-Identifier", "one"}, {"External-Identifier", "https://example.fi/stories/one"}, {"External-Description", "a: b"}};
  CHECK(read_tags(write_tags(tags)).value() == tags);
  CHECK(read_tags("A: one\r\n  two\r\n\tthree\r\nB:\r\n").value() == BagTags{{"A", "one two three"}, {"B", ""}});
  CHECK(write_tags({{"A", "x\r\nB: y"}}) == "A: x  B: y\n");
  CHECK(read_tags("  first\n").has_error());
  CHECK(read_tags("no label\n").has_error());
}

TEST_CASE("file names are fit for every file system") {
  CHECK(safe_file_name("IMG_0042.MOV") == "IMG_0042.MOV");
  CHECK(safe_file_name("../../etc/passwd") == "_.._etc_passwd");
  CHECK(safe_file_name("C:\\videot\\oma?.mp4") == "C__videot_oma_.mp4");
  CHECK(safe_file_name("50 % ääni\n.mp4") == "50 % ääni_.mp4");
  CHECK(safe_file_name("~.. ") == "video");
  CHECK(safe_file_name("") == "video");
  std::string cut;
  for (int i = 0; i < 100; ++i) cut += "ä";
  auto const name = safe_file_name("a" + cut + ".mp4");
  CHECK(name.size() <= 150);
  CHECK(name.ends_with("ä.mp4"));
  CHECK(is_bag_path("data/original/" + name));
}

TEST_CASE("a written bag is whole, private, and read as it was") {
  TempFolder folder;
  auto const place = sample_bag(folder.path());
  auto const bag = Bag::open(place);
  REQUIRE(bag);
  CHECK(bag->payload() == BagManifest{{"data/metadata.json", sha256_of("{}")}, {"data/original/50 %\nof it.mp4", sha256_of("the video's bytes")}});
  CHECK(bag->read("data/metadata.json").value() == "{}");
  CHECK(bag->read("data/none").error().detail == "data/none is missing");
  CHECK(slurp(place / "bagit.txt") == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
  CHECK(slurp(place / "bag-info.txt") == "Source-Organization: Opisto kahdella rivillä\nExternal-Identifier: sample\nPayload-Oxum: 19.2\n");
  for (auto const& entry : fs::recursive_directory_iterator(place)) {
    struct stat facts {};
    REQUIRE(::stat(entry.path().c_str(), &facts) == 0);
    CAPTURE(entry.path());
    CHECK((facts.st_mode & 0777) == (entry.is_directory() ? 0700 : 0600));
  }
  CHECK(is_bag(place));
  CHECK_FALSE(is_bag(folder.path()));
}

TEST_CASE("a bag that is not finished is gone, and the one before it stays until the new one is whole") {
  TempFolder folder;
  auto const place = sample_bag(folder.path());
  {
    BagWriter half(folder.path(), "sample");
    half.add("data/metadata.json", "{\"new\":1}");
    CHECK_FALSE(is_bag(folder.path() / "sample.partial"));
    CHECK(Bag::open(place).value().read("data/metadata.json").value() == "{}");
  }
  CHECK_FALSE(fs::exists(folder.path() / "sample.partial"));
  BagWriter next(folder.path(), "sample");
  next.add("data/metadata.json", "{\"new\":2}");
  next.finish({});
  CHECK(Bag::open(place).value().read("data/metadata.json").value() == "{\"new\":2}");
  CHECK_FALSE(fs::exists(folder.path() / "sample.replaced"));
}

TEST_CASE("what a cut-off export left is put right by the next one") {
  TempFolder folder;
  auto const place = sample_bag(folder.path());
  fs::copy(place, folder.path() / "other.partial", fs::copy_options::recursive);
  fs::copy(place, folder.path() / "sample.replaced", fs::copy_options::recursive);
  fs::rename(place, folder.path() / "alone.replaced");
  fs::create_directory(place);
  tidy_bags(folder.path());
  CHECK_FALSE(fs::exists(folder.path() / "other.partial"));
  CHECK_FALSE(fs::exists(folder.path() / "sample.replaced"));
  CHECK(Bag::open(folder.path() / "alone").has_value());
}

TEST_CASE("a bag with anything wrong is refused, and the file is named") {
  auto const refuses = [](std::string const& words, std::function<void(fs::path const&)> const& spoil) {
    CAPTURE(words);
    TempFolder folder;
    auto const place = sample_bag(folder.path());
    spoil(place);
    auto const refused = Bag::open(place);
    REQUIRE(refused.has_error());
    CHECK_THAT(refused.error().detail, Catch::Contains(words));
  };
  auto const line = [](std::string const& path, std::string const& bytes) { return sha256_of(bytes) + "  " + path + "\n"; };
  auto const append = [](fs::path const& file, std::string const& text) { spill(file, slurp(file) + text); };

  refuses("data/metadata.json is not what the manifest says", [](auto const& bag) { spill(bag / "data/metadata.json", "[]"); });
  refuses("bag-info.txt is not what the manifest says", [&](auto const& bag) { append(bag / "bag-info.txt", "X: y\n"); });
  refuses("Payload-Oxum", [&](auto const& bag) { append(bag / "data/metadata.json", " "); });
  refuses("Payload-Oxum", [](auto const& bag) { fs::remove(bag / "data/metadata.json"); });
  refuses("data/metadata.json is in the manifest and not in the bag", [&](auto const& bag) {
    fs::rename(bag / "data/metadata.json", bag / "data/other.json");
    append(bag / "manifest-sha256.txt", line("data/other.json", "{}"));
    seal(bag);
  });
  refuses("data/extra is in the bag and not in the manifest", [](auto const& bag) {
    spill(bag / "data/extra", "x");
    spill(bag / "bag-info.txt", "Payload-Oxum: 20.3\n");
    seal(bag);
  });
  refuses("notes.txt is in the bag and in no manifest", [](auto const& bag) { spill(bag / "notes.txt", "x"); });
  refuses("data/original is a symbolic link", [](auto const& bag) {
    fs::rename(bag / "data/original", bag.parent_path() / "elsewhere");
    fs::create_symlink(bag.parent_path() / "elsewhere", bag / "data/original");
  });
  refuses("data/metadata.json is a symbolic link", [](auto const& bag) {
    fs::rename(bag / "data/metadata.json", bag.parent_path() / "metadata.json");
    fs::create_symlink(bag.parent_path() / "metadata.json", bag / "data/metadata.json");
  });
  refuses("data/pipe is neither a file nor a folder", [](auto const& bag) { REQUIRE(::mkfifo((bag / "data/pipe").c_str(), 0600) == 0); });
  refuses("which does not lie in the bag", [&](auto const& bag) {
    append(bag / "manifest-sha256.txt", line("data/../../source", "the video's bytes"));
    seal(bag);
  });
  refuses("which does not lie in the bag", [&](auto const& bag) {
    append(bag / "manifest-sha256.txt", line((bag.parent_path() / "source").string(), "the video's bytes"));
    seal(bag);
  });
  refuses("which is not below data/", [&](auto const& bag) {
    append(bag / "manifest-sha256.txt", line("bagit.txt", slurp(bag / "bagit.txt")));
    seal(bag);
  });
  refuses("fetch.txt", [](auto const& bag) { spill(bag / "fetch.txt", "http://example.org/x 1 data/x\n"); });
  refuses("is no bag: bagit.txt is missing", [](auto const& bag) { fs::remove(bag / "bagit.txt"); });
  refuses("bagit.txt does not say BagIt-Version", [](auto const& bag) { spill(bag / "bagit.txt", "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n"); });
  refuses("bagit.txt does not say UTF-8", [](auto const& bag) { spill(bag / "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n"); });
  refuses("manifest-sha256.txt is", [](auto const& bag) { fs::remove(bag / "manifest-sha256.txt"); });
  refuses("is not a folder", [](auto const& bag) {
    fs::rename(bag, bag.parent_path() / "moved");
    fs::create_directory_symlink(bag.parent_path() / "moved", bag);
  });
}

TEST_CASE("a bag of another program, without tag manifest or with further checksums, is read") {
  TempFolder folder;
  auto const place = sample_bag(folder.path());
  fs::remove(place / "tagmanifest-sha256.txt");
  spill(place / "bagit.txt", "BagIt-Version: 0.97\r\nTag-File-Character-Encoding: UTF-8\r\n");
  spill(place / "manifest-sha512.txt", std::string(128, '0') + "  data/metadata.json\n");
  CHECK(Bag::open(place).has_value());
}
