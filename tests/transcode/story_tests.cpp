#include "media/ladder.hpp"
#include "tests/transcode/playback.hpp"
#include <algorithm>
#include <cmath>

using namespace tarina;

namespace {

/// Seconds at which a beep begins.
std::vector<double> find_beeps(test::PlayedSound const& sound) {
  std::vector<double> beeps;
  std::size_t quiet = 10'000;
  for (std::size_t i = 0; i < sound.samples.size(); ++i) {
    bool const loud = std::abs(sound.samples[i]) > 0.1F;
    if (loud && quiet > 4000) beeps.push_back(sound.start + static_cast<double>(i) / sound.sample_rate);
    quiet = loud ? 0 : quiet + 1;
  }
  return beeps;
}

void check_counts(test::PlayedVideo const& video) {
  int wrong = 0;
  for (std::size_t n = 0; n < video.pictures.size(); ++n) wrong += video.pictures[n].number != static_cast<int>(n);
  CHECK(wrong == 0);
}

void check_sync(test::Story const& story, media::Track const& sound, std::vector<double> const& expected) {
  auto const beeps = find_beeps(test::play_sound(story, sound));
  REQUIRE(beeps.size() == expected.size());
  for (std::size_t i = 0; i < beeps.size(); ++i) CHECK(beeps[i] == Approx(expected[i]).margin(0.012));
}

void check_sync(test::Story const& story, std::vector<double> const& expected) { check_sync(story, story.package.audio.at(0), expected); }

std::vector<double> seconds(int first, int last) {
  std::vector<double> list;
  for (int s = first; s <= last; ++s) list.push_back(s);
  return list;
}

} // namespace

