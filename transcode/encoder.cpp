#include "transcode/encoder.hpp"
#include <fmt/format.h>

namespace tarina::transcode {
namespace {

CodecContext make_encoder(char const* name) {
  auto const* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr) throw std::runtime_error(std::string("libavcodec was built without ") + name);
  CodecContext context(avcodec_alloc_context3(codec));
  if (!context) throw std::bad_alloc();
  return context;
}

/// What x264 may spend, measured by tests/bench/quality. Beyond the presets: variance against the frame's own mean (aq 2)
/// and three B-pictures in a row always (b-adapt 0) give more for their bytes on faces and on motion, and cost nothing.
struct Spending {
  char const* preset;
  char const* options;
};

Spending spending_of(media::Effort effort) {
  if (effort == media::Effort::fast) return {"veryfast", "aq-mode=2:b-adapt=0:rc-lookahead=20"};
  if (effort == media::Effort::small) return {"medium", "aq-mode=2:rc-lookahead=40"};
  return {"veryfast", "aq-mode=2:b-adapt=0:rc-lookahead=30:ref=2:trellis=1"};
}

char const* encoder_name(media::VideoCodec codec) {
  if (codec == media::VideoCodec::hevc) return "libx265";
  return codec == media::VideoCodec::av1 ? "libsvtav1" : "libx264";
}

/// Options of an encoder; freed when they are not taken either.
class Options {
public:
  ~Options() { av_dict_free(&all_); }
  void set(char const* key, std::string const& value) { av_dict_set(&all_, key, value.c_str(), 0); }
  AVDictionary** get() { return &all_; }

private:
  AVDictionary* all_ = nullptr;
};

// No header may depend on content, or chunks would not fit one init segment: no closer key frames, nothing written into
// the stream about the encoder that made it.
void set_options(Options& options, media::Rendition const& r, int gop) {
  bool const small = r.effort == media::Effort::small;
  options.set("crf", fmt::format("{:.1f}", r.crf));
  if (r.codec == media::VideoCodec::h264) {
    auto const spending = spending_of(r.effort);
    options.set("preset", spending.preset);
    options.set("profile", "high");
    options.set("forced-idr", "1");
    options.set("a53cc", "0");
    options.set("x264-params", fmt::format("keyint={0}:min-keyint={0}:scenecut=0:open-gop=0:stitchable=1:{1}", gop, spending.options));
  } else if (r.codec == media::VideoCodec::hevc) {
    options.set("preset", small ? "fast" : "superfast");
    options.set("profile", "main");
    options.set("forced-idr", "1");
    options.set("x265-params", fmt::format("keyint={0}:min-keyint={0}:scenecut=0:open-gop=0:repeat-headers=0:info=0:pools=none:frame-threads=1:vbv-maxrate={1}:vbv-bufsize={2}:log-level=none",
                                           gop, r.maxrate_kbps, r.bufsize_kbps));
  } else {
    options.set("preset", small ? "8" : "10");
    options.set("crf", fmt::format("{:.0f}", r.crf)); // whole numbers only
    options.set("svtav1-params", fmt::format("lp=1:scd=0:irefresh-type=2:mbr={}", r.maxrate_kbps));
  }
}

/// The payload of a NAL unit without its emulation prevention bytes (ISO/IEC 23008-2 7.3.1.1).
std::string unescape(std::string_view bytes) {
  std::string plain;
  int zeros = 0;
  for (char c : bytes) {
    if (zeros >= 2 && c == 3) {
      zeros = 0;
      continue;
    }
    zeros = c == 0 ? zeros + 1 : 0;
    plain += c;
  }
  return plain;
}

/// Where the payload of the first Annex B NAL unit begins whose header `is_wanted`; npos without one.
template <class Wanted> std::size_t find_nal(std::string_view data, Wanted is_wanted) {
  for (std::size_t i = 0; i + 3 < data.size(); ++i)
    if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1 && is_wanted(static_cast<unsigned char>(data[i + 3]))) return i + 3;
  return std::string_view::npos;
}

