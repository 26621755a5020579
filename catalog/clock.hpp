// Time as the catalog knows it: milliseconds since the Unix epoch in UTC, from a clock handed in.
#pragma once
#include <chrono>
#include <functional>
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

/// "2026-11-23T12:30:00Z", or with ".123" when there are milliseconds (ISO 8601, RFC 3339).
std::string to_iso8601(Time);
/// The same read back, years 0001 to 9999; nothing for any other writing.
std::optional<Time> from_iso8601(std::string_view);

} // namespace tarina::catalog
