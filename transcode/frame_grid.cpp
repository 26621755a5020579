#include "transcode/frame_grid.hpp"
#include <algorithm>

namespace tarina::transcode {

std::int64_t nearest_frame(std::int64_t offset_us, media::Fraction rate) {
  return av_rescale_rnd(offset_us, rate.num, 1'000'000LL * rate.den, AV_ROUND_NEAR_INF);
}

std::int64_t find_start(std::int64_t picture_us, std::int64_t sound_us, media::Fraction rate) {
  if (picture_us <= sound_us) return picture_us;
  auto const interval = av_rescale(1'000'000, rate.den, rate.num);
  auto frames = (picture_us - sound_us) / interval;
  if ((picture_us - sound_us) % interval > std::max<std::int64_t>(30'000, interval / 2)) ++frames;
  return picture_us - av_rescale_rnd(frames, 1'000'000LL * rate.den, rate.num, AV_ROUND_NEAR_INF);
}

std::optional<Shown> FrameGrid::next() {
  while (next_ < end_) {
    auto incoming = reader_->read();
    if (!incoming) {
      if (!pending_) return std::nullopt;
      Shown shown{std::move(*pending_), next_, end_ - next_};
      pending_.reset();
      next_ = end_;
      return shown;
    }
    ++pictures_read_;
    auto const until = std::clamp(nearest_frame(incoming->time_us - start_us_, frame_rate_), next_, end_);
    if (pending_ && until > next_) {
      Shown shown{std::move(*pending_), next_, until - next_};
      pending_ = std::move(incoming);
      next_ = until;
      return shown;
    }
    // Either the very first picture, which also fills what lies before it, or a later one for the same slot.
    pending_ = std::move(incoming);
  }
  return std::nullopt;
}

} // namespace tarina::transcode
