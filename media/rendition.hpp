// What a probe found in a source, and the renditions a story is encoded into.
#pragma once
#include "media/profile.hpp"
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarina::media {

using std::chrono::milliseconds;

struct Fraction {
  int num = 0;
  int den = 1;
  bool operator==(Fraction const&) const = default;
};

struct VideoFacts {
  std::string codec;      // libavcodec name, "h264"
  int stream = 0;         // index in the container
  int coded_width = 0;    // pixels as stored
  int coded_height = 0;
  int width = 0;          // square pixels as a viewer sees it: sample aspect ratio and rotation applied
  int height = 0;
  int rotation = 0;       // clockwise degrees to apply for upright display: 0, 90, 180, 270
  bool mirrored = false;  // flip horizontally after rotating
  Fraction frame_rate;    // the constant output grid, never above 60
  bool interlaced = false;
  bool high_dynamic_range = false; // PQ or HLG
  std::int64_t start_us = 0; // container time, in microseconds, of story time 0 (the same in video and audio)
  int complexity = 0; // kb/s, about, that its lowest rendition takes uncapped; 0 when not known
};

/// What a sound is for, as the container's dispositions say.
enum class SoundRole { main, commentary, description };

struct AudioFacts {
  std::string codec;
  int stream = 0;
  int channels = 0;
  int sample_rate = 0;
  std::string language;   // ISO 639 as the container says, or empty
  std::string label = {}; // the container's name for it where it tells something; see is_label()
  SoundRole role = SoundRole::main;
  std::int64_t start_us = 0; // container time, in microseconds, of story time 0 (the same in video and audio)
};

/// Facts about one uploaded original, from decoding, never from the header alone.
struct SourceFacts {
  std::string container;
  milliseconds duration{};
  std::optional<VideoFacts> video;
  std::optional<AudioFacts> audio; // at least one of video and audio is there
  std::vector<AudioFacts> alternates = {}; // other sounds of the same story: languages, commentary; at most most_alternates
  bool remuxable = false;          // browsers play its own packets
  bool texts = false;              // subtitles or chapters are in it
  std::vector<int> covers = {};    // streams that are one still picture each: cover art
};

inline constexpr std::size_t most_alternates = 7;

/// The time grid all renditions of a story share: closed GOPs of about 2 s. The first segment is one GOP, so that a story
/// begins soon, when it is encoded and whenever it is played; the others are three. Frame n is shown at n/frame_rate;
/// segment k holds frames [segment_start(k), segment_start(k + 1)), the last one those that are left.
struct Grid {
  Fraction frame_rate;
  int frames_per_gop = 0;
  std::int64_t frames = 0; // in the whole story
  std::int64_t segment_start(std::int64_t k) const { return k <= 0 ? 0 : (3 * k - 2) * frames_per_gop; }
  int segments() const { return frames == 0 ? 0 : static_cast<int>((frames - 1 + 2LL * frames_per_gop) / (3LL * frames_per_gop) + 1); }
  /// When frame `n` is shown, to the nearest millisecond.
  milliseconds time_of(std::int64_t n) const { return milliseconds((2'000 * n * frame_rate.den + frame_rate.num) / (2LL * frame_rate.num)); }
};

/// One rendition of the picture. `name` is also its folder in the package ("v720", "v720-av1").
struct Rendition {
  std::string name;
  int width = 0;  // even
  int height = 0; // even
  double crf = 23;      // on the encoder's own scale, in tenths
  int maxrate_kbps = 0; // VBV cap
  int bufsize_kbps = 0;
  Effort effort = Effort::balanced;
  VideoCodec codec = VideoCodec::h264;
};

/// One AAC-LC rendition; folder "a128".
struct AudioRendition {
  std::string name;
  int bitrate_kbps = 128;
  int channels = 2;
  int sample_rate = 48000;
};

} // namespace tarina::media
