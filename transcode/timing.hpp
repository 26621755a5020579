// What the times of a stream's packets say: its length and rate. Headers lie about both.
#pragma once
#include "media/rendition.hpp"
#include <cstdint>
#include <vector>

namespace tarina::transcode {

/// What one pass over a stream's packets saw, in microseconds of container time.
struct StreamTiming {
  std::int64_t packets = 0;
  std::vector<std::int64_t> times; // of video packets that have one; sorted by `settle`
  std::int64_t first_us = 0;
  std::int64_t end_us = 0;         // when the last packet's content has been shown
  std::int64_t last_us = INT64_MIN;
  std::int64_t last_duration_us = 0;

  /// Counts a packet; `keep_times` for video. Duration 0 when the container gives none.
  void add(std::int64_t time_us, std::int64_t duration_us, bool keep_times);
  /// Sorts and computes `first_us` and `end_us`.
  void settle();
  /// The middle one of the distances between pictures; 0 with fewer than two.
  std::int64_t median_interval_us() const;
};

/// The constant rate to encode at: the source's own where it is constant (snapped to the usual rates, halved until at
/// most 60, multiplied until at least 10), otherwise the usual rate that keeps its motion.
/// `container_rate` is what the header claims and is used only where the packets agree with it.
media::Fraction choose_frame_rate(StreamTiming const&, media::Fraction container_rate, bool pairs_of_fields);

} // namespace tarina::transcode
