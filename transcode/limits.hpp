// How much one task may take. Generous for a phone's longest story, small against a bomb.
#pragma once
#include <cstdint>

namespace tarina::transcode::limits {

inline constexpr int streams = 16;
inline constexpr std::int64_t pixels = 8192LL * 4352;            // one picture: 8K and a little
inline constexpr std::int64_t probe_bytes = 8LL << 20;           // read to find the streams
inline constexpr std::int64_t probe_us = 10'000'000;
inline constexpr std::int64_t story_us = 4LL * 3600 * 1'000'000; // the longest story
inline constexpr std::int64_t packets = 6'000'000;               // in one pass over a file
inline constexpr std::int64_t frames_per_chunk = 500'000;        // decoded for one video task, the way from the last key frame included
inline constexpr int errors_in_a_row = 200;                      // unreadable packets before a file counts as ended

inline constexpr std::int64_t output_bytes = 64LL << 20;         // one output
inline constexpr std::int64_t task_output_bytes = 2LL << 30;     // all outputs of a task
inline constexpr int cpu_seconds = 7200;
inline constexpr std::int64_t memory_bytes = 3LL << 30;          // address space of the child
inline constexpr int wall_seconds = 4 * 3600;                     // from beginning to end, for those who take the processor in small sips
inline constexpr int stall_seconds = 300;                        // without any sign of life

} // namespace tarina::transcode::limits
