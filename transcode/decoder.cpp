#include "transcode/decoder.hpp"
#include "transcode/demuxer.hpp"
#include "transcode/limits.hpp"

namespace tarina::transcode {

outcome<Decoder> Decoder::open(AVStream const& stream, int threads, char const* allowed) {
  auto const* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  if (codec == nullptr) return bad_media("media.unsupported_codec", std::string("no decoder for ") + avcodec_get_name(stream.codecpar->codec_id));
  CodecContext context(avcodec_alloc_context3(codec));
  if (!context) throw std::bad_alloc();
  if (avcodec_parameters_to_context(context.get(), stream.codecpar) < 0) return bad_media("media.damaged", "broken codec parameters");
  context->pkt_timebase = stream.time_base;
  context->thread_count = threads;
  context->max_pixels = limits::pixels;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "codec_whitelist", allowed != nullptr ? allowed : allowed_decoders(), 0);
  int const opened = avcodec_open2(context.get(), codec, &options);
  av_dict_free(&options);
  // libavcodec says EINVAL for a decoder that is not on the list, and for little else here.
  if (opened == AVERROR(EINVAL)) return bad_media("media.unsupported_codec", std::string("codec not accepted: ") + codec->name);
  if (opened < 0) return bad_media("media.damaged", std::string(codec->name) + ": " + describe_av_error(opened));
  return Decoder(std::move(context));
}

void Decoder::send(AVPacket const* packet) { avcodec_send_packet(context_.get(), packet); }

Frame Decoder::receive() {
  auto frame = make_frame();
  if (avcodec_receive_frame(context_.get(), frame.get()) < 0) return nullptr;
  return frame;
}

void Decoder::only_key_frames() { context_->skip_frame = AVDISCARD_NONKEY; }

std::string Decoder::codec() const { return avcodec_get_name(context_->codec_id); }

std::int64_t time_of(AVFrame const& frame, AVRational time_base) {
  auto const ticks = frame.best_effort_timestamp;
  return ticks == AV_NOPTS_VALUE ? AV_NOPTS_VALUE : av_rescale_q(ticks, time_base, microseconds);
}

} // namespace tarina::transcode
