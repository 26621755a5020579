// How a stored picture must be turned so that it stands upright.
#pragma once
#include <cstdint>

namespace tarina::transcode {

struct Orientation {
  int rotation = 0;      // clockwise degrees: 0, 90, 180, 270
  bool mirrored = false; // flip horizontally after rotating
};

/// From a container's 3×3 display matrix (ISO/IEC 14496-12 §8.3.2, 16.16 fixed point), row by row; null is upright.
/// Odd angles go to the nearest quarter turn; a matrix that collapses the picture counts as upright.
Orientation read_orientation(std::int32_t const* matrix);

} // namespace tarina::transcode
