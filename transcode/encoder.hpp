// H.264 and AAC as every player takes them, HEVC and AV1 for those that do.
#pragma once
#include "transcode/av.hpp"
#include <functional>
#include <string>

namespace tarina::transcode {

using TakePacket = std::function<void(AVPacket&)>;

/// x264 (High profile), x265 (Main) or SVT-AV1: capped CRF, closed GOPs of exactly Grid::frames_per_gop frames, BT.709 limited range.
/// Packet times count grid frames (time base 1/frame_rate). The parameter sets depend on the rendition and the grid
/// alone, so chunks made by different machines share one init.mp4. One thread: with more x264 is not repeatable under a cap.
class VideoEncoder {
public:
  VideoEncoder(media::Rendition const&, media::Grid const&);
  /// Encodes `picture` (yuv420p of the rendition's size) as grid frame `n`; frames come in order without a gap.
  void encode(AVFrame const& picture, std::int64_t n, TakePacket const& take);
  void finish(TakePacket const& take);
  AVCodecContext const& context() const { return *context_; }
  /// Frames by which decoding runs ahead of showing. A rendition's constant.
  int reorder_delay() const;
  /// RFC 6381: "avc1.64001f", "hvc1.1.6.L93.90", "av01.0.08M.08".
  std::string codecs() const;

private:
  void drain(TakePacket const& take);
  CodecContext context_;
  int frames_per_gop_;
  Packet packet_ = make_packet();
};

/// AAC-LC by libavcodec. Packet times count samples; the first is negative by the encoder's priming.
class AudioEncoder {
public:
  explicit AudioEncoder(media::AudioRendition const&);
  int samples_per_frame() const { return context_->frame_size; }
  /// Planar float of at most samples_per_frame() samples; only the last frame may be shorter.
  void encode(AVFrame& sound, TakePacket const& take);
  void finish(TakePacket const& take);
  AVCodecContext const& context() const { return *context_; }

private:
  void drain(TakePacket const& take);
  CodecContext context_;
  Packet packet_ = make_packet();
};

/// A JPEG (JFIF) of a yuvj420p picture.
std::string encode_jpeg(AVFrame const& picture, int quality);

} // namespace tarina::transcode
