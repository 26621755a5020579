#include "server/throttle.hpp"
#include <algorithm>

namespace tarina::server {

bool Throttle::take(std::string const& key) {
  auto const now = Clock::now();
  auto const refilled = [&](Bucket const& bucket) {
    return std::min(burst_, bucket.tokens + std::chrono::duration<double>(now - bucket.at) / refill_);
  };
  std::lock_guard lock(mutex_);
  // Full buckets say nothing; forgetting them bounds the table by what was tried lately.
  if (buckets_.size() >= 10'000) std::erase_if(buckets_, [&](auto const& entry) { return refilled(entry.second) >= burst_; });
  if (buckets_.size() >= 100'000) return false;
  auto& bucket = buckets_.try_emplace(key, Bucket{burst_, now}).first->second;
  bucket.tokens = refilled(bucket);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void Throttle::forgive(std::string const& key) {
  std::lock_guard lock(mutex_);
  buckets_.erase(key);
}

} // namespace tarina::server
