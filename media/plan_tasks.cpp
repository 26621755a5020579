#include "media/ladder.hpp"
#include "media/tasks.hpp"
#include <algorithm>

namespace tarina::media {
namespace {

/// Segments of the first task, the only one with a thread for each rendition. Of half a minute it takes most: that keeps one
/// core busy with the largest rendition, over half of the work, and leaves another the rest.
int opening_of(Grid const& grid) {
  int const segments = grid.segments();
  int count = std::min(segments, 2);
  while (segments <= 6 && count < segments && grid.segment_start(count) < grid.frames * 11 / 20) ++count;
  return count;
}

/// Segments of the next chunk. The last ones are short, or workers would wait for one another at the end of a story.
int next_chunk(int left) { return std::clamp(left / 8, 1, 4); }

/// Of a codec beside H.264.
bool is_beside(VideoTask const& task) { return !task.renditions.empty() && task.renditions.front().codec != VideoCodec::h264; }

} // namespace

std::vector<Task> plan_tasks(SourceFacts const& facts, Profile const& profile) {
  std::vector<Task> tasks;
  if (!facts.video && !facts.audio) return tasks;
  auto const grid = plan_grid(facts);
  auto const renditions = plan_ladder(facts, profile.effort);
  auto const add_video = [&](int first, int count, bool lowest_first) {
    tasks.emplace_back(VideoTask{.source = *facts.video, .grid = grid, .first_segment = first, .segment_count = count, .renditions = renditions, .lowest_first = lowest_first});
  };
  auto const add_beside = [&](VideoCodec codec) {
    auto const ladder = plan_ladder(facts, profile.effort, codec);
    for (int first = 0; first < grid.segments();) {
      int const count = next_chunk(grid.segments() - first);
      tasks.emplace_back(VideoTask{.source = *facts.video, .grid = grid, .first_segment = first, .segment_count = count, .renditions = ladder});
      first += count;
    }
  };
  bool const remux = facts.video && facts.remuxable;
  if (remux) tasks.emplace_back(RemuxTask{.video = *facts.video, .audio = facts.audio});
  int const begun = opening_of(grid);
  if (facts.video) add_video(0, begun, !remux && renditions.size() > 1);
  if (auto const rendition = plan_audio(facts)) tasks.emplace_back(AudioTask{.source = *facts.audio, .rendition = *rendition, .duration = facts.duration, .grid = grid});
  auto const add_what_came_along = [&] {
    if (facts.texts) tasks.emplace_back(TextsTask{.start_us = facts.video ? facts.video->start_us : facts.audio->start_us, .duration = facts.duration});
    if (!facts.covers.empty()) tasks.emplace_back(CoverTask{.streams = facts.covers});
    auto const made = plan_alternates(facts);
    for (std::size_t i = 0; i < made.size(); ++i) tasks.emplace_back(AudioTask{.source = facts.alternates[i], .rendition = made[i], .duration = facts.duration, .grid = grid});
  };
  if (!facts.video) {
    add_what_came_along();
    return tasks;
  }
  tasks.emplace_back(StillsTask{.source = *facts.video, .duration = facts.duration});
  add_what_came_along();
  for (int first = begun; first < grid.segments();) {
    int const count = next_chunk(grid.segments() - first);
    add_video(first, count, false);
    first += count;
  }
  for (auto const codec : profile.beside) add_beside(codec);
  return tasks;
}

bool is_opening(Task const& task) {
  auto const* video = std::get_if<VideoTask>(&task);
  return video != nullptr && video->first_segment == 0 && !is_beside(*video);
}

bool is_awaited(Task const& task) {
  auto const* sound = std::get_if<AudioTask>(&task);
  return is_opening(task) || std::holds_alternative<RemuxTask>(task) || (sound != nullptr && sound->rendition.name.find('-') == std::string::npos);
}

bool is_dispensable(Task const& task) {
  auto const* video = std::get_if<VideoTask>(&task);
  return (video != nullptr && is_beside(*video)) || std::holds_alternative<RemuxTask>(task) || std::holds_alternative<TextsTask>(task) || std::holds_alternative<CoverTask>(task) ||
         std::holds_alternative<DownloadTask>(task);
}

} // namespace tarina::media
