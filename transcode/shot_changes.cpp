#include "transcode/shot_changes.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tarina::transcode {
namespace {

constexpr double least_change = 12; // levels; below it two pictures may well be of one shot
constexpr double stands_out = 4;    // times the mean change around it
constexpr double stands_alone = 2;  // times any other change around it, but for a cut blurred over two pictures
constexpr double comes_back = 0.5;  // share of the change: pictures nearer than that on both sides are one shot with a flash in it

/// `share` of a second, in frames.
std::int64_t frames_of(double share, media::Fraction rate) { return std::max<std::int64_t>(1, static_cast<std::int64_t>(share * rate.num / rate.den)); }

} // namespace

ShotView ShotView::of(AVFrame const& picture) {
  ShotView view;
  auto* cell = view.cells.data();
  for (int plane = 0; plane < planes; ++plane) {
    int const side = plane == 0 ? luma_side : chroma_side;
    int const width = plane == 0 ? picture.width : (picture.width + 1) / 2;
    int const height = plane == 0 ? picture.height : (picture.height + 1) / 2;
    std::array<int, columns * luma_side> at{};
    for (int i = 0; i < columns * side; ++i) at[static_cast<std::size_t>(i)] = i * width / (columns * side);
    for (int row = 0; row < rows; ++row) {
      std::array<int, columns> sums{};
      for (int line = row * side; line < (row + 1) * side; ++line) {
        auto const* pixels = picture.data[plane] + static_cast<std::ptrdiff_t>(line * height / (rows * side)) * picture.linesize[plane];
        for (std::size_t column = 0, i = 0; column < columns; ++column) {
          for (int n = 0; n < side; ++n, ++i) {
            auto const level = pixels[at[i]];
            sums[column] += level;
            if (plane == 0) ++view.brightness[level / 4];
          }
        }
      }
      for (int const sum : sums) *cell++ = static_cast<unsigned char>(sum / (side * side));
    }
  }
  return view;
}

double ShotView::distance(ShotView const& other) const {
  int by_cells = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) by_cells += std::abs(cells[i] - other.cells[i]);
  // How far brightness would have to be moved to turn one histogram into the other: differences of the running sums.
  int running = 0, by_brightness = 0;
  for (std::size_t i = 0; i < brightness.size(); ++i) by_brightness += std::abs(running += brightness[i] - other.brightness[i]);
  constexpr double samples = columns * rows * luma_side * luma_side;
  return static_cast<double>(by_cells) / (columns * rows) + 4.0 * by_brightness / samples;
}

std::int64_t ShotChanges::left_over(media::Fraction frame_rate) { return frames_of(0.12, frame_rate); }

ShotChanges::ShotChanges(media::Grid const& grid, std::int64_t first, std::int64_t end)
    : back_(frames_of(0.25, grid.frame_rate)), ahead_(left_over(grid.frame_rate)), first_(std::max<std::int64_t>(1, first - ahead_)),
      end_(end < grid.frames ? end - ahead_ : end) {}

std::int64_t ShotChanges::looks_from() const { return std::max<std::int64_t>(0, first_ - back_ - 1); }

void ShotChanges::add(std::int64_t n, ShotView const& view) {
  seen_.push_back({n, seen_.empty() ? 0 : view.distance(seen_.back().view), view});
  decide_before(n - ahead_);
  // What lies behind every window to come goes, but for one picture: the one still shown there.
  while (seen_.size() > 1 && undecided_ > 1 && seen_[1].n < seen_[undecided_].n - back_) {
    seen_.pop_front();
    --undecided_;
  }
}

std::vector<std::int64_t> ShotChanges::finish() {
  decide_before(INT64_MAX);
  return std::move(found_);
}

void ShotChanges::decide_before(std::int64_t n) {
  for (; undecided_ < seen_.size() && seen_[undecided_].n < n; ++undecided_) {
    auto const frame = seen_[undecided_].n;
    if (undecided_ > 0 && frame >= first_ && frame < end_ && begins_shot(undecided_)) found_.push_back(frame);
  }
}

bool ShotChanges::begins_shot(std::size_t at) const {
  auto const& picture = seen_[at];
  if (picture.change < least_change) return false;
  double around = 0;
  int count = 0;
  for (std::size_t i = 1; i < seen_.size(); ++i) {
    auto const& other = seen_[i];
    if (i == at || other.n < picture.n - back_ || other.n > picture.n + ahead_) continue;
    around += other.change;
    ++count;
    bool const beside = i + 1 == at || i == at + 1;
    if (beside ? other.change > picture.change || (i < at && other.change == picture.change) : stands_alone * other.change > picture.change) return false;
  }
  if (picture.change * count < stands_out * around) return false;
  for (std::size_t before = at; before-- > 0;) {
    if (before + 1 < at && seen_[before].n < picture.n - 1 - ahead_) break;
    for (std::size_t after = at; after < seen_.size() && seen_[after].n <= picture.n + ahead_; ++after)
      if (seen_[before].view.distance(seen_[after].view) < comes_back * picture.change) return false;
  }
  return true;
}

} // namespace tarina::transcode
