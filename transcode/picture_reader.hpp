// Decoded, progressive pictures of one video stream in display order, from a moment on.
#pragma once
#include "transcode/decoder.hpp"
#include "transcode/demuxer.hpp"
#include "transcode/filters.hpp"
#include <deque>
#include <optional>

namespace tarina::transcode {

struct Picture {
  Frame frame;
  std::int64_t time_us = 0; // container time
};

class PictureReader {
public:
  /// Starts at the last key frame at or before `from_us` (container time), or at the beginning if there is none.
  static outcome<PictureReader> open(int fd, media::VideoFacts const& source, std::int64_t from_us, int threads);
  static outcome<PictureReader> open_key_frames(int fd, media::VideoFacts const& source);

  /// The next picture, later than the one before; nothing at the end.
  std::optional<Picture> read();

private:
  PictureReader(Demuxer demuxer, Decoder decoder, media::VideoFacts const& source);
  bool feed();
  void collect(Frame frame);

  Demuxer demuxer_;
  Decoder decoder_;
  std::optional<Deinterlacer> deinterlacer_;
  int stream_;
  AVRational time_base_;
  std::int64_t interval_us_;
  std::int64_t skip_packets_ = 0;                // to the key frame, when the container cannot seek
  bool wait_for_key_ = false;
  std::int64_t not_before_us_ = INT64_MIN;       // leading pictures of an open GOP refer to what was not decoded
  std::int64_t last_us_ = INT64_MIN;
  bool ended_ = false;
  std::deque<Picture> ready_;
  Packet packet_ = make_packet();
};

} // namespace tarina::transcode
