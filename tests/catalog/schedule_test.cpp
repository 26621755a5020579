// The real scheduler with workers that only take time: how much sooner a story is ready with more of them. The times were
// measured (tests/bench/schedule records them), the clock is the test's.
#include "tests/catalog/record.hpp"
#include <cstdlib>
#include <fstream>
#include <queue>

namespace tarina::catalog {
namespace {

constexpr double between_tasks = 0.05; // seconds: a lease, the last output's way, a report

struct Times {
  media::SourceFacts facts;
  nlohmann::json tasks;

  /// Seconds for a task: as measured for the most alike one, by the number of segments where that differs.
  double of(media::Task const& task) const {
    auto const kind = std::string(media::task_kind(task));
    auto const* video = std::get_if<media::VideoTask>(&task);
    double best = 1e9, seconds = 0;
    for (auto const& measured : tasks) {
      if (measured.at("kind") != kind) continue;
      if (video == nullptr) return measured.at("seconds");
      auto const count = measured.at("count").get<double>();
      double const distance = 1000 * std::abs(measured.at("renditions").get<double>() - static_cast<double>(video->renditions.size())) +
                              100 * std::abs(count - video->segment_count) + std::abs(measured.at("first").get<double>() - video->first_segment);
      if (distance < best) best = distance, seconds = measured.at("seconds").get<double>() * video->segment_count / count;
    }
    REQUIRE(seconds > 0);
    return seconds;
  }
};

Times load_times() {
  auto const* given = std::getenv("TARINA_TIMES");
  std::ifstream in(given != nullptr ? std::filesystem::path(given) : std::filesystem::path(tarina_source_dir) / "tests/bench/times.json");
  auto const read = nlohmann::json::parse(in);
  return {read.at("facts").get<media::SourceFacts>(), read.at("tasks")};
}

/// What the scheduler asks of a result, and no more.
media::TaskResult result_of(media::Task const& task, media::SourceFacts const& facts) {
  if (std::holds_alternative<media::RemuxTask>(task)) {
    std::vector<media::Track> tracks(facts.audio ? 2 : 1);
    tracks.front().name = media::original_picture;
    tracks.back().name = facts.audio ? media::original_sound : media::original_picture;
    for (auto& track : tracks) {
      track.timescale = 90'000;
      track.segments = {{"00001.m4s", 0, 540'000, 1000, std::string(64, 'b')}};
    }
    return tracks;
  }
  return honest_result(task, facts);
}

struct Busy {
  double until = 0;
  int worker = 0;
  media::Lease lease;
  bool operator>(Busy const& other) const { return until > other.until; }
};

/// Seconds from the upload's end to the last task's.
double simulate(Times const& times, int workers) {
  Record r;
  auto const story = r->create_story(Actor::system(), sample_details()).value().id;
  r->give_consent(Actor::system(), story, consent_to(everything)).value();
  upload_whole(r, Actor::system(), story);
  std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy;
  std::vector<int> idle;
  for (int i = workers; i > 0; --i) idle.push_back(i - 1);
  double now = 0;
  for (bool complete = false; !complete;) {
    while (!idle.empty()) {
      auto const lease = r->lease_task("worker-" + std::to_string(idle.back()));
      if (!lease) break;
      busy.push({now + times.of(lease->task) + between_tasks, idle.back(), *lease});
      idle.pop_back();
    }
    REQUIRE(!busy.empty());
    auto const next = busy.top();
    busy.pop();
    // Workers renew their leases meanwhile; nobody dies in this story.
    auto running = busy;
    for (; !running.empty(); running.pop()) r->renew_task(running.top().lease.task_id, running.top().lease.token, 0.5).value();
    r->renew_task(next.lease.task_id, next.lease.token, 1).value();
    auto left = milliseconds(static_cast<std::int64_t>((next.until - now) * 1000));
    for (; left > milliseconds(20'000); left -= milliseconds(20'000)) {
      r.pass(milliseconds(20'000));
      for (running = busy; !running.empty(); running.pop()) r->renew_task(running.top().lease.task_id, running.top().lease.token, 0.5).value();
      r->renew_task(next.lease.task_id, next.lease.token, 1).value();
    }
    r.pass(left);
    now = next.until;
    complete = r->complete_task(next.lease.task_id, next.lease.token, result_of(next.lease.task, times.facts)).value().package_complete;
    idle.push_back(next.worker);
  }
  return now;
}

} // namespace

TEST_CASE("a ten-minute story is ready nearly as many times sooner as there are workers", "[schedule]") {
  auto const times = load_times();
  CHECK(times.facts.duration >= std::chrono::minutes(10));
  auto const alone = simulate(times, 1);
  nlohmann::json figures{{"one_worker_seconds", std::round(alone * 10) / 10}};
  std::string table = "\nworkers  seconds  speed-up  of N\n";
  for (int workers : {1, 2, 4, 8}) {
    auto const seconds = simulate(times, workers);
    auto const gain = alone / seconds;
    char line[80];
    std::snprintf(line, sizeof line, "%7d %8.1f %9.2f  %.3f\n", workers, seconds, gain, gain / workers);
    table += line;
    figures["speed_up_" + std::to_string(workers)] = std::round(gain * 100) / 100;
    CHECK(gain >= 0.9 * workers);
  }
  WARN(table);
  if (auto const* to = std::getenv("TARINA_FIGURES")) std::ofstream(to) << table << figures.dump() << "\n";
}

} // namespace tarina::catalog
