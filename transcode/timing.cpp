#include "transcode/timing.hpp"
#include <algorithm>
#include <array>
#include <cmath>

namespace tarina::transcode {
namespace {

using media::Fraction;
constexpr std::array usual_rates{Fraction{24000, 1001}, Fraction{24, 1}, Fraction{25, 1}, Fraction{30000, 1001}, Fraction{30, 1},
                                 Fraction{48, 1}, Fraction{50, 1}, Fraction{60000, 1001}, Fraction{60, 1}};
constexpr std::int64_t longest_last_picture_us = 10'000'000; // a slide may stay; anything beyond is a header's invention

double value(Fraction f) { return static_cast<double>(f.num) / f.den; }

/// The usual rate within half a thousandth (23.976 and 24 differ by one), or within 0.4 % when nothing is nearer.
Fraction snap(double rate, Fraction container_rate) {
  Fraction best{};
  double distance = 1;
  for (auto usual : usual_rates) {
    auto const d = std::abs(value(usual) / rate - 1);
    if (d < distance) distance = d, best = usual;
  }
  if (distance < 0.004) return best;
  if (container_rate.num > 0 && container_rate.den > 0 && container_rate.num <= 120'000 && std::abs(value(container_rate) / rate - 1) < 0.002) return container_rate;
  return {static_cast<int>(std::lround(rate * 100)), 100};
}

Fraction reduce(Fraction f) {
  int a = f.num, b = f.den;
  while (b != 0) std::swap(a, b), b %= a;
  return a == 0 ? f : Fraction{f.num / a, f.den / a};
}

} // namespace

void StreamTiming::add(std::int64_t time_us, std::int64_t duration_us, bool keep_times) {
  if (packets == 0 || time_us < first_us) first_us = time_us;
  ++packets;
  if (time_us >= last_us) last_us = time_us, last_duration_us = duration_us;
  if (keep_times) times.push_back(time_us);
}

void StreamTiming::settle() {
  std::sort(times.begin(), times.end());
  auto duration = last_duration_us;
  if (!times.empty() && (duration <= 0 || duration > longest_last_picture_us)) duration = median_interval_us();
  end_us = packets == 0 ? 0 : last_us + std::clamp<std::int64_t>(duration, 0, longest_last_picture_us);
}

std::int64_t StreamTiming::median_interval_us() const {
  std::vector<std::int64_t> intervals;
  intervals.reserve(times.size());
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (times[i] > times[i - 1]) intervals.push_back(times[i] - times[i - 1]);
  }
  if (intervals.empty()) return 0;
  auto const middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
  std::nth_element(intervals.begin(), middle, intervals.end());
  return *middle;
}

Fraction choose_frame_rate(StreamTiming const& timing, Fraction container_rate, bool pairs_of_fields) {
  auto const median = timing.median_interval_us();
  if (median == 0) return {25, 1};
  std::int64_t even = 0, sum = 0;
  for (std::size_t i = 1; i < timing.times.size(); ++i) {
    // Timestamps in milliseconds make 33 and 34 of 33.4.
    auto const interval = timing.times[i] - timing.times[i - 1];
    if (std::abs(interval - median) > std::max<std::int64_t>(median / 10, 1500)) continue;
    ++even;
    sum += interval;
  }
  bool const constant = even * 10 >= static_cast<std::int64_t>(timing.times.size() - 1) * 9;
  // The mean of many intervals is far more exact than one rounded one, and lost pictures do not bend it.
  double rate = 1e6 / (constant ? static_cast<double>(sum) / static_cast<double>(even) : static_cast<double>(median));
  if (pairs_of_fields) rate /= 2;
  if (rate < 0.5) return {10, 1}; // slides

  if (!constant) {
    for (auto usual : {Fraction{25, 1}, Fraction{30, 1}, Fraction{50, 1}, Fraction{60, 1}}) {
      if (value(usual) >= rate * 0.97) return usual;
    }
    return {60, 1};
  }
  auto exact = snap(rate, container_rate);
  if (value(exact) > 60.01) exact.den *= static_cast<int>(std::ceil(value(exact) / 60.01));
  if (value(exact) < 10) exact.num *= static_cast<int>(std::ceil(10 / value(exact)));
  return reduce(exact);
}

} // namespace tarina::transcode
