// Which pictures of a story would stand for it: sharp, well lit, and not all the same one.
#pragma once
#include "transcode/av.hpp"
#include <array>
#include <vector>

namespace tarina::transcode {

/// A small picture as numbers: how good a poster it would make, and what it looks like.
struct PosterView {
  double quality = 0;                                // 0 for black, burnt out or flat; else the more the sharper
  std::array<unsigned char, 16 * 9 * 3> thumbnail{}; // means of a grid, brightness and both colours

  /// Of a yuvj420p picture of a few hundred pixels; smaller ones hide blur.
  static PosterView of(AVFrame const& picture);
  /// Mean difference of the thumbnails, 0 to 255.
  double distance(PosterView const& other) const;
};

/// Collects pictures spread over a story, the best of each stretch, and chooses among them.
class PosterChoice {
public:
  /// `expected` pictures will come; at most `room` of them are held on to.
  PosterChoice(std::int64_t expected, std::size_t room) : expected_(expected), stretches_(room) {}
  /// Picture `n` of those expected. `weight` below 1 makes it less likely.
  void add(std::int64_t n, AVFrame const& picture, PosterView const& view, double weight);
  /// At most `most`, best first: each next one is good and looks different from those before. Bad ones only when there
  /// is nothing else, and then one.
  std::vector<Frame> choose(std::size_t most);

private:
  struct Candidate {
    double score = -1;
    PosterView view;
    Frame picture; // as decoded
  };
  std::int64_t expected_;
  std::vector<Candidate> stretches_;
};

} // namespace tarina::transcode
