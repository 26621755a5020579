// Makes upright, square-pixel, 8-bit pictures of every size a task wants out of whatever the decoder gave.
#pragma once
#include "transcode/av.hpp"
#include <vector>

namespace tarina::transcode {

/// What the pictures are for: BT.709 limited range for H.264, or full-range BT.601 as JFIF wants it.
enum class Colours { video, jpeg };

struct Size {
  int width = 0;  // even
  int height = 0; // even
};

/// Orientation, tone mapping, colour conversion and cascaded scaling: one picture in, one of each size out, no delay.
class PictureFilter {
public:
  /// `sizes` from large to small; each is scaled from the one before, a third of the cost of scaling all from the source.
  PictureFilter(media::VideoFacts source, std::vector<Size> sizes, Colours colours);
  std::vector<Frame> apply(AVFrame const& picture);

private:
  void build(AVFrame const& picture);
  std::string describe_graph(AVFrame const& picture) const;

  media::VideoFacts source_;
  std::vector<Size> sizes_;
  Colours colours_;
  FilterGraph graph_;
  AVFilterContext* input_ = nullptr;
  std::vector<AVFilterContext*> outputs_;
  // What the graph was built for; a recording from a call changes size in the middle.
  int width_ = 0, height_ = 0, format_ = -1, transfer_ = -1, range_ = -1, matrix_ = -1;
};

/// Interlaced pictures to progressive ones at the same rate (bwdif), one picture late.
class Deinterlacer {
public:
  explicit Deinterlacer(AVRational time_base) : time_base_(time_base) {}
  /// Null for the end.
  void send(AVFrame const* picture);
  Frame receive();

private:
  void build(AVFrame const& picture);
  AVRational time_base_;
  FilterGraph graph_;
  AVFilterContext* input_ = nullptr;
  AVFilterContext* output_ = nullptr;
  int width_ = 0, height_ = 0, format_ = -1;
};

} // namespace tarina::transcode
