// Every film of a folder of real ones, when it is there: good ones become playable, the others are salvaged or refused.
#include "tests/transcode/playback.hpp"
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

using namespace tarina;

namespace {

std::set<std::string> const plain_reasons{"media.unreadable", "media.no_streams", "media.unsupported_codec", "media.damaged", "media.too_long", "media.too_large_picture",
                                          "media.too_many_streams"};

struct Clip {
  std::string file, kind;
};

std::vector<Clip> clips_in(std::string const& folder) {
  std::vector<Clip> clips;
  if (test::clips().empty()) {
    WARN("no clips here; set TARINA_CLIPS to test real films");
    return clips;
  }
  std::ifstream index(test::clips() / "INDEX.tsv");
  for (std::string line; std::getline(index, line);) {
    std::istringstream cells(line);
    Clip clip;
    std::getline(cells, clip.file, '\t');
    std::getline(cells, clip.kind, '\t');
    if (clip.file.starts_with(folder) && (clip.kind == "good" || clip.kind == "broken" || clip.kind == "hostile")) clips.push_back(clip);
  }
  return clips;
}

void check_folder(std::string const& folder) {
  auto const* only = std::getenv("TARINA_ONLY");
  for (auto const& clip : clips_in(folder)) {
    if (only != nullptr && clip.file.find(only) == std::string::npos) continue;
    INFO(clip.file);
    auto const story = test::make_story(test::clips() / clip.file);
    if (auto const* keep = std::getenv("TARINA_KEEP")) test::write_files(story, std::filesystem::path(keep) / clip.file);
    if (story.failure) {
      INFO(story.failure->key << ": " << story.failure->detail);
      CHECK(clip.kind != "good");
      CHECK(plain_reasons.contains(story.failure->key));
      CHECK(story.failure->permanent);
    } else {
      test::check_playable(story);
    }
  }
}

} // namespace

TEST_CASE("clips: sound", "[clips]") { check_folder("audio/"); }
TEST_CASE("clips: broken files", "[clips]") { check_folder("broken/"); }
TEST_CASE("clips: old and new cameras", "[clips]") { check_folder("camera/"); }
TEST_CASE("clips: films with subtitles in them", "[clips]") { check_folder("embsubs/"); }
TEST_CASE("clips: odd shapes", "[clips]") { check_folder("geometry/"); }
TEST_CASE("clips: hostile files", "[clips]") { check_folder("malicious/"); }
TEST_CASE("clips: odd names", "[clips]") { check_folder("names/"); }
TEST_CASE("clips: phones", "[clips]") { check_folder("phone/"); }
TEST_CASE("clips: talking people", "[clips]") { check_folder("talk/"); }
TEST_CASE("clips: variable rates", "[clips]") { check_folder("vfr/"); }

TEST_CASE("clips: long and full size films", "[clips][slow]") {
  if (std::getenv("TARINA_SLOW") == nullptr) {
    WARN("minutes of work; set TARINA_SLOW to do it");
    return;
  }
  check_folder("long/");
  check_folder("bench/");
}
