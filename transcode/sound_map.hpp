// What can be seen of a sound: its waveform, and where somebody speaks.
#pragma once
#include "media/sound_data.hpp"
#include "transcode/sound_graph.hpp"

namespace tarina::transcode {

/// Fed with planar float sound, gives the contents of peaks.dat and speech.json.
class SoundMap {
public:
  SoundMap(int sample_rate, int channels);
  void add(AVFrame const&);
  void finish();
  /// Lowest and highest sample of each peak, as signed bytes.
  std::string const& peaks() const { return peaks_; }
  std::vector<media::SpeechSpan> speech(media::milliseconds duration) const;

private:
  void add_voice();
  void end_peak();
  void end_level();
  int window_;         // samples a peak
  SoundGraph voice_;   // what telephones leave of a voice
  std::string peaks_;
  float low_ = 0, high_ = 0;
  int in_peak_ = 0;
  std::vector<float> levels_; // dB of the voice's band, as many as peaks
  double energy_ = 0;
  int in_level_ = 0;
};

/// Finds speech in levels of its band (dB, one each `window`): louder than a threshold between the sound's own noise and
/// its own voice, pauses shorter than 0.4 s bridged, what is shorter than 0.2 s left out.
std::vector<media::SpeechSpan> find_speech(std::vector<float> const& levels, media::milliseconds window);

/// A JPEG of the waveform, for a story without picture.
std::string draw_cover(std::string const& peaks);

} // namespace tarina::transcode
