#include "transcode/orientation.hpp"
#include <cmath>

namespace tarina::transcode {

Orientation read_orientation(std::int32_t const* matrix) {
  if (matrix == nullptr) return {};
  // (x, y) → (a·x + c·y, b·x + d·y), y pointing down. Doubles, because av_display_rotation_get divides by the
  // columns' lengths and turns a zero matrix into a rotation of INT64_MIN degrees.
  double const a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  double const determinant = a * d - b * c;
  if (determinant == 0) return {};
  Orientation orientation{.rotation = 0, .mirrored = determinant < 0};
  double const angle = std::atan2(b, orientation.mirrored ? -a : a);
  auto const quarters = static_cast<int>(std::lround(angle / std::acos(0.0)));
  orientation.rotation = (quarters % 4 + 4) % 4 * 90;
  return orientation;
}

} // namespace tarina::transcode
