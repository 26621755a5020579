#include "transcode/loudness.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

namespace tarina::transcode {
namespace {

constexpr double target = -16;       // LUFS: what phones, streams and podcasts agree on
constexpr double quietest = -50;     // LUFS; below it is a room, not a voice
constexpr double most_gain = 20;     // dB; more would bring up more noise than voice
constexpr double peak_limit = -1.5;  // dBTP
constexpr double ceiling = -2;       // dBTP of limited sound: AAC moves peaks by up to about half a decibel
constexpr double little_over = 2;    // dB of limiting that takes no loudness worth a second look
constexpr double most_given_back = 3;

double to_db(double amplitude) { return amplitude > 1e-5 ? 20 * std::log10(amplitude) : -100; }

/// So that the same sound gives the same figures everywhere.
double round_level(double level) { return std::round(level * 100) / 100; }

Levelling level_by(media::Loudness const& loudness, double gain) {
  Levelling levelling{.gain = round_level(gain)};
  levelling.over = loudness.true_peak + levelling.gain - peak_limit;
  levelling.limited = levelling.over > 0;
  return levelling;
}

std::string describe(Levelling const& levelling, int sample_rate) {
  if (!levelling.limited) return levelling.gain == 0 ? "anull" : fmt::format("volume={}dB:precision=float", levelling.gain);
  // At four times the rate the samples show the peaks between them (ITU-R BS.1770 annex 2).
  return fmt::format("aresample={},alimiter=level_in={}:limit={}:attack=5:release=50:level=0:latency=1,aresample={},aformat=sample_fmts=fltp", sample_rate * 4,
                     std::pow(10, levelling.gain / 20), std::pow(10, ceiling / 20), sample_rate);
}

} // namespace

LoudnessMeter::LoudnessMeter(int sample_rate, int channels)
    : graph_(sample_rate, channels, std::string("ebur128=metadata=1:peak=true") + (channels == 1 ? ":dualmono=1" : "")) {}

void LoudnessMeter::take() {
  while (auto frame = graph_.receive()) {
    if (av_dict_get(frame->metadata, "lavfi.r128.I", nullptr, 0) != nullptr) last_ = std::move(frame);
  }
}

void LoudnessMeter::add(AVFrame const& sound) {
  for (int c = 0; c < sound.ch_layout.nb_channels; ++c) {
    auto const* samples = reinterpret_cast<float const*>(sound.extended_data[c]);
    for (int i = 0; i < sound.nb_samples; ++i) sample_peak_ = std::max(sample_peak_, static_cast<double>(std::abs(samples[i])));
  }
  graph_.send(sound);
  take();
}

media::Loudness LoudnessMeter::finish() {
  graph_.finish();
  take();
  auto read = [&](std::string const& key, double otherwise) {
    auto const* found = last_ ? av_dict_get(last_->metadata, ("lavfi.r128." + key).c_str(), nullptr, 0) : nullptr;
    double const value = found != nullptr ? std::strtod(found->value, nullptr) : otherwise;
    return std::isfinite(value) ? value : otherwise;
  };
  // The filter writes peaks as amplitudes with three decimals, and none of the last tenth of a second.
  double peak = sample_peak_;
  for (auto const* channel : {"true_peaks_ch0", "true_peaks_ch1"}) peak = std::max(peak, read(channel, 0));
  media::Loudness loudness;
  loudness.integrated = std::max(media::Loudness::silent, round_level(read("I", media::Loudness::silent)));
  loudness.range = round_level(std::max(0.0, read("LRA", 0)));
  loudness.true_peak = round_level(to_db(peak));
  return loudness;
}

Levelling plan_levelling(media::Loudness const& loudness) {
  if (loudness.integrated < quietest) return level_by(loudness, 0);
  return level_by(loudness, std::min(most_gain, target - loudness.integrated));
}

bool needs_second_look(Levelling const& levelling) { return levelling.over > little_over && levelling.gain < most_gain; }

Levelling plan_again(Levelling const& first, media::Loudness const& before, media::Loudness const& then) {
  return level_by(before, std::min(most_gain, first.gain + std::clamp(target - then.integrated, 0.0, most_given_back)));
}

Leveller::Leveller(Levelling const& levelling, int sample_rate, int channels, std::int64_t samples)
    : graph_(sample_rate, channels, describe(levelling, sample_rate)), line_(sample_rate, channels, samples) {}

void Leveller::take() {
  while (auto frame = graph_.receive()) line_.add(*frame, AV_NOPTS_VALUE);
}

void Leveller::add(AVFrame const& sound) {
  graph_.send(sound);
  take();
}

void Leveller::finish() {
  graph_.finish();
  take();
  line_.finish();
}

} // namespace tarina::transcode
