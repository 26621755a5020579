// Whether a source's own packets can be shown to browsers as they are.
#pragma once
#include "transcode/av.hpp"

namespace tarina::transcode {

/// Between the story's beginning and that of a copied stream; encoding fills larger gaps.
inline constexpr std::int64_t latest_copied_start_us = 100'000;

/// What one pass over a stream's packets says about copying them.
class CopyCheck {
public:
  void add(AVPacket const&, AVStream const&);
  /// Times are complete and rise, and of a picture a key frame comes at least every ten seconds.
  bool is_orderly() const { return orderly_ && last_us_ - key_us_ <= longest_gop_us; }
  std::int64_t bytes() const { return bytes_; }

private:
  static constexpr std::int64_t longest_gop_us = 10'000'000;
  bool orderly_ = true;
  std::int64_t packets_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t last_dts_ = INT64_MIN;
  std::int64_t key_us_ = 0;
  std::int64_t last_us_ = 0;
};

/// H.264 as every browser decodes it (8-bit 4:2:0 progressive, Baseline to High, up to level 5.1, square pixels, its
/// parameter sets in the header), upright or turned, not mirrored. `picture` is a decoded one.
bool is_common_picture(AVStream const&, AVFrame const& picture, media::VideoFacts const&);
/// AAC-LC or HE-AAC, mono or stereo.
bool is_common_sound(AVStream const&);

/// RFC 6381, "avc1.64001f", from an `avcC` (ISO/IEC 14496-15 §5.3.3.1); "mp4a.40.2" for AAC.
std::string codecs_of(AVCodecParameters const&);

} // namespace tarina::transcode
