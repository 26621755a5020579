// Time as the catalog knows it: milliseconds since the Unix epoch in UTC, from a clock handed in.
#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tarina::catalog {

using std::chrono::milliseconds;
using Time = std::chrono::sys_time<milliseconds>;

/// Wall clock. May jump; nothing that must not stall or double is decided by it.
using Clock = std::function<Time()>;
/// Milliseconds that only rise, from any start; leases are measured by it.
using SteadyClock = std::function<milliseconds()>;

Clock system_clock();
SteadyClock steady_clock();

/// The wall clock as far as time limits go by it after which something is gone. A clock that was put forward ends nothing
/// before it has stood so for a day; set back it counts at once. Any thread.
class PatientClock {
public:
  PatientClock(Clock wall, SteadyClock steady);
  Time now();

private:
  Clock const wall_;
  SteadyClock const steady_;
  std::mutex mutex_;
  Time time_;
  milliseconds looked_at_;
  std::optional<milliseconds> ahead_since_; // the wall clock has run ahead of time_, on the steady clock
};

/// "2026-11-23T12:30:00Z", or with ".123" when there are milliseconds (ISO 8601, RFC 3339).
std::string to_iso8601(Time);
/// The same read back, years 0001 to 9999; nothing for any other writing.
std::optional<Time> from_iso8601(std::string_view);

} // namespace tarina::catalog
