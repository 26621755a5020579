// How long each task of one film takes on one core, for the simulation of many workers; tests/bench/schedule runs it.
#include "media/ladder.hpp"
#include "tests/transcode/story.hpp"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

using namespace tarina;

namespace {

nlohmann::json measure(media::Task const& task, std::filesystem::path const& film, std::optional<media::TaskResult>* result = nullptr) {
  auto const begun = std::chrono::steady_clock::now();
  auto ended = test::run_task(task, film);
  auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  REQUIRE(ended.has_value());
  if (result != nullptr) *result = std::move(*ended);
  nlohmann::json entry{{"kind", media::task_kind(task)}, {"seconds", std::round(seconds * 1000) / 1000}};
  if (auto const* video = std::get_if<media::VideoTask>(&task)) entry.update({{"first", video->first_segment}, {"count", video->segment_count}, {"renditions", video->renditions.size()}});
  return entry;
}

} // namespace

TEST_CASE("record how long the tasks of a film take", "[.record]") {
  auto const* film = std::getenv("TARINA_FILM");
  auto const* to = std::getenv("TARINA_TIMES");
  REQUIRE(film != nullptr);
  REQUIRE(to != nullptr);
  // Of the many alike chunks in the middle of a story every so manyth is measured.
  auto const* wanted = std::getenv("TARINA_EVERY");
  int const every = wanted != nullptr ? std::max(1, std::atoi(wanted)) : 1;
  std::optional<media::TaskResult> probed;
  nlohmann::json times{{"tasks", nlohmann::json::array({measure(media::ProbeTask{}, film, &probed)})}};
  auto const facts = std::get<media::SourceFacts>(*probed);
  times["facts"] = facts;
  auto const plan = media::plan_tasks(facts);
  int chunk = 0;
  for (auto const& task : plan) {
    bool const middle = std::holds_alternative<media::VideoTask>(task) && !media::is_opening(task) && &task != &plan.back();
    if (middle && chunk++ % every != 0) continue;
    times["tasks"].push_back(measure(task, film));
  }
  std::ofstream(to) << times.dump(1) << "\n";
}
