// One unbroken line of samples from story time 0 to its end, whatever the source's timestamps do.
#pragma once
#include "transcode/av.hpp"

namespace tarina::transcode {

/// Resamples decoded frames and lays them where their times say: silence before the first and into gaps (late sound,
/// lost or undecodable packets), nothing twice where frames overlap, silence until the end.
/// Small disagreements are left alone, or every rounded timestamp would crackle.
class SoundLine {
public:
  SoundLine(int sample_rate, int channels, std::int64_t samples);

  /// `offset_us` counts from story time 0; AV_NOPTS_VALUE continues where the last frame ended.
  void add(AVFrame const& frame, std::int64_t offset_us);
  /// Fills up with silence.
  void finish();
  /// True when the line has all its samples.
  bool full() const { return written_ >= samples_; }

  /// Samples ready to take, and at most that many of them as planar float.
  int available() const { return av_audio_fifo_size(fifo_.get()); }
  Frame take(int most);

private:
  void adapt_to(AVFrame const& frame);
  void convert(AVFrame const* frame, std::int64_t skip);
  void append(AVFrame const& frame, int first, int count);
  void append_silence(std::int64_t count);
  Frame make_sound(int samples) const;

  int sample_rate_;
  AVChannelLayout layout_{};
  std::int64_t samples_;
  std::int64_t written_ = 0;
  AudioFifo fifo_;
  Resampler resampler_;
  int in_rate_ = 0;
  int in_format_ = -1;
  AVChannelLayout in_layout_{};
};

} // namespace tarina::transcode
