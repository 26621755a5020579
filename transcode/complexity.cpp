#include "transcode/complexity.hpp"
#include "media/ladder.hpp"
#include "transcode/encoder.hpp"
#include "transcode/picture_reader.hpp"
#include <algorithm>

namespace tarina::transcode {
namespace {

constexpr std::size_t pictures_of_beginning = 4;
constexpr int later_moments = 3;
constexpr int pictures_each = 5;
constexpr std::int64_t far_enough_us = 6'000'000; // what is closer shows the same
constexpr double of_a_whole_gop = 1.2; // that many pictures tell the encoder less than a whole one: found on real clips

/// What the pictures of one moment take as a closed GOP.
class Sampler {
public:
  Sampler(media::VideoFacts const& source, media::Rendition const& rendition, media::Grid const& grid)
      : rendition_(rendition), grid_(grid), filter_(source, {{rendition.width, rendition.height}}, Colours::video) {}

  void begin() { encoder_.emplace(rendition_, grid_), pictures_ = 0; }
  void add(AVFrame const& picture) { encoder_->encode(*filter_.apply(picture).front(), pictures_++, count_); }
  void end() { encoder_->finish(count_); }

  double kbps() const {
    if (keys_ == 0) return 0;
    auto const key = static_cast<double>(key_bytes_) / static_cast<double>(keys_);
    auto const other = others_ == 0 ? key : static_cast<double>(other_bytes_) / static_cast<double>(others_);
    auto const seconds = static_cast<double>(grid_.frames_per_gop) * grid_.frame_rate.den / grid_.frame_rate.num;
    return (key + (grid_.frames_per_gop - 1) * other) * 8 / 1000 / seconds * of_a_whole_gop;
  }

private:
  media::Rendition rendition_;
  media::Grid grid_;
  PictureFilter filter_;
  std::optional<VideoEncoder> encoder_;
  std::int64_t pictures_ = 0; // of this moment
  std::int64_t key_bytes_ = 0, keys_ = 0, other_bytes_ = 0, others_ = 0;
  TakePacket count_ = [this](AVPacket& packet) {
    bool const key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    (key ? key_bytes_ : other_bytes_) += packet.size;
    ++(key ? keys_ : others_);
  };
};

} // namespace

int estimate_complexity(int fd, media::VideoFacts const& source, media::milliseconds duration, std::vector<Frame> const& beginning) {
  media::SourceFacts const facts{.container = {}, .duration = duration, .video = source, .audio = {}};
  auto const ladder = media::plan_ladder(facts, media::Effort::fast);
  if (ladder.empty() || beginning.empty()) return 0;
  Sampler sampler(source, ladder.back(), media::plan_grid(facts));
  sampler.begin();
  for (std::size_t i = 0; i < std::min(beginning.size(), pictures_of_beginning); ++i) sampler.add(*beginning[i]);
  sampler.end();

  auto const demuxer = Demuxer::open_again(fd);
  auto const whole_us = duration.count() * 1000;
  int const moments = demuxer && demuxer->has_trustworthy_index() && whole_us >= far_enough_us ? later_moments : 0;
  for (int i = 1; i <= moments; ++i) {
    auto reader = PictureReader::open(fd, source, source.start_us + whole_us * i / (moments + 1), 1);
    if (!reader) continue;
    sampler.begin();
    for (int n = 0; n < pictures_each; ++n) {
      auto const picture = reader->read();
      if (!picture) break;
      sampler.add(*picture->frame);
    }
    sampler.end();
  }
  return std::max(1, static_cast<int>(sampler.kbps()));
}

} // namespace tarina::transcode
