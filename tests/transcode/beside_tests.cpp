// AV1 and HEVC beside H.264.
#include "tests/transcode/playback.hpp"

using namespace tarina;

TEST_CASE("further codecs have H.264's segments, made apart or at once, from one header") {
  auto const codec = GENERATE(media::VideoCodec::hevc, media::VideoCodec::av1);
  media::Profile const profile{.beside = {codec}};
  auto const apart = test::make_story(test::fixture("counted.mp4"), 1, profile);
  auto const at_once = test::make_story(test::fixture("counted.mp4"), 100, profile);
  if (apart.failure) FAIL(apart.failure->key << ": " << apart.failure->detail);
  REQUIRE(!at_once.failure);
  test::check_playable(apart);
  test::check_playable(at_once);
  REQUIRE(apart.package.video.size() == 4);
  REQUIRE(at_once.package.video.size() == 4);
  auto const& common = apart.package.video.front();
  int seen = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    auto const& track = apart.package.video[i];
    if (!track.name.ends_with(media::codec_name(codec))) continue;
    ++seen;
    CHECK(track.codecs.starts_with(codec == media::VideoCodec::av1 ? "av01.0." : "hvc1.1.6.L"));
    CHECK(track.init_sha256 == at_once.package.video[i].init_sha256);
    REQUIRE(track.segments.size() == common.segments.size());
    for (std::size_t s = 0; s < common.segments.size(); ++s) {
      CHECK(track.segments[s].start == common.segments[s].start);
      CHECK(track.segments[s].duration == common.segments[s].duration);
    }
    for (auto const* story : {&apart, &at_once}) {
      auto const shown = test::play_video(*story, story->package.video[i]);
      CHECK(shown.errors == 0);
      REQUIRE(shown.pictures.size() == 360);
      int wrong = 0;
      for (std::size_t n = 0; n < shown.pictures.size(); ++n) wrong += shown.pictures[n].number != static_cast<int>(n);
      CHECK(wrong == 0);
    }
  }
  CHECK(seen == 2);
}
