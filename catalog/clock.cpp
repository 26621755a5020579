#include "catalog/clock.hpp"
#include <fmt/format.h>

namespace tarina::catalog {
namespace {
constexpr std::chrono::minutes drift{1}; // what keeping time does to a clock between two looks
constexpr std::chrono::hours believed_after{24};
} // namespace

Clock system_clock() {
  return [] { return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()); };
}

SteadyClock steady_clock() {
  return [] { return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()); };
}

PatientClock::PatientClock(Clock wall, SteadyClock steady)
    : wall_(std::move(wall)), steady_(std::move(steady)), time_(wall_()), looked_at_(steady_()) {}

Time PatientClock::now() {
  std::lock_guard lock(mutex_);
  auto const steady = steady_();
  auto const wall = wall_();
  auto const passed = time_ + (steady - looked_at_);
  looked_at_ = steady;
  bool const ahead = wall > passed + drift;
  if (!ahead) ahead_since_.reset();
  else if (!ahead_since_) ahead_since_ = steady;
  if (ahead && steady - *ahead_since_ >= believed_after) ahead_since_.reset();
  time_ = ahead_since_ ? passed : wall;
  return time_;
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
