#include "catalog/clock.hpp"
#include <algorithm>
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

std::optional<Time> from_iso8601(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view shape = "0000-00-00T00:00:00", fraction = ".000";
  auto const matches = [](std::string_view part, std::string_view pattern) {
    return std::equal(part.begin(), part.end(), pattern.begin(), pattern.end(), [](char c, char p) { return p == '0' ? c >= '0' && c <= '9' : c == p; });
  };
  if (!text.ends_with('Z') || !matches(text.substr(0, shape.size()), shape)) return std::nullopt;
  auto const rest = text.substr(shape.size(), text.size() - shape.size() - 1);
  if (!rest.empty() && !matches(rest, fraction)) return std::nullopt;
  auto const number = [&](std::size_t at, std::size_t length) {
    int n = 0;
    for (auto const c : text.substr(at, length)) n = n * 10 + (c - '0');
    return n;
  };
  year_month_day const date{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))), day(static_cast<unsigned>(number(8, 2)))};
  if (!date.ok() || number(0, 4) < 1 || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
  return Time(sys_days(date)) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2)) + milliseconds(rest.empty() ? 0 : number(20, 3));
}

} // namespace tarina::catalog
