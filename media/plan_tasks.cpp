#include "media/ladder.hpp"
#include "media/tasks.hpp"
#include <algorithm>

namespace tarina::media {

std::vector<Task> plan_tasks(SourceFacts const& facts) {
  std::vector<Task> tasks;
  auto const grid = plan_grid(facts);
  auto const renditions = plan_ladder(facts);
  auto const add_video = [&](int first, int count, std::vector<Rendition> made) {
    tasks.emplace_back(VideoTask{.source = *facts.video, .grid = grid, .first_segment = first, .segment_count = count, .renditions = std::move(made)});
  };
  // What people wait for. The opening of the lowest rendition costs an extra decode of six seconds.
  bool const remux = facts.video && facts.remuxable;
  bool const lowest_first = !remux && renditions.size() > 1;
  if (remux) {
    tasks.emplace_back(RemuxTask{.video = *facts.video, .audio = facts.audio});
    add_video(0, 1, renditions);
  } else if (lowest_first) {
    add_video(0, 1, {renditions.back()});
  }
  // Without sound no other preview begins, and it is cheap.
  if (auto const rendition = plan_audio(facts)) {
    tasks.emplace_back(AudioTask{.source = *facts.audio, .rendition = *rendition, .duration = facts.duration, .grid = grid});
  }
  auto const add_what_came_along = [&] {
    if (facts.texts) tasks.emplace_back(TextsTask{.start_us = facts.video ? facts.video->start_us : facts.audio->start_us, .duration = facts.duration});
    if (!facts.covers.empty()) tasks.emplace_back(CoverTask{.streams = facts.covers});
  };
  if (!facts.video) {
    add_what_came_along();
    return tasks;
  }
  if (!remux) add_video(0, 1, lowest_first ? std::vector(renditions.begin(), renditions.end() - 1) : renditions);
  // Stills after the opening: the preview plays first, and the waiting uploader sees a poster soon.
  tasks.emplace_back(StillsTask{.source = *facts.video, .duration = facts.duration});
  add_what_came_along();
  constexpr int chunk = 2; // segments: long enough that opening the decoder does not matter, short enough to spread
  for (int first = 1; first < grid.segments(); first += chunk) add_video(first, std::min(chunk, grid.segments() - first), renditions);
  return tasks;
}

bool is_opening(Task const& task) {
  auto const* video = std::get_if<VideoTask>(&task);
  return video != nullptr && video->first_segment == 0;
}

bool is_dispensable(Task const& task) {
  return std::holds_alternative<RemuxTask>(task) || std::holds_alternative<TextsTask>(task) || std::holds_alternative<CoverTask>(task) ||
         std::holds_alternative<DownloadTask>(task);
}

} // namespace tarina::media