TEST_CASE("chunks made apart are the story made at once: no picture lost, doubled or shifted") {
  auto const apart = test::make_story(test::fixture("counted.mp4"), 1);
  auto const at_once = test::make_story(test::fixture("counted.mp4"), 100);
  REQUIRE(!apart.failure);
  REQUIRE(!at_once.failure);
  test::check_playable(apart);
  test::check_playable(at_once);
  REQUIRE(apart.package.video.size() == 2);
  REQUIRE(apart.package.video[0].segments.size() == 4);
  for (std::size_t i = 0; i < 2; ++i) {
    check_counts(test::play_video(apart, apart.package.video[i]));
    check_counts(test::play_video(at_once, at_once.package.video[i]));
    CHECK(apart.package.video[i].init_sha256 == at_once.package.video[i].init_sha256);
    for (std::size_t s = 0; s < 4; ++s) {
      CHECK(apart.package.video[i].segments[s].start == at_once.package.video[i].segments[s].start);
      CHECK(apart.package.video[i].segments[s].duration == at_once.package.video[i].segments[s].duration);
    }
  }
  CHECK(apart.facts.duration.count() == Approx(14'400).margin(50));
  check_sync(apart, seconds(0, 14));
}

TEST_CASE("chunks are exact where the container cannot seek, and its times begin late") {
  auto const story = test::make_story(test::fixture("counted.ts"), 1);
  REQUIRE(!story.failure);
  CHECK(story.facts.container == "mpegts");
  test::check_playable(story);
  check_counts(test::play_video(story, story.package.video.at(1)));
  check_sync(story, seconds(0, 14));
}

TEST_CASE("sound that begins late and ends early is in sync and filled with silence") {
  auto const story = test::make_story(test::fixture("late_sound.mp4"));
  REQUIRE(!story.failure);
  test::check_playable(story);
  CHECK(story.facts.duration.count() == Approx(6000).margin(50));
  check_sync(story, seconds(1, 3));
  CHECK(story.package.audio.at(0).segments.size() == story.package.video.at(0).segments.size());
}

TEST_CASE("a browser's recording without a duration gets its true one and a constant rate") {
  auto const story = test::make_story(test::fixture("recorded.webm"));
  REQUIRE(!story.failure);
  test::check_playable(story);
  CHECK(story.facts.duration.count() == Approx(5000).margin(60));
  check_sync(story, seconds(0, 4));
}

TEST_CASE("a common source is remuxed whole: every packet, in sync, cut at its own key frames") {
  auto const story = test::make_story(test::fixture("counted.mp4"));
  REQUIRE(!story.failure);
  REQUIRE(story.original.video.size() == 1);
  REQUIRE(story.original.audio.size() == 1);
  auto const& picture = story.original.video[0];
  auto const video = test::play_video(story, picture);
  CHECK(video.errors == 0);
  CHECK(video.pictures.size() == 360);
  check_counts(video);
  for (std::size_t n = 0; n < video.pictures.size(); ++n) REQUIRE(video.pictures[n].time == Approx(static_cast<double>(n) / 25).margin(0.001));
  check_sync(story, story.original.audio[0], seconds(0, 14));
  for (std::size_t i = 0; i + 1 < picture.segments.size(); ++i) {
    auto const begin = static_cast<double>(picture.segments[i + 1].start) / picture.timescale;
    auto const cut = std::find_if(video.pictures.begin(), video.pictures.end(), [&](auto const& shown) { return std::abs(shown.time - begin) < 0.001; });
    REQUIRE(cut != video.pictures.end());
    CHECK(cut->key);
    CHECK(picture.segments[i].duration >= 6 * picture.timescale);
  }
  for (auto const& track : {picture, story.original.audio[0]}) {
    std::int64_t end = 0;
    for (auto const& segment : track.segments) {
      CHECK(segment.start == end);
      end += segment.duration;
      CHECK(test::read_fragment(story.files.at(track.name + "/" + segment.name)).fragments == 1);
    }
    CHECK(static_cast<double>(end) / track.timescale == Approx(14.4).margin(0.05));
  }
}

TEST_CASE("what browsers do not play for sure is not remuxed") {
  for (auto const* name : {"counted.ts", "late_sound.mp4", "recorded.webm", "tones.ogg"}) {
    INFO(name);
    auto const probed = test::run_task(media::ProbeTask{}, test::fixture(name));
    CHECK_FALSE(std::get<media::SourceFacts>(*probed).remuxable);
  }
}

TEST_CASE("a remux keeps the way up, and no output tells who made the file or where") {
  auto const turned = test::make_story(test::fixture("upright.mp4"));
  REQUIRE(!turned.failure);
  REQUIRE(turned.original.video.size() == 1);
  CHECK(turned.original.video[0].width == 240);
  CHECK(turned.original.video[0].height == 320);
  auto const& init = turned.files.at("original/init.mp4");
  auto const header = init.find("tkhd");
  REQUIRE(header != std::string::npos);
  // ISO/IEC 14496-12 §8.3.2: a version 0 header's matrix stands 44 bytes after its type; a quarter turn clockwise.
  auto const matrix = init.substr(header + 44, 20);
  CHECK(matrix == std::string("\0\0\0\0\0\1\0\0\0\0\0\0\xff\xff\0\0\0\0\0\0", 20));
  if (test::clips().empty()) return;
  auto const phone = test::make_story(test::clips() / "phone/iphone_rot90_gps.mov");
  REQUIRE(!phone.failure);
  for (auto const& [name, bytes] : phone.files) {
    INFO(name);
    CHECK(bytes.find("com.apple.quicktime") == std::string::npos);
    CHECK(bytes.find("Apple") == std::string::npos);
  }
}

TEST_CASE("a phone's picture stands upright, turned once") {
  auto const story = test::make_story(test::fixture("upright.mp4"));
  REQUIRE(!story.failure);
  test::check_playable(story);
  CHECK(story.facts.video->rotation == 90);
  auto const video = test::play_video(story, story.package.video.at(0));
  CHECK(video.width == 240);
  CHECK(video.height == 320);
  auto cr = [&](int x, int y) { return video.first_cr[static_cast<std::size_t>(y * video.width / 2 + x)]; };
  CHECK(cr(20, 20) > 200);  // red in the upper left quarter
  CHECK(cr(100, 20) < 140);
  CHECK(cr(20, 140) < 140);
  CHECK(cr(100, 140) < 140);
}

TEST_CASE("sound alone is cut every six seconds") {
  auto const story = test::make_story(test::fixture("tones.ogg"));
  REQUIRE(!story.failure);
  test::check_playable(story);
  CHECK(!story.facts.video);
  auto const& track = story.package.audio.at(0);
  CHECK(track.name == "a128");
  REQUIRE(track.segments.size() == 2);
  CHECK(static_cast<double>(track.segments[0].duration) / track.timescale == Approx(6).margin(0.022));
}

TEST_CASE("a story has posters and a storyboard that covers it") {
  auto const story = test::make_story(test::fixture("counted.mp4"));
  REQUIRE(!story.failure);
  CHECK(story.package.posters.front() == "poster.jpg");
  auto const& board = *story.package.storyboard;
  CHECK(board.interval == std::chrono::seconds(1));
  CHECK(board.tiles == 15);
  CHECK(board.tile_width == 160);
  CHECK(board.tile_height == 120);
  CHECK(board.sheets == std::vector<std::string>{"storyboard-001.jpg"});
}
