// At which pictures of a story a new shot begins: hard cuts, told apart from motion, flashes and fades.
#pragma once
#include "transcode/av.hpp"
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

namespace tarina::transcode {

/// What a picture looks like from afar: means of a grid of cells, and how often each brightness occurs.
struct ShotView {
  static constexpr int columns = 32, rows = 18, planes = 3;
  static constexpr int luma_side = 6, chroma_side = 3; // samples across a cell
  std::array<unsigned char, columns * rows * planes> cells{};
  std::array<int, 64> brightness{};                     // samples of luma in each four levels

  /// Of a yuv420p picture of any size.
  static ShotView of(AVFrame const& picture);
  /// How different two pictures are, in levels of 0 to 255: by their cells, and by their brightness wherever in the
  /// picture it is. Moving things change the first much and the second little.
  double distance(ShotView const& other) const;
};

/// Takes the pictures of a part of the story, grid frames [first, end), and says where a shot begins. That depends on the
/// pictures of a quarter of a second before a frame and an eighth after it alone, so parts looked at apart find together
/// what one look at the whole story finds: each leaves its last frames, whose eighth is not its own, to the next one.
class ShotChanges {
public:
  ShotChanges(media::Grid const& grid, std::int64_t first, std::int64_t end);

  /// From which grid frame on it must see pictures: before `first`, by four tenths of a second at most.
  std::int64_t looks_from() const;
  /// The picture shown from grid frame `n` on, later than the one before.
  void add(std::int64_t n, ShotView const& view);
  /// Ends the part. The grid frames from which on a new shot is shown, in order; never 0, where the story begins.
  std::vector<std::int64_t> finish();

  /// How many of its last frames a part leaves to the next one.
  static std::int64_t left_over(media::Fraction frame_rate);

private:
  struct Seen {
    std::int64_t n = 0;
    double change = 0; // from the picture before
    ShotView view;
  };
  void decide_before(std::int64_t n);
  bool begins_shot(std::size_t at) const;

  std::int64_t back_;         // the window, in grid frames
  std::int64_t ahead_;
  std::int64_t first_;        // what is decided
  std::int64_t end_;
  std::deque<Seen> seen_;     // the pictures in the window of the first undecided one
  std::size_t undecided_ = 0; // in seen_
  std::vector<std::int64_t> found_;
};

} // namespace tarina::transcode