std::string name_h264(std::string_view extradata) {
  auto const at = find_nal(extradata, [](unsigned head) { return (head & 0x1f) == 7; });
  if (at == std::string_view::npos || extradata.size() < at + 4) throw std::runtime_error("the H.264 encoder gave no sequence parameter set");
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(extradata[at + i]); };
  return fmt::format("avc1.{:02x}{:02x}{:02x}", byte(1), byte(2), byte(3));
}

/// ISO/IEC 14496-15 E.3: profile, compatibility flags reversed, tier and level, constraint bytes without trailing zeros.
std::string name_hevc(std::string_view extradata) {
  auto const at = find_nal(extradata, [](unsigned head) { return (head >> 1 & 0x3f) == 33; });
  auto const set = at == std::string_view::npos ? std::string() : unescape(extradata.substr(at, 40));
  if (set.size() < 15) throw std::runtime_error("the HEVC encoder gave no sequence parameter set");
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(set[i]); };
  auto const tier = byte(3); // after the NAL header and the ids
  std::uint32_t reversed = 0;
  for (unsigned bit = 0; bit < 32; ++bit) reversed |= (byte(4 + bit / 8) >> (7 - bit % 8) & 1U) << bit;
  auto name = fmt::format("hvc1.{}.{:x}.{}{}", tier & 0x1f, reversed, (tier & 0x20) != 0 ? 'H' : 'L', byte(14));
  std::size_t last = 13;
  while (last > 7 && byte(last) == 0) --last;
  for (std::size_t i = 8; i <= last; ++i) name += fmt::format(".{:X}", byte(i));
  return name;
}

/// AV1 Codec ISO Media File Format Binding 5, from the sequence header (AV1 specification 5.5.1).
std::string name_av1(std::string_view extradata) {
  auto const byte = [&](std::size_t i) { return i < extradata.size() ? static_cast<unsigned char>(extradata[i]) : 0U; };
  // "av1C" holds it ready to read; a bare sequence header begins with its OBU header.
  if (byte(0) == 0x81) return fmt::format("av01.{}.{:02}{}.08", byte(1) >> 5, byte(1) & 0x1f, (byte(2) & 0x80) != 0 ? 'H' : 'M');
  std::size_t at = 1;
  while ((byte(at) & 0x80) != 0) ++at; // the size, seven bits a byte
  std::size_t bit = (at + 1) * 8;
  auto const read = [&](int count) {
    unsigned value = 0;
    for (; count > 0; --count, ++bit) value = value << 1 | (byte(bit / 8) >> (7 - bit % 8) & 1U);
    return value;
  };
  auto const profile = read(3);
  auto const still = read(2);
  auto const timing = read(1);
  if ((byte(0) & 0x78) != 0x08 || still != 0 || timing != 0) throw std::runtime_error("the AV1 encoder gave a sequence header of another kind");
  read(1 + 5 + 12); // display delay, number of operating points, the first one's layers
  auto const level = read(5);
  auto const tier = level > 7 ? read(1) : 0;
  return fmt::format("av01.{}.{:02}{}.08", profile, level, tier != 0 ? 'H' : 'M');
}

} // namespace

VideoEncoder::VideoEncoder(media::Rendition const& rendition, media::Grid const& grid)
    : context_(make_encoder(encoder_name(rendition.codec))), frames_per_gop_(grid.frames_per_gop) {
  auto& c = *context_;
  c.width = rendition.width;
  c.height = rendition.height;
  c.pix_fmt = AV_PIX_FMT_YUV420P;
  c.time_base = {grid.frame_rate.den, grid.frame_rate.num};
  c.framerate = to_av(grid.frame_rate);
  c.sample_aspect_ratio = {1, 1};
  c.color_range = AVCOL_RANGE_MPEG;
  c.colorspace = AVCOL_SPC_BT709;
  c.color_primaries = AVCOL_PRI_BT709;
  c.color_trc = AVCOL_TRC_BT709;
  c.chroma_sample_location = AVCHROMA_LOC_LEFT;
  c.gop_size = grid.frames_per_gop;
  c.thread_count = 1; // with more a capped rate is not repeatable, and a task made twice must be the same
  if (rendition.codec == media::VideoCodec::h264) {
    c.rc_max_rate = rendition.maxrate_kbps * 1000LL;
    c.rc_buffer_size = rendition.bufsize_kbps * 1000;
  }
  c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
  Options options;
  set_options(options, rendition, grid.frames_per_gop);
  check_av(avcodec_open2(&c, c.codec, options.get()), encoder_name(rendition.codec));
}

