#include "catalog/clock.hpp"
#include <fmt/format.h>

namespace tarina::catalog {

Clock system_clock() {
  return [] { return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()); };
}

SteadyClock steady_clock() {
  return [] { return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()); };
}

std::string to_iso8601(Time time) {
  auto const day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const clock(time - day);
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                          static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) text += fmt::format(".{:03}", clock.subseconds().count());
  return text + "Z";
}

} // namespace tarina::catalog
