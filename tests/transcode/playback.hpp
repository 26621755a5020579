// Reads a story's tracks back with libav, as a player would: the initialization segment and all media segments in a row.
#pragma once
#include "tests/transcode/story.hpp"
#include <vector>

namespace tarina::test {

struct ShownPicture {
  double time = 0; // seconds, edit list applied
  bool key = false;
  int number = 0;  // read from the counted fixtures' bars
};

struct PlayedVideo {
  int width = 0, height = 0;
  std::vector<ShownPicture> pictures;
  std::vector<unsigned char> first_luma; // of the first picture, row by row
  std::vector<unsigned char> first_cr;   // the same, a quarter of the size
  int errors = 0;
  int colour_space = 0, colour_range = 0;
};

struct PlayedSound {
  int channels = 0, sample_rate = 0;
  double start = 0;            // seconds
  std::vector<float> samples;  // first channel
  int errors = 0;
};

PlayedVideo play_video(Story const&, media::Track const&);
PlayedSound play_sound(Story const&, media::Track const&);

/// What ISO boxes of one media segment say.
struct FragmentTimes {
  std::int64_t decode_time = 0; // tfdt
  std::int64_t duration = 0;    // of all samples
  int fragments = 0;            // moof boxes
};
FragmentTimes read_fragment(std::string const& segment);

/// Everything that must hold for any published story; CHECKs inside.
void check_playable(Story const&);

} // namespace tarina::test
