// RFC 9110 section 14: Range requests over a representation of known length.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace tarina::media {

/// Bytes [first, first+length).
struct ByteRange {
  std::int64_t first = 0;
  std::int64_t length = 0;
  bool operator==(ByteRange const&) const = default;
};

struct WholeRepresentation {}; // no usable Range header: answer 200
struct NotSatisfiable {};      // answer 416 with Content-Range: bytes */size
using RangeAnswer = std::variant<WholeRepresentation, NotSatisfiable, ByteRange>;

/// Parses a Range header against `size` bytes. Several ranges, other units and broken syntax are ignored (whole).
RangeAnswer resolve_range(std::string_view header, std::int64_t size);

} // namespace tarina::media
