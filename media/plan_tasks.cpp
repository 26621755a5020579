#include "media/ladder.hpp"
#include "media/tasks.hpp"
#include <algorithm>

namespace tarina::media {

std::vector<Task> plan_tasks(SourceFacts const& facts) {
  std::vector<Task> tasks;
  auto const grid = plan_grid(facts);
  // Audio first: it is cheap, and without it nothing of the preview plays with sound.
  if (auto const rendition = plan_audio(facts)) {
    tasks.emplace_back(AudioTask{.source = *facts.audio, .rendition = *rendition, .duration = facts.duration, .grid = grid});
  }
  if (!facts.video) return tasks;
  auto const renditions = plan_ladder(facts);
  constexpr int chunk = 2; // segments: long enough that opening the decoder does not matter, short enough to spread
  for (int first = 0; first < grid.segments(); first += chunk) {
    tasks.emplace_back(VideoTask{.source = *facts.video, .grid = grid, .first_segment = first,
                                 .segment_count = std::min(chunk, grid.segments() - first), .renditions = renditions});
    // Stills after the opening: the preview plays first, and the waiting uploader sees a poster soon.
    if (first == 0) tasks.emplace_back(StillsTask{.source = *facts.video, .duration = facts.duration});
  }
  return tasks;
}

} // namespace tarina::media
