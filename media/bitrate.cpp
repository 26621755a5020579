#include "media/bitrate.hpp"
#include <algorithm>

namespace tarina::media {
namespace {

std::int64_t bits_per_second(std::int64_t bytes, std::int64_t ticks, int timescale) {
  if (ticks <= 0) return 0;
  auto const rate = static_cast<long double>(bytes) * 8 * timescale / static_cast<long double>(ticks);
  return static_cast<std::int64_t>(std::min(rate, 1e15L) + 1); // up: a player must never be promised less than it gets
}

} // namespace

std::int64_t target_duration(Track const& track) {
  std::int64_t target = 1;
  std::int64_t const second = track.timescale;
  for (auto const& segment : track.segments) target = std::max(target, (2 * segment.duration + second) / (2 * second));
  return target;
}

BitRate measure_bit_rate(Track const& track) {
  BitRate rate;
  std::int64_t bytes = 0;
  std::int64_t ticks = 0;
  for (auto const& segment : track.segments) {
    bytes += segment.bytes;
    ticks += segment.duration;
  }
  rate.average = bits_per_second(bytes, ticks, track.timescale);
  auto const target = target_duration(track) * track.timescale;
  for (std::size_t first = 0; first < track.segments.size(); ++first) {
    bytes = ticks = 0;
    for (std::size_t i = first; i < track.segments.size(); ++i) {
      bytes += track.segments[i].bytes;
      ticks += track.segments[i].duration;
      if (2 * ticks > 3 * target) break;
      if (2 * ticks >= target) rate.peak = std::max(rate.peak, bits_per_second(bytes, ticks, track.timescale));
    }
  }
  rate.peak = std::max(rate.peak, rate.average);
  return rate;
}

} // namespace tarina::media
