// Measured bit rates of a track, for playlists and manifests.
#pragma once
#include "media/package.hpp"

namespace tarina::media {

/// Bits per second.
struct BitRate {
  std::int64_t peak = 0;    // largest of any run of segments lasting 0.5 to 1.5 target durations (RFC 8216 section 4.1)
  std::int64_t average = 0; // over the whole track
};

BitRate measure_bit_rate(Track const&);

/// Whole seconds no segment's duration, rounded, exceeds (RFC 8216 section 4.3.3.1); at least 1.
std::int64_t target_duration(Track const&);

} // namespace tarina::media
