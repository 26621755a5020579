#include "media/byte_range.hpp"
#include <algorithm>
#include <limits>

namespace tarina::media {
namespace {

std::string_view trim(std::string_view text) {
  auto const blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_bytes(std::string_view unit) { // range units are case-insensitive, section 14.1
  constexpr std::string_view bytes = "bytes";
  return std::equal(unit.begin(), unit.end(), bytes.begin(), bytes.end(), [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

/// 1*DIGIT, any length; what does not fit is larger than any file.
std::optional<std::int64_t> parse_position(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  std::int64_t value = 0;
  for (char const c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value > (most - (c - '0')) / 10 ? most : value * 10 + (c - '0');
  }
  return value;
}

} // namespace

RangeAnswer resolve_range(std::string_view header, std::int64_t size) {
  auto const equals = header.find('=');
  if (equals == header.npos || !is_bytes(trim(header.substr(0, equals)))) return WholeRepresentation{};

  std::string_view only; // the one range; list elements may be empty, section 5.6.1
  for (auto rest = header.substr(equals + 1); !rest.empty();) {
    auto const comma = std::min(rest.find(','), rest.size());
    auto const element = trim(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (element.empty()) continue;
    if (!only.empty()) return WholeRepresentation{};
    only = element;
  }

  auto const dash = only.find('-');
  if (dash == only.npos) return WholeRepresentation{};
  auto const before = only.substr(0, dash);
  auto const after = only.substr(dash + 1);

  if (before.empty()) { // the last n bytes
    auto const suffix = parse_position(after);
    if (!suffix) return WholeRepresentation{};
    if (*suffix == 0) return NotSatisfiable{};
    if (size == 0) return WholeRepresentation{}; // satisfiable, but no Content-Range could say it
    auto const length = std::min(*suffix, size);
    return ByteRange{size - length, length};
  }
  auto const first = parse_position(before);
  auto const last = after.empty() ? std::optional(std::numeric_limits<std::int64_t>::max()) : parse_position(after);
  if (!first || !last || *last < *first) return WholeRepresentation{};
  if (*first >= size) return NotSatisfiable{};
  return ByteRange{*first, std::min(*last, size - 1) - *first + 1};
}

} // namespace tarina::media
