#include "transcode/filters.hpp"
#include "transcode/frame_grid.hpp"
#include "transcode/limits.hpp"
#include "transcode/rendition_line.hpp"
#include "transcode/shot_changes.hpp"
#include "transcode/stages.hpp"
#include <algorithm>

namespace tarina::transcode {
namespace {

/// Time before the chunk from which decoding starts: deinterlacing looks at neighbours, old containers guess times, and
/// whether a shot begins is seen in what was before.
constexpr std::int64_t run_up_us = 500'000;

/// By how many pictures the lowest rendition may run ahead: its first segment, as far as the pictures that wait for the
/// other encoders fit the memory set aside for them.
std::size_t head_start(media::VideoTask const& task) {
  constexpr std::int64_t memory = 320 << 20;
  auto const& largest = task.renditions.front();
  auto const bytes = static_cast<std::int64_t>(largest.width) * largest.height * 5 / 2; // 4:2:0, the smaller renditions' included
  return static_cast<std::size_t>(std::clamp<std::int64_t>(memory / std::max<std::int64_t>(bytes, 1), 8, task.grid.frames_per_gop + 1));
}

} // namespace

outcome<void> encode_video(int fd, media::VideoTask const& task, int threads, Outputs& outputs) {
  auto const& grid = task.grid;
  std::int64_t const first = grid.segment_start(task.first_segment);
  std::int64_t const end = std::min(grid.frames, grid.segment_start(task.first_segment + static_cast<std::int64_t>(task.segment_count)));
  if (first >= end || task.renditions.empty()) return {};
  auto const from_us = task.source.start_us + av_rescale(first, 1'000'000LL * grid.frame_rate.den, grid.frame_rate.num) - run_up_us;

  std::vector<Size> sizes;
  for (auto const& rendition : task.renditions) sizes.push_back({rendition.width, rendition.height});
  PictureFilter filter(task.source, std::move(sizes), Colours::video);
  std::vector<RenditionLine> lines;
  for (auto const& rendition : task.renditions) {
    bool const waits = task.lowest_first && &rendition != &task.renditions.back();
    RenditionLine::Order const order{.track = static_cast<int>(lines.size()), .first_segment = task.first_segment,
                                     .own_thread = threads > 1 || task.lowest_first, .waits_for = waits ? head_start(task) : 0};
    lines.emplace_back(order, rendition, grid, outputs);
  }
  std::size_t ahead = task.lowest_first ? head_start(task) : 0;

  // Once for a story is enough; the other codecs' tasks show the same pictures again.
  std::optional<ShotChanges> shots;
  if (task.renditions.back().codec == media::VideoCodec::h264) shots.emplace(grid, first, end);
  auto const from = shots ? std::min(first, shots->looks_from()) : first;

  auto reader = PictureReader::open(fd, task.source, from_us, threads);
  if (!reader) return reader.error();
  FrameGrid pictures(*reader, grid.frame_rate, task.source.start_us, from, end);
  auto shown = pictures.next();
  std::optional<PictureReader> whole;
  if (!shown && from_us > task.source.start_us) {
    // Nothing to decode around here (the picture ended, or this part is damaged): hold the last good one.
    auto from_start = PictureReader::open(fd, task.source, task.source.start_us, threads);
    if (!from_start) return from_start.error();
    whole.emplace(std::move(*from_start));
    pictures = FrameGrid(*whole, grid.frame_rate, task.source.start_us, from, end);
    shown = pictures.next();
  }
  if (!shown) return bad_media("media.damaged", "no picture can be decoded");

  for (; shown; shown = pictures.next()) {
    auto scaled = filter.apply(*shown->picture.frame);
    if (shots) shots->add(shown->first, ShotView::of(*scaled.back()));
    auto const shown_end = shown->first + shown->count;
    if (shown_end <= first) continue;
    auto const begin = std::max(first, shown->first);
    for (std::size_t i = 0; i < lines.size(); ++i) lines[i].put(std::move(scaled[i]), begin, shown_end - begin);
    if (ahead > 0 && (--ahead == 0 || lines.back().has_sent_segment())) {
      ahead = 0;
      for (auto& line : lines) line.release();
    }
    outputs.progress(static_cast<double>(shown_end - first) / static_cast<double>(end - first));
    if (pictures.pictures_read() > limits::frames_per_chunk && !whole) return bad_media("media.timeout", "far more pictures a second than a film has");
  }
  for (auto& line : lines) line.finish();
  if (shots) outputs.send(MessageKind::shots, nlohmann::json(shots->finish()));
  return {};
}

} // namespace tarina::transcode
