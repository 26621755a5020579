// The picture of a story that has none: its own waveform.
#include "transcode/encoder.hpp"
#include "transcode/sound_map.hpp"
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace tarina::transcode {
namespace {

constexpr int width = media::cover_width, height = media::cover_height;
constexpr int bars = 96, pitch = 12, bar_width = 8; // pixels, even: a chroma sample covers two
constexpr int tallest = 400;
constexpr int jpeg_quality = 3;

struct Colour {
  int y, cb, cr;
};

constexpr Colour from_rgb(int r, int g, int b) { // JFIF 1.02
  return {static_cast<int>(0.299 * r + 0.587 * g + 0.114 * b + 0.5), static_cast<int>(-0.1687 * r - 0.3313 * g + 0.5 * b + 128.5),
          static_cast<int>(0.5 * r - 0.4187 * g - 0.0813 * b + 128.5)};
}

// The service's spruce green and the green of its player.
constexpr Colour ground = from_rgb(0x13, 0x3f, 0x2f), ink = from_rgb(0x93, 0xd6, 0xb4);

void fill(AVFrame& picture, int plane, int lines, int value) {
  std::memset(picture.data[plane], value, static_cast<std::size_t>(picture.linesize[plane]) * static_cast<std::size_t>(lines));
}

/// A bar with round ends around the middle line, `half` pixels up and down.
void draw_bar(AVFrame& picture, int left, int half) {
  constexpr int radius = bar_width / 2;
  auto inside = [&](int x, int y) {
    auto const dx = x - (left + radius) + 0.5, dy = std::max(0.0, std::abs(y - height / 2 + 0.5) - (half - radius));
    return dx * dx + dy * dy <= radius * radius;
  };
  auto draw = [&](int plane, int step, int value) {
    for (int y = (height / 2 - half) / step; y < (height / 2 + half) / step; ++y)
      for (int x = left / step; x < (left + bar_width) / step; ++x)
        if (inside(x * step + step / 2, y * step + step / 2)) picture.data[plane][static_cast<std::ptrdiff_t>(y) * picture.linesize[plane] + x] = static_cast<std::uint8_t>(value);
  };
  draw(0, 1, ink.y);
  draw(1, 2, ink.cb);
  draw(2, 2, ink.cr);
}

/// How high each bar is, 0 to 1: the mean of its peaks, so that one clap is not the tallest.
std::array<double, bars> measure(std::string const& peaks) {
  std::array<double, bars> heights{};
  auto const count = peaks.size() / 2;
  for (std::size_t bar = 0; count > 0 && bar < bars; ++bar) {
    auto const first = bar * count / bars, last = std::max(first + 1, (bar + 1) * count / bars);
    for (auto i = first; i < last; ++i) heights[bar] += std::max(std::abs(static_cast<signed char>(peaks[2 * i])), std::abs(static_cast<signed char>(peaks[2 * i + 1])));
    heights[bar] /= static_cast<double>(last - first);
  }
  auto const highest = *std::max_element(heights.begin(), heights.end());
  for (auto& h : heights) h = highest > 0 ? h / highest : 0;
  return heights;
}

} // namespace

std::string draw_cover(std::string const& peaks) {
  auto picture = make_frame();
  picture->format = AV_PIX_FMT_YUVJ420P;
  picture->width = width;
  picture->height = height;
  check_av(av_frame_get_buffer(picture.get(), 0), "cover");
  fill(*picture, 0, height, ground.y);
  fill(*picture, 1, height / 2, ground.cb);
  fill(*picture, 2, height / 2, ground.cr);
  auto const heights = measure(peaks);
  for (int bar = 0; bar < bars; ++bar) {
    auto const half = static_cast<int>(std::lround(heights[static_cast<std::size_t>(bar)] * tallest / 4)) * 2;
    draw_bar(*picture, (width - bars * pitch + pitch - bar_width) / 2 + bar * pitch, std::max(bar_width / 2, half));
  }
  return encode_jpeg(*picture, jpeg_quality);
}

} // namespace tarina::transcode
