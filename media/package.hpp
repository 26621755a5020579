// A package: one immutable generation of a story's streams, as values.
#pragma once
#include "media/rendition.hpp"
#include <string_view>

namespace tarina::media {

/// One CMAF media segment (ISO/IEC 23000-19) as produced.
struct Segment {
  std::string name;            // "00001.m4s", inside the rendition's folder
  std::int64_t start = 0;      // in the rendition's timescale, from 0
  std::int64_t duration = 0;   // in the rendition's timescale
  std::int64_t bytes = 0;
  std::string sha256;          // lower-case hex
};

/// How loud a sound was (EBU R 128, a mono sound as two speakers play it), and what was done about it.
struct Loudness {
  double integrated = silent; // LUFS
  double range = 0;           // LU
  double true_peak = -100;    // dBTP, at least -100
  double gain = 0;            // dB, the same for the whole story
  static constexpr double silent = -70; // the absolute gate of ITU-R BS.1770: nothing louder was there
  bool is_silent() const { return integrated <= silent; }
};

/// A small file beside a track's segments: "peaks.dat", "speech.json", "cover.jpg"; see media/sound_data.hpp.
struct DataFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
};

/// One encoded track: a folder with an initialization segment and media segments.
struct Track {
  std::string name;            // folder: "v720", "a128"
  std::string codecs;          // RFC 6381: "avc1.640028", "mp4a.40.2"
  int timescale = 0;           // ticks per second
  int width = 0;               // 0 for audio
  int height = 0;
  Fraction frame_rate;         // {0,1} for audio
  int channels = 0;            // 0 for video
  int sample_rate = 0;
  std::string language;        // BCP 47, or empty
  std::string init_sha256;     // of "init.mp4"
  std::int64_t init_bytes = 0; // 0: made before this was kept
  std::vector<Segment> segments;
  std::string label = {};      // of a sound, or empty; see is_label()
  SoundRole role = SoundRole::main;
  std::optional<Loudness> loudness = {}; // of a sound
  std::vector<DataFile> data = {};       // of a sound
  std::vector<milliseconds> shots = {};  // of the lowest H.264 picture: story times at which a new shot begins, in order
};

/// Storyboard: sheets of `columns`×`rows` tiles, one tile each `interval`.
struct Storyboard {
  int tile_width = 0;
  int tile_height = 0;
  int columns = 0;
  int rows = 0;
  milliseconds interval{};
  int tiles = 0;               // in all sheets together
  std::vector<std::string> sheets; // "storyboard-001.jpg" in folder "stills"
};

/// One progressive MP4 to take along: a rendition's picture and the sound, as they are in the segments.
struct Download {
  std::int64_t bytes = 0;
  std::string sha256;          // lower-case hex
};
inline constexpr std::string_view download_name = "download/story.mp4"; // in the package

/// More shots than any story has: a new one every three quarters of a second, four hours long.
inline constexpr std::size_t most_shots = 20'000;

struct Package {
  milliseconds duration{};
  std::vector<Track> video;    // highest first
  std::vector<Track> audio;    // the main one first
  std::vector<std::string> posters; // "poster.jpg" in folder "stills"; first is the default
  std::optional<Storyboard> storyboard;
  std::optional<Download> download = {};
};

/// The picture that stands for a story, as a name in its package: a still, or the drawn waveform of sound alone. Empty
/// when there is none.
std::string poster_of(Package const&);

/// The story times at which a new shot begins, in order, as far as its picture is made.
std::vector<milliseconds> shots_of(Package const&);

} // namespace tarina::media
