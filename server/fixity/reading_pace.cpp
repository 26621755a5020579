#include "server/fixity/reading_pace.hpp"
#include <algorithm>

namespace tarina::server {

ReadingPace::ReadingPace(std::int64_t bytes_per_second, catalog::SteadyClock now, Wait wait) : rate_(bytes_per_second), now_(std::move(now)), wait_(std::move(wait)) {}

bool ReadingPace::spend(std::int64_t bytes) {
  if (rate_ <= 0) return wait_(std::chrono::milliseconds(0));
  std::chrono::microseconds const now = now_();
  free_at_ = std::max(free_at_, now) + std::chrono::microseconds(bytes * 1'000'000 / rate_);
  return wait_(std::chrono::duration_cast<std::chrono::milliseconds>(free_at_ - now));
}

} // namespace tarina::server
