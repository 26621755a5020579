// One rendition on its way from scaled pictures to segments.
#pragma once
#include "media/rendition.hpp"
#include "transcode/av.hpp"
#include <memory>

namespace tarina::transcode {

class Outputs;

/// Encodes pictures and sends the segments. With a thread of its own, so that one decoder feeds all renditions at once
/// and every encoder may be single-threaded: what frame threads lose is kept, and all cores still have work.
class RenditionLine {
public:
  struct Order {
    int track = 0;         // number in the task
    int first_segment = 0;
    bool own_thread = true;
    std::size_t waits_for = 0; // with a thread of its own: holds back this many pictures at most until release()
  };
  RenditionLine(Order, media::Rendition const&, media::Grid const&, Outputs&);
  ~RenditionLine(); // what still waits is dropped
  RenditionLine(RenditionLine&&) noexcept;

  /// Shows `picture` (yuv420p of the rendition's size) in grid frames [first, first+count), which come in order without
  /// a gap. Waits while a few pictures wait already. Throws what ended the line.
  void put(Frame picture, std::int64_t first, std::int64_t count);
  void release();
  bool has_sent_segment() const;
  /// Encodes and sends what is left.
  void finish();

private:
  struct Line;
  std::unique_ptr<Line> line_;
};

} // namespace tarina::transcode
