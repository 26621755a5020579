// How much there is to encode in a picture, from a few moments of it.
#pragma once
#include "media/package.hpp"
#include "transcode/av.hpp"
#include <vector>

namespace tarina::transcode {

/// An estimate of VideoFacts::complexity, kb/s, mostly within a third: the decoded beginning and a few pictures of later
/// moments, where the file's index leads to them, are scaled down and encoded as the lowest rendition would be. 0 without
/// a single picture. Decoding is what costs, so there are few.
int estimate_complexity(int fd, media::VideoFacts const& source, media::milliseconds duration, std::vector<Frame> const& beginning);

} // namespace tarina::transcode
