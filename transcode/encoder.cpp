#include "transcode/encoder.hpp"
#include "transcode/codec_name.hpp"
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

int VideoEncoder::reorder_delay() const {
  constexpr int pyramid = 2; // of x265's presets in use; libavcodec does not tell it
  return context_->codec_id == AV_CODEC_ID_HEVC ? pyramid : context_->has_b_frames;
}

std::string VideoEncoder::codecs() const { return codec_name(*context_); }

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
