// How often something may be tried: a bucket per key that refills with time. Bounded in memory.
#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tarina::server {

class Throttle {
public:
  /// `burst` tries at once, then one each `refill`.
  Throttle(double burst, std::chrono::milliseconds refill) : burst_(burst), refill_(refill) {}

  /// Takes a try; false when none is left.
  bool take(std::string const& key);
  /// Gives back all tries, after a success.
  void forgive(std::string const& key);

private:
  using Clock = std::chrono::steady_clock;
  struct Bucket {
    double tokens;
    Clock::time_point at;
  };
  double burst_;
  std::chrono::milliseconds refill_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

} // namespace tarina::server
