// How fast verification may read: a bound on bytes a second, kept by waiting.
#pragma once
#include "catalog/clock.hpp"
#include <cstdint>
#include <functional>

namespace tarina::server {

class ReadingPace {
public:
  /// Waits so long; false when whoever waits is told to stop.
  using Wait = std::function<bool(std::chrono::milliseconds)>;

  /// `bytes_per_second` 0: no bound; `wait` is then still asked for zero milliseconds, so that it can say stop.
  ReadingPace(std::int64_t bytes_per_second, catalog::SteadyClock now, Wait wait);

  /// Called after reading so many bytes; returns when the next may be read. Over any time at most the bound and what one
  /// call names are read; time that was not used is not made up for. False: stop.
  bool spend(std::int64_t bytes);

private:
  std::int64_t rate_;
  catalog::SteadyClock now_;
  Wait wait_;
  std::chrono::microseconds free_at_{}; // on now_: when what was read so far is paid for
};

} // namespace tarina::server
