#include "transcode/copy_check.hpp"
#include "transcode/demuxer.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::transcode {

void CopyCheck::add(AVPacket const& packet, AVStream const& stream) {
  bool const picture = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
  if (packet.pts == AV_NOPTS_VALUE || packet.dts == AV_NOPTS_VALUE || packet.size == 0 || packet.dts <= last_dts_ || packet.pts < packet.dts ||
      (picture && (packet.flags & (AV_PKT_FLAG_DISCARD | AV_PKT_FLAG_CORRUPT)) != 0)) {
    orderly_ = false; // an edit list that hides pictures, or times that are guesses
    return;
  }
  last_dts_ = packet.dts;
  bytes_ += packet.size;
  auto const time = time_of(packet, stream);
  if ((packet.flags & AV_PKT_FLAG_KEY) != 0) {
    if (packets_ > 0 && time - key_us_ > longest_gop_us) orderly_ = false;
    key_us_ = time;
  } else if (packets_ == 0) {
    orderly_ = false;
  }
  last_us_ = std::max(last_us_, time);
  ++packets_;
}

bool is_common_picture(AVStream const& stream, AVFrame const& picture, media::VideoFacts const& facts) {
  auto const& p = *stream.codecpar;
  auto const profile = p.profile & 0xff; // without the flags for constrained ones
  bool const square = picture.sample_aspect_ratio.num == 0 || picture.sample_aspect_ratio.num == picture.sample_aspect_ratio.den;
  bool const header = p.extradata_size >= 7 && p.extradata[0] == 1; // avcC
  return p.codec_id == AV_CODEC_ID_H264 && header && (profile == 66 || profile == 77 || profile == 100) && p.level > 0 && p.level <= 51 && square &&
         (picture.format == AV_PIX_FMT_YUV420P || picture.format == AV_PIX_FMT_YUVJ420P) && !facts.interlaced && !facts.mirrored && !facts.high_dynamic_range;
}

bool is_common_sound(AVStream const& stream) {
  auto const& p = *stream.codecpar;
  bool const profile = p.profile == FF_PROFILE_AAC_LOW || p.profile == FF_PROFILE_AAC_HE || p.profile == FF_PROFILE_AAC_HE_V2;
  return p.codec_id == AV_CODEC_ID_AAC && p.extradata_size >= 2 && profile && p.ch_layout.nb_channels >= 1 && p.ch_layout.nb_channels <= 2 && p.sample_rate >= 8000 &&
         p.sample_rate <= 48'000;
}

std::string codecs_of(AVCodecParameters const& p) {
  if (p.codec_type == AVMEDIA_TYPE_VIDEO) return fmt::format("avc1.{:02x}{:02x}{:02x}", p.extradata[1], p.extradata[2], p.extradata[3]);
  return fmt::format("mp4a.40.{}", p.profile + 1); // ISO/IEC 14496-3: the audio object type
}

} // namespace tarina::transcode
