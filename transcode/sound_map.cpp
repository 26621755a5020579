#include "transcode/sound_map.hpp"
#include <algorithm>
#include <cmath>

namespace tarina::transcode {
namespace {

constexpr float inaudible = -90; // dB
constexpr float no_voice = -55;  // dB in a levelled story

char to_byte(float sample) { return static_cast<char>(std::clamp(static_cast<int>(std::lround(sample * 127)), -128, 127)); }

float percentile(std::vector<float> sorted, double share) {
  auto const at = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return *at;
}

} // namespace

SoundMap::SoundMap(int sample_rate, int channels)
    : window_(media::samples_per_peak(sample_rate)), voice_(sample_rate, channels, "aformat=sample_fmts=fltp:channel_layouts=mono,highpass=f=200,lowpass=f=3400") {}

void SoundMap::add(AVFrame const& sound) {
  for (int i = 0; i < sound.nb_samples; ++i) {
    for (int c = 0; c < sound.ch_layout.nb_channels; ++c) {
      auto const sample = reinterpret_cast<float const*>(sound.extended_data[c])[i];
      low_ = std::min(low_, sample);
      high_ = std::max(high_, sample);
    }
    if (++in_peak_ == window_) end_peak();
  }
  voice_.send(sound);
  add_voice();
}

void SoundMap::add_voice() {
  while (auto frame = voice_.receive()) {
    auto const* samples = reinterpret_cast<float const*>(frame->data[0]);
    for (int i = 0; i < frame->nb_samples; ++i) {
      energy_ += static_cast<double>(samples[i]) * samples[i];
      if (++in_level_ == window_) end_level();
    }
  }
}

void SoundMap::end_peak() {
  peaks_ += to_byte(low_);
  peaks_ += to_byte(high_);
  low_ = high_ = 0;
  in_peak_ = 0;
}

void SoundMap::end_level() {
  levels_.push_back(energy_ > 0 ? std::max(inaudible, static_cast<float>(10 * std::log10(energy_ / in_level_))) : inaudible);
  energy_ = 0;
  in_level_ = 0;
}

void SoundMap::finish() {
  voice_.finish();
  add_voice();
  if (in_peak_ > 0) end_peak();
  if (in_level_ > 0) end_level();
}

std::vector<media::SpeechSpan> SoundMap::speech(media::milliseconds duration) const {
  auto spans = find_speech(levels_, media::milliseconds(1000 / media::peaks_per_second));
  while (!spans.empty() && spans.back().start >= duration) spans.pop_back();
  if (!spans.empty()) spans.back().end = std::min(spans.back().end, duration);
  return spans;
}

std::vector<media::SpeechSpan> find_speech(std::vector<float> const& levels, media::milliseconds window) {
  std::vector<float> audible;
  std::copy_if(levels.begin(), levels.end(), std::back_inserter(audible), [](float level) { return level > inaudible; });
  if (audible.empty()) return {};
  auto const voice = percentile(audible, 0.95);
  if (voice < no_voice) return {};
  // Noise is what the quietest tenth has; where somebody speaks without a pause there is none to be seen.
  auto const noise = percentile(audible, 0.1);
  auto const threshold = std::clamp(noise + std::max(5.0F, 0.4F * (voice - noise)), voice - 30, voice - 6);

  constexpr media::milliseconds pause(400), shortest(200);
  std::vector<media::SpeechSpan> spans;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] <= threshold) continue;
    auto const start = window * static_cast<std::int64_t>(i);
    if (!spans.empty() && start - spans.back().end < pause) spans.back().end = start + window;
    else spans.push_back({start, start + window});
  }
  std::erase_if(spans, [&](media::SpeechSpan const& span) { return span.end - span.start < shortest; });
  return spans;
}

} // namespace tarina::transcode
