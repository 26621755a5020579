#include "media/ladder.hpp"
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace tarina::media {
namespace {

struct Rung {
  int short_side;
  int kbps; // at up to 30 frames a second
};

constexpr std::array rungs{Rung{1080, 5000}, Rung{720, 2800}, Rung{480, 1400}, Rung{360, 800}};

/// Caps are shares of the rungs' rates, not targets: a talking head stays far below them. The highest rendition, which is
/// looked at on a large screen, is a little better than those for small ones and narrow lines.
struct Quality {
  double top_crf;
  double crf;
  int cap_percent;
};

Quality quality_of(Effort effort, VideoCodec codec) {
  if (codec == VideoCodec::hevc) return effort == Effort::small ? Quality{22, 24, 70} : Quality{21, 22, 80};
  if (codec == VideoCodec::av1) return effort == Effort::small ? Quality{30, 42, 75} : Quality{28, 40, 88};
  if (effort == Effort::fast) return {22, 23, 88};
  if (effort == Effort::small) return {23, 24.5, 70};
  return {21.5, 23, 88};
}

// Down to even, because 4:2:0 chroma halves both sides.
int even_below(int side) { return std::max(2, side - side % 2); }

/// `side` scaled by to/from, to the nearest even number but never above the source.
int scale_side(int side, int to, int from) {
  auto const halves = (static_cast<std::int64_t>(side) * to + from) / (2 * static_cast<std::int64_t>(from));
  return std::min(std::max(2, static_cast<int>(halves) * 2), even_below(side));
}

/// Twice the frames do not cost twice the bits: neighbours are more alike.
int scale_for_frame_rate(int kbps, Fraction rate) {
  return rate.num > 31 * static_cast<std::int64_t>(rate.den) ? kbps * 3 / 2 : kbps;
}

/// What a rendition of `pixels` takes where the lowest one, of `lowest`, takes the source's complexity. Found on real clips.
double estimate_kbps(VideoFacts const& source, double pixels, double lowest) { return source.complexity * std::pow(pixels / lowest, 0.8); }

double pixels_of(Rendition const& rendition) { return static_cast<double>(rendition.width) * rendition.height; }

/// What is easily encoded needs no room for bursts that lines would have to carry. Never below half, because a probe does
/// not see everything.
void fit_caps(std::vector<Rendition>& ladder, VideoFacts const& source) {
  if (source.complexity == 0) return;
  auto const lowest = pixels_of(ladder.back());
  for (auto& rendition : ladder) {
    auto const wanted = static_cast<int>(2.5 * estimate_kbps(source, pixels_of(rendition), lowest));
    rendition.maxrate_kbps = std::clamp(wanted, rendition.maxrate_kbps / 2, rendition.maxrate_kbps);
    rendition.bufsize_kbps = 2 * rendition.maxrate_kbps;
  }
}

/// A rung between two others is not worth having where whoever has a line for it can have the one above. Never two
/// neighbours, or steps would be too far apart.
void drop_needless(std::vector<Rendition>& ladder, VideoFacts const& source) {
  if (source.complexity == 0) return;
  auto const lowest = pixels_of(ladder.back());
  for (auto i = ladder.size(); i-- > 2;) {
    auto const& above = ladder[i - 2];
    if (estimate_kbps(source, pixels_of(above), lowest) > 0.7 * ladder[i - 1].maxrate_kbps) continue;
    ladder.erase(ladder.begin() + static_cast<std::ptrdiff_t>(i - 1));
    --i;
  }
}

Rendition make_rendition(VideoFacts const& source, int width, int height, int kbps, bool top, Effort effort, VideoCodec codec) {
  auto const quality = quality_of(effort, codec);
  auto const rate = scale_for_frame_rate(std::max(100, kbps * quality.cap_percent / 100), source.frame_rate);
  auto const suffix = codec == VideoCodec::h264 ? std::string() : fmt::format("-{}", codec_name(codec));
  return {.name = fmt::format("v{}{}", std::min(width, height), suffix), .width = width, .height = height, .crf = top ? quality.top_crf : quality.crf,
          .maxrate_kbps = rate, .bufsize_kbps = 2 * rate, .effort = effort, .codec = codec};
}

AudioRendition plan_sound(AudioFacts const& sound) {
  if (sound.channels == 1) return {.name = "a96", .bitrate_kbps = 96, .channels = 1};
  return {.name = "a128", .bitrate_kbps = 128, .channels = 2};
}

} // namespace

Grid plan_grid(SourceFacts const& facts) {
  if (!facts.video) return {};
  auto const rate = facts.video->frame_rate;
  if (rate.num <= 0 || rate.den <= 0) return {};
  auto const num = static_cast<std::int64_t>(rate.num);
  auto const den = static_cast<std::int64_t>(rate.den);
  Grid grid;
  grid.frame_rate = rate;
  grid.frames_per_gop = static_cast<int>(std::max<std::int64_t>(1, (4 * num + den) / (2 * den)));
  grid.frames = std::max<std::int64_t>(1, (facts.duration.count() * num + 500 * den) / (1000 * den));
  return grid;
}

std::vector<Rendition> plan_ladder(SourceFacts const& facts, Effort effort, VideoCodec codec) {
  std::vector<Rendition> ladder;
  if (!facts.video || facts.video->width <= 0 || facts.video->height <= 0) return ladder;
  auto const& source = *facts.video;
  auto const short_side = std::min(source.width, source.height);
  for (auto const& rung : rungs) {
    if (short_side < rung.short_side) continue;
    ladder.push_back(make_rendition(source, scale_side(source.width, rung.short_side, short_side),
                                    scale_side(source.height, rung.short_side, short_side), rung.kbps, ladder.empty(), effort, codec));
  }
  if (ladder.empty()) {
    auto const smallest = rungs.back();
    auto const kbps = smallest.kbps * short_side / smallest.short_side;
    ladder.push_back(make_rendition(source, even_below(source.width), even_below(source.height), kbps, true, effort, codec));
  }
  drop_needless(ladder, source);
  fit_caps(ladder, source);
  return ladder;
}

std::optional<AudioRendition> plan_audio(SourceFacts const& facts) {
  if (!facts.audio) return std::nullopt;
  return plan_sound(*facts.audio);
}

std::vector<AudioRendition> plan_alternates(SourceFacts const& facts) {
  std::vector<AudioRendition> renditions;
  for (auto const& sound : facts.alternates) {
    renditions.push_back(plan_sound(sound));
    renditions.back().name += fmt::format("-{}", renditions.size() + 1);
  }
  return renditions;
}

} // namespace tarina::media
