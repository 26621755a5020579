#include "tests/transcode/playback.hpp"
#include "transcode/hash.hpp"
#include <algorithm>
#include <cmath>
#include <fstream>

using namespace tarina;

namespace {

/// A download as a track of one file, so that it can be played like any other.
test::Story as_story(test::MadeDownload const& made) {
  test::Story story;
  story.files["download/init.mp4"] = made.bytes;
  return story;
}
media::Track const whole_file{.name = "download", .codecs = {}, .frame_rate = {}, .language = {}, .init_sha256 = {}, .segments = {}};

/// Types of the boxes at the top of a file, in order.
std::vector<std::string> boxes_of(std::string const& file) {
  std::vector<std::string> types;
  for (std::size_t at = 0; at + 8 <= file.size();) {
    auto number = [&](std::size_t from, int bytes) {
      std::uint64_t n = 0;
      for (int i = 0; i < bytes; ++i) n = n << 8 | static_cast<unsigned char>(file.at(from + static_cast<std::size_t>(i)));
      return n;
    };
    auto size = number(at, 4);
    types.push_back(file.substr(at + 4, 4));
    if (size == 1) size = number(at + 8, 8);
    if (size < 8) break;
    at += size;
  }
  return types;
}

void check_like_its_tracks(test::Story const& story, test::MadeDownload const& made) {
  auto const download = as_story(made);
  for (auto const& track : story.package.video) {
    if (track.name != made.task.picture) continue;
    auto const from = test::play_video(story, track);
    auto const copy = test::play_video(download, whole_file);
    CHECK(copy.errors == 0);
    CHECK(copy.width == track.width);
    REQUIRE(copy.pictures.size() == from.pictures.size());
    double apart = 0;
    for (std::size_t i = 0; i < from.pictures.size(); ++i) apart = std::max(apart, std::abs(copy.pictures[i].time - from.pictures[i].time));
    CHECK(apart < 0.001);
    bool const same = copy.first_luma == from.first_luma; // named: a test must not print a whole picture
    CHECK(same);
  }
  for (auto const& track : story.package.audio) {
    if (track.name != made.task.sound) continue;
    auto const from = test::play_sound(story, track);
    auto const copy = test::play_sound(download, whole_file);
    CHECK(copy.errors == 0);
    // The segments' priming is decoded before time 0, where the file's edit list leaves it out: compared at equal times.
    CHECK(copy.start <= 0.0005);
    auto const ahead = static_cast<std::ptrdiff_t>(std::lround((copy.start - from.start) * from.sample_rate));
    REQUIRE(ahead >= 0);
    auto const [one, other] = std::mismatch(copy.samples.begin(), copy.samples.end(), from.samples.begin() + ahead, from.samples.end());
    CHECK(one == copy.samples.end());
    CHECK(other == from.samples.end());
  }
}

} // namespace

TEST_CASE("a download is one progressive MP4 of the same pictures and the same sound at the same times") {
  for (auto const* name : {"counted.mp4", "upright.mp4", "recorded.webm", "late_sound.mp4", "tones.ogg"}) {
    INFO(name);
    auto const story = test::make_story(test::fixture(name));
    REQUIRE(!story.failure);
    auto const made = test::make_download(story);
    REQUIRE(made);
    CHECK(made->said.bytes == static_cast<std::int64_t>(made->bytes.size()));
    CHECK(made->said.sha256 == transcode::sha256_of(made->bytes));
    auto boxes = boxes_of(made->bytes); // what is free is what the room for the index left
    std::erase(boxes, "free");
    CHECK(boxes == std::vector<std::string>{"ftyp", "moov", "mdat"});
    check_like_its_tracks(story, *made);
    CHECK(test::make_download(story)->said.sha256 == made->said.sha256);
  }
}

TEST_CASE("a download that is not what the tracks say is an error, not a file") {
  auto const story = test::make_story(test::fixture("counted.mp4"));
  REQUIRE(!story.failure);
  auto const task = *media::plan_download(story.package, "");
  // An original where finished tracks should be.
  CHECK(test::run_task(task, test::fixture("counted.mp4")).has_error());
  media::DownloadTask const longer{.picture = "v480", .sound = "", .picture_bytes = 1 << 30, .sound_bytes = 0, .language = {}};
  CHECK(test::run_task(longer, test::fixture("counted.mp4")).has_error());
}

TEST_CASE("a download from a phone says nothing of place, device or tools, and fine players read its length") {
  if (test::clips().empty()) return;
  for (auto const* name : {"phone/iphone_rot90_gps.mov", "talk/derived_fi_talking_head.mp4"}) {
    INFO(name);
    auto const story = test::make_story(test::clips() / name);
    REQUIRE(!story.failure);
    auto const made = test::make_download(story);
    REQUIRE(made);
    check_like_its_tracks(story, *made);
    for (auto const* word : {"com.apple", "Apple", "iPhone", "Lavf", "\xa9xyz", "location"}) {
      bool const told = made->bytes.find(word) != std::string::npos;
      CHECK_FALSE(told);
    }
  }
}
