// Loudness after EBU R 128, and what is done so that one story is as loud as the next.
#pragma once
#include "media/package.hpp"
#include "transcode/sound_graph.hpp"
#include "transcode/sound_line.hpp"

namespace tarina::transcode {

/// Measures planar float sound of one rate and number of channels; one channel is measured as two speakers play it.
class LoudnessMeter {
public:
  LoudnessMeter(int sample_rate, int channels);
  void add(AVFrame const&);
  /// Without a gain.
  media::Loudness finish();

private:
  void take();
  SoundGraph graph_;
  Frame last_; // that carries the filter's findings
  double sample_peak_ = 0;
};

/// One gain for the whole story, and whether its peaks need a limiter at that gain.
struct Levelling {
  double gain = 0; // dB
  bool limited = false;
  double over = 0; // dB by which the highest peak would pass the limit
};

/// Towards -16 LUFS, at most 20 dB up. Nothing for what nobody would call speech: silence and the noise of a room.
Levelling plan_levelling(media::Loudness const&);
/// True when the limiter will take enough loudness to be measured.
bool needs_second_look(Levelling const&);
/// The levelling when limiting at `first` left the sound as loud as `then`: what the limiter took is given back.
Levelling plan_again(Levelling const& first, media::Loudness const& before, media::Loudness const& then);

/// Applies a levelling: as many samples out as in, in their places.
class Leveller {
public:
  Leveller(Levelling const&, int sample_rate, int channels, std::int64_t samples);
  void add(AVFrame const&);
  void finish();
  /// Levelled sound, ready to take.
  SoundLine& line() { return line_; }

private:
  void take();
  SoundGraph graph_;
  SoundLine line_;
};

} // namespace tarina::transcode
