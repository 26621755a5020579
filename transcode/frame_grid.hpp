// Puts pictures of any timing onto a constant grid, without drift and the same way in every chunk.
#pragma once
#include "transcode/picture_reader.hpp"

namespace tarina::transcode {

/// Grid frame whose slot a moment falls into: the nearest one. `offset_us` counts from story time 0.
std::int64_t nearest_frame(std::int64_t offset_us, media::Fraction frame_rate);

/// Where story time 0 lies when the first picture comes at `picture_us` and the first sound at `sound_us` (container
/// time): at the earlier of the two, moved so that pictures of a constant rate fall on grid points and not between two,
/// where rounding would drop and double them. A lead of the sound below 30 ms, mostly an encoder's priming, is cut.
std::int64_t find_start(std::int64_t picture_us, std::int64_t sound_us, media::Fraction frame_rate);

/// One picture and the grid frames [first, first+count) that show it.
struct Shown {
  Picture picture;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Walks a reader over the grid frames [first, end). Every grid frame is shown by the last picture that is not later
/// than its slot; before the first picture the first one stands in, after the last one it stays.
class FrameGrid {
public:
  FrameGrid(PictureReader& reader, media::Fraction frame_rate, std::int64_t start_us, std::int64_t first, std::int64_t end)
      : reader_(&reader), frame_rate_(frame_rate), start_us_(start_us), next_(first), end_(end) {}

  /// The next picture that is shown at all; nothing when the span is filled or no picture ever came.
  std::optional<Shown> next();
  std::int64_t pictures_read() const { return pictures_read_; }

private:
  PictureReader* reader_;
  media::Fraction frame_rate_;
  std::int64_t start_us_;
  std::int64_t next_;
  std::int64_t end_;
  std::optional<Picture> pending_;
  std::int64_t pictures_read_ = 0;
};

} // namespace tarina::transcode
