#include "transcode/sound_line.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>

extern "C" {
#include <libavutil/opt.h>
}

namespace tarina::transcode {
namespace {

constexpr float loudest = 16; // of full scale, 24 dB over it: no microphone gives more, a damaged float sample does

/// Damaged float sound decodes to samples that are no numbers or beyond all measure; one of them would spoil the story's loudness.
void heal(AVFrame& sound, int count) {
  for (int c = 0; c < sound.ch_layout.nb_channels; ++c) {
    auto* samples = reinterpret_cast<float*>(sound.extended_data[c]);
    for (int i = 0; i < count; ++i) samples[i] = std::isnan(samples[i]) ? 0 : std::clamp(samples[i], -loudest, loudest);
  }
}

} // namespace

SoundLine::SoundLine(int sample_rate, int channels, std::int64_t samples) : sample_rate_(sample_rate), samples_(samples) {
  av_channel_layout_default(&layout_, channels);
  fifo_.reset(av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, channels, sample_rate));
  if (!fifo_) throw std::bad_alloc();
}

Frame SoundLine::make_sound(int samples) const {
  auto frame = make_frame();
  frame->format = AV_SAMPLE_FMT_FLTP;
  frame->sample_rate = sample_rate_;
  frame->nb_samples = samples;
  check_av(av_channel_layout_copy(&frame->ch_layout, &layout_), "channel layout");
  check_av(av_frame_get_buffer(frame.get(), 0), "sound buffer");
  return frame;
}

void SoundLine::append(AVFrame const& frame, int first, int count) {
  count = static_cast<int>(std::min<std::int64_t>(count, samples_ - written_));
  if (count <= 0) return;
  std::uint8_t* planes[AV_NUM_DATA_POINTERS] = {};
  for (int c = 0; c < layout_.nb_channels; ++c) planes[c] = frame.extended_data[c] + static_cast<std::size_t>(first) * sizeof(float);
  check_av(av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(planes), count), "sound line");
  written_ += count;
}

void SoundLine::append_silence(std::int64_t count) {
  count = std::min(count, samples_ - written_);
  while (count > 0) {
    auto const part = static_cast<int>(std::min<std::int64_t>(count, sample_rate_));
    auto silence = make_sound(part);
    check_av(av_samples_set_silence(silence->extended_data, 0, part, layout_.nb_channels, AV_SAMPLE_FMT_FLTP), "silence");
    append(*silence, 0, part);
    count -= part;
  }
}

/// Feeds a frame (or null: what the resampler still holds) and appends what comes out, without its first `skip` samples.
void SoundLine::convert(AVFrame const* frame, std::int64_t skip) {
  if (!resampler_) return;
  int const in_samples = frame != nullptr ? frame->nb_samples : 0;
  int const room = check_av(swr_get_out_samples(resampler_.get(), in_samples), "resampler");
  if (room == 0) return;
  auto out = make_sound(room);
  auto const** in = frame != nullptr ? const_cast<std::uint8_t const**>(frame->extended_data) : nullptr;
  int const made = check_av(swr_convert(resampler_.get(), out->extended_data, room, in, in_samples), "resampler");
  heal(*out, made);
  auto const from = static_cast<int>(std::min<std::int64_t>(skip, made));
  append(*out, from, made - from);
}

void SoundLine::adapt_to(AVFrame const& frame) {
  AVChannelLayout layout{};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&layout, frame.ch_layout.nb_channels);
  else check_av(av_channel_layout_copy(&layout, &frame.ch_layout), "channel layout");
  bool const same = resampler_ && in_rate_ == frame.sample_rate && in_format_ == frame.format && av_channel_layout_compare(&in_layout_, &layout) == 0;
  if (!same) {
    convert(nullptr, 0);
    SwrContext* context = nullptr;
    check_av(swr_alloc_set_opts2(&context, &layout_, AV_SAMPLE_FMT_FLTP, sample_rate_, &layout, static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr), "resampler");
    resampler_.reset(context);
    av_opt_set_double(context, "rematrix_maxval", 1.0, 0); // a mix of six channels must not clip
    check_av(swr_init(context), "resampler");
    in_rate_ = frame.sample_rate;
    in_format_ = frame.format;
    av_channel_layout_uninit(&in_layout_);
    check_av(av_channel_layout_copy(&in_layout_, &layout), "channel layout");
  }
  av_channel_layout_uninit(&layout);
}

void SoundLine::add(AVFrame const& frame, std::int64_t offset_us) {
  if (frame.nb_samples <= 0 || frame.sample_rate <= 0 || frame.ch_layout.nb_channels <= 0 || frame.ch_layout.nb_channels > AV_NUM_DATA_POINTERS) return;
  adapt_to(frame);
  std::int64_t skip = 0;
  if (offset_us != AV_NOPTS_VALUE) {
    auto const position = av_rescale(offset_us, sample_rate_, 1'000'000);
    auto const off_by = position - (written_ + swr_get_delay(resampler_.get(), sample_rate_));
    auto const tolerance = written_ == 0 ? 0 : sample_rate_ / 20;
    if (off_by > tolerance) {
      convert(nullptr, 0);
      resampler_.reset();
      adapt_to(frame);
      append_silence(position - written_);
    } else if (off_by < -tolerance) {
      skip = -off_by;
    }
  }
  convert(&frame, skip);
}

void SoundLine::finish() {
  convert(nullptr, 0);
  append_silence(samples_ - written_);
}

Frame SoundLine::take(int most) {
  auto frame = make_sound(std::min(most, available()));
  check_av(av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame->extended_data), frame->nb_samples), "sound line");
  return frame;
}

} // namespace tarina::transcode
