// Turns packets of one stream into frames.
#pragma once
#include "transcode/av.hpp"
#include "transcode/failure.hpp"

namespace tarina::transcode {

class Decoder {
public:
  /// Fails with media.unsupported_codec, or media.damaged when the codec refuses the stream's header.
  /// `allowed` as allowed_decoders(), which it is when null.
  static outcome<Decoder> open(AVStream const&, int threads = 1, char const* allowed = nullptr);

  /// Hands over a packet, or null for the end. Damage is not an error here: the frames simply do not come.
  void send(AVPacket const* packet);
  /// The next frame, or null when the decoder wants more or has ended.
  Frame receive();

  /// Decode only key frames: enough for stills, far cheaper.
  void only_key_frames();
  /// libavcodec's name of the codec, "h264".
  std::string codec() const;
  AVRational time_base() const { return context_->pkt_timebase; }

private:
  explicit Decoder(CodecContext context) : context_(std::move(context)) {}
  CodecContext context_;
};

/// When a frame is shown, in microseconds of container time; AV_NOPTS_VALUE when nothing says.
std::int64_t time_of(AVFrame const&, AVRational time_base);

} // namespace tarina::transcode