void VideoEncoder::encode(AVFrame const& picture, std::int64_t n, TakePacket const& take) {
  auto frame = share(picture);
  frame->pts = n;
  set_key_frame_request(*frame, n % frames_per_gop_ == 0);
  check_av(avcodec_send_frame(context_.get(), frame.get()), "picture into the encoder");
  drain(take);
}

void VideoEncoder::finish(TakePacket const& take) {
  check_av(avcodec_send_frame(context_.get(), nullptr), "end of the encoder");
  drain(take);
}

void VideoEncoder::drain(TakePacket const& take) {
  while (avcodec_receive_packet(context_.get(), packet_.get()) >= 0) {
    packet_->duration = 1;
    take(*packet_);
    av_packet_unref(packet_.get());
  }
}

std::string VideoEncoder::codecs() const {
  std::string_view const extradata(reinterpret_cast<char const*>(context_->extradata), static_cast<std::size_t>(context_->extradata_size));
  if (context_->codec_id == AV_CODEC_ID_HEVC) return name_hevc(extradata);
  return context_->codec_id == AV_CODEC_ID_AV1 ? name_av1(extradata) : name_h264(extradata);
}

AudioEncoder::AudioEncoder(media::AudioRendition const& rendition) : context_(make_encoder("aac")) {
  auto& c = *context_;
  c.sample_fmt = AV_SAMPLE_FMT_FLTP;
  c.sample_rate = rendition.sample_rate;
  av_channel_layout_default(&c.ch_layout, rendition.channels);
  c.bit_rate = rendition.bitrate_kbps * 1000LL;
  c.time_base = {1, rendition.sample_rate};
  c.thread_count = 1;
  c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  check_av(avcodec_open2(&c, c.codec, nullptr), "AAC encoder");
}

void AudioEncoder::encode(AVFrame& sound, TakePacket const& take) {
  check_av(avcodec_send_frame(context_.get(), &sound), "sound into the encoder");
  drain(take);
}

void AudioEncoder::finish(TakePacket const& take) {
  check_av(avcodec_send_frame(context_.get(), nullptr), "end of the encoder");
  drain(take);
}

void AudioEncoder::drain(TakePacket const& take) {
  while (avcodec_receive_packet(context_.get(), packet_.get()) >= 0) {
    take(*packet_);
    av_packet_unref(packet_.get());
  }
}

std::string encode_jpeg(AVFrame const& picture, int quality) {
  auto context = make_encoder("mjpeg");
  context->width = picture.width;
  context->height = picture.height;
  context->pix_fmt = AV_PIX_FMT_YUVJ420P;
  context->color_range = AVCOL_RANGE_JPEG;
  context->time_base = {1, 25};
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_QSCALE;
  context->global_quality = FF_QP2LAMBDA * quality;
  check_av(avcodec_open2(context.get(), context->codec, nullptr), "JPEG encoder");
  auto frame = share(picture);
  frame->pts = 0;
  frame->quality = FF_QP2LAMBDA * quality;
  set_key_frame_request(*frame, false);
  check_av(avcodec_send_frame(context.get(), frame.get()), "picture into JPEG");
  auto packet = make_packet();
  check_av(avcodec_receive_packet(context.get(), packet.get()), "JPEG");
  return {reinterpret_cast<char const*>(packet->data), static_cast<std::size_t>(packet->size)};
}

} // namespace tarina::transcode
