// The clock of subtitle files.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tarina::media {

/// "HH:MM:SS.mmm" with the given decimal mark; times before zero are zero.
std::string format_timestamp(std::chrono::milliseconds, char mark);

/// A timestamp as files have it: "[[h…:]m:]s[(.|,)f…]".
struct Timestamp {
  std::chrono::milliseconds at{};
  bool guessed = false; // not three decimals, or no minutes: read all the same
};
std::optional<Timestamp> parse_timestamp(std::string_view);

} // namespace tarina::media
