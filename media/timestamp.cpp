#include "media/timestamp.hpp"
#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tarina::media {
namespace {

/// At most six digits, so that sums stay far from overflow; hours beyond that are no story.
std::optional<int> parse_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  int value = 0;
  for (char const c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

} // namespace

std::string format_timestamp(std::chrono::milliseconds at, char mark) {
  auto const ms = std::max<std::int64_t>(0, at.count());
  return fmt::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, mark, ms % 1000);
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  auto const mark = text.find_first_of(".,");
  auto clock = text.substr(0, mark);
  std::array<int, 3> parts{}; // seconds, minutes, hours
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    if (count == parts.size()) return std::nullopt;
    auto const colon = clock.rfind(':');
    auto const number = parse_number(colon == clock.npos ? clock : clock.substr(colon + 1));
    if (!number) return std::nullopt;
    parts[count] = *number;
    more = colon != clock.npos;
    if (more) clock = clock.substr(0, colon);
  }
  if (parts[0] > 59 || (count > 2 && parts[1] > 59)) return std::nullopt;

  Timestamp stamp;
  stamp.at = std::chrono::hours(parts[2]) + std::chrono::minutes(parts[1]) + std::chrono::seconds(parts[0]);
  if (count < 2) stamp.guessed = true;
  if (mark == text.npos) {
    stamp.guessed = true;
  } else {
    auto const decimals = text.substr(mark + 1);
    auto padded = std::string(decimals.substr(0, 3));
    if (decimals.empty() || decimals.size() > 9 || decimals.find_first_not_of("0123456789") != decimals.npos) return std::nullopt;
    if (decimals.size() != 3) stamp.guessed = true;
    padded.resize(3, '0');
    stamp.at += std::chrono::milliseconds(*parse_number(padded));
  }
  return stamp;
}

} // namespace tarina::media
