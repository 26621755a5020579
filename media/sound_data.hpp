// Small files beside a sound's segments, drawn and read by the studio. Their formats are in media/README.md.
#pragma once
#include "media/package.hpp"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::media {

inline constexpr std::string_view peaks_file = "peaks.dat";
inline constexpr std::string_view speech_file = "speech.json";
inline constexpr std::string_view cover_file = "cover.jpg"; // only of a story without picture

inline constexpr int cover_width = 1280, cover_height = 720;

inline constexpr int peaks_per_second = 50;
inline constexpr int samples_per_peak(int sample_rate) { return sample_rate / peaks_per_second; }

/// How many peaks so many samples have; the last may stand for fewer.
inline constexpr std::int64_t count_peaks(std::int64_t samples, int sample_rate) {
  return (samples + samples_per_peak(sample_rate) - 1) / samples_per_peak(sample_rate);
}

/// peaks.dat: the header of audiowaveform's binary format, version 2, before `pairs` of lowest and highest sample, as
/// signed bytes.
std::string write_peaks(std::string_view pairs, int sample_rate);

/// Something like a voice, from `start` to `end`.
struct SpeechSpan {
  milliseconds start{};
  milliseconds end{};
  bool operator==(SpeechSpan const&) const = default;
};

/// speech.json: {"version":1,"spans":[[start_ms,end_ms],…]}, in order and apart from each other.
std::string write_speech(std::vector<SpeechSpan> const&);

/// The address of a sound's data file inside its package, "a128/peaks.dat"; empty when there is none.
std::string data_file(Track const&, std::string_view name);

} // namespace tarina::media
