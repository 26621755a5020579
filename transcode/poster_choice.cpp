#include "transcode/poster_choice.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tarina::transcode {
namespace {

constexpr int grid_width = 16, grid_height = 9;
constexpr int dark = 20, bright = 245;   // brightness, full range: nothing is to be seen beyond
constexpr double same = 2;               // thumbnails closer than that show the same picture
constexpr double quite_different = 24;   // from here on more difference is not worth less quality
constexpr double good_enough = 0.3;      // of the best one's quality

unsigned char const* row_of(AVFrame const& picture, int plane, int y) { return picture.data[plane] + static_cast<std::ptrdiff_t>(y) * picture.linesize[plane]; }

/// Mean of one cell of a grid laid over a plane.
unsigned char mean_of(AVFrame const& picture, int plane, int cell_x, int cell_y) {
  int const width = plane == 0 ? picture.width : (picture.width + 1) / 2;
  int const height = plane == 0 ? picture.height : (picture.height + 1) / 2;
  int const left = std::min(width - 1, cell_x * width / grid_width), right = std::clamp((cell_x + 1) * width / grid_width, left + 1, width);
  int const top = std::min(height - 1, cell_y * height / grid_height), bottom = std::clamp((cell_y + 1) * height / grid_height, top + 1, height);
  std::int64_t sum = 0;
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) sum += row_of(picture, plane, y)[x];
  return static_cast<unsigned char>(sum / ((right - left) * (bottom - top)));
}

/// Sharpness is how strongly the second derivative answers where it answers at all: the mean over the whole would call a
/// sharp face before a wall blurred and a noisy wall sharp.
double sharpness_of(AVFrame const& picture) {
  std::array<std::int64_t, 1024> answers{};
  std::int64_t pixels = 0;
  for (int y = 1; y + 1 < picture.height; ++y) {
    auto const *above = row_of(picture, 0, y - 1), *row = row_of(picture, 0, y), *below = row_of(picture, 0, y + 1);
    for (int x = 1; x + 1 < picture.width; ++x) {
      auto const laplacian = std::abs(4 * row[x] - row[x - 1] - row[x + 1] - above[x] - below[x]);
      ++answers[static_cast<std::size_t>(std::min(laplacian, 1023))];
      ++pixels;
    }
  }
  auto left = std::max<std::int64_t>(1, pixels / 50); // the strongest fiftieth
  std::int64_t const counted = left;
  double sum = 0;
  for (std::size_t value = answers.size(); value-- > 0 && left > 0;) {
    auto const taken = std::min(left, answers[value]);
    sum += static_cast<double>(taken) * static_cast<double>(value);
    left -= taken;
  }
  return sum / static_cast<double>(counted);
}

/// 1 for a picture with light and shade, less the more of it is black or burnt out.
double exposure_of(AVFrame const& picture) {
  std::int64_t lost = 0, sum = 0;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      int const value = row_of(picture, 0, y)[x];
      lost += value < dark || value > bright;
      sum += value;
    }
  }
  auto const pixels = static_cast<double>(picture.width) * picture.height;
  auto const brightness = static_cast<double>(sum) / pixels;
  double const light = brightness < 24 || brightness > 240 ? 0.05 : brightness < 50 ? 0.5 : 1;
  return light * (1 - 0.9 * std::max(0.0, static_cast<double>(lost) / pixels - 0.3));
}

} // namespace

PosterView PosterView::of(AVFrame const& picture) {
  PosterView view;
  // A root: twice as sharp is not twice as good.
  view.quality = exposure_of(picture) * std::sqrt(sharpness_of(picture));
  std::size_t at = 0;
  for (int plane = 0; plane < 3; ++plane)
    for (int y = 0; y < grid_height; ++y)
      for (int x = 0; x < grid_width; ++x) view.thumbnail[at++] = mean_of(picture, plane, x, y);
  return view;
}

double PosterView::distance(PosterView const& other) const {
  int sum = 0;
  for (std::size_t i = 0; i < thumbnail.size(); ++i) sum += std::abs(thumbnail[i] - other.thumbnail[i]);
  return static_cast<double>(sum) / static_cast<double>(thumbnail.size());
}

void PosterChoice::add(std::int64_t n, AVFrame const& picture, PosterView const& view, double weight) {
  auto const stretches = static_cast<std::int64_t>(stretches_.size());
  auto const stretch = std::clamp<std::int64_t>(n * stretches / std::max<std::int64_t>(expected_, 1), 0, stretches - 1);
  auto& best = stretches_[static_cast<std::size_t>(stretch)];
  if (auto const score = view.quality * weight; score > best.score) best = {score, view, share(picture)};
}

std::vector<Frame> PosterChoice::choose(std::size_t most) {
  std::vector<Candidate*> left, chosen;
  for (auto& candidate : stretches_)
    if (candidate.picture) left.push_back(&candidate);
  std::vector<Frame> pictures;
  while (!left.empty() && chosen.size() < most) {
    auto worth = [&](Candidate const* candidate) {
      double nearest = 255;
      for (auto const* other : chosen) nearest = std::min(nearest, candidate->view.distance(other->view));
      bool const bad = !chosen.empty() && candidate->score < good_enough * chosen.front()->score;
      return bad || nearest < same ? -1 : candidate->score * std::min(1.0, nearest / quite_different);
    };
    auto const next = std::max_element(left.begin(), left.end(), [&](auto const* a, auto const* b) { return worth(a) < worth(b); });
    if (!chosen.empty() && worth(*next) < 0) break;
    chosen.push_back(*next);
    left.erase(next);
  }
  for (auto* candidate : chosen) pictures.push_back(std::move(candidate->picture));
  return pictures;
}

} // namespace tarina::transcode
