// A worker's side of the conversation, as a test speaks it.
#pragma once
#include "media/tasks.hpp"
#include "service_fixture.hpp"
#include <nlohmann/json.hpp>
#include <optional>

namespace fixture {

struct Worker {
  explicit Worker(Site& at) : site(at), token(at.worker_token()) {}

  Answer call(std::string_view method, std::string const& path, std::int64_t lease, std::string_view body = "", std::string const& more = "") {
    return fetch(site.port(), method, "/api/v1/worker/" + path,
                 "Authorization: Bearer " + token + "\r\nTarina-Lease: " + std::to_string(lease) + "\r\n" + more, body);
  }
  /// A task that is there already.
  media::Lease lease() {
    auto const answer = call("POST", "lease", 0, R"({"worker":"test"})");
    REQUIRE(answer.status == 200);
    return nlohmann::json::parse(answer.body).get<media::Lease>();
  }
  Answer complete(media::Lease const& task, media::TaskResult const& result) {
    return call("POST", "tasks/" + task.task_id + "/complete", task.token, nlohmann::json{{"result", result}}.dump());
  }
  Answer put(media::Lease const& task, std::string const& name, std::string_view bytes) {
    return call("PUT", "tasks/" + task.task_id + "/outputs/" + name, task.token, bytes);
  }

  /// Sends what a video or audio task would have made, with made-up bytes; the track as reported.
  media::Track make_track(media::Lease const& task, std::string const& name, int timescale, int first, int count, std::int64_t segment_ticks) {
    media::Track track;
    track.name = name;
    track.timescale = timescale;
    track.codecs = name.front() == 'a' ? "mp4a.40.2" : "avc1.640028";
    auto const init = "init of " + name;
    REQUIRE(put(task, name + "/init.mp4", init).status == 204);
    track.init_sha256 = server::sha256_of(init);
    track.init_bytes = static_cast<std::int64_t>(init.size());
    for (int i = first; i < first + count; ++i) {
      auto const file = std::string(5 - std::to_string(i + 1).size(), '0') + std::to_string(i + 1) + ".m4s";
      auto const bytes = name + " segment " + std::to_string(i) + std::string(90'000, static_cast<char>('a' + i % 26));
      REQUIRE(put(task, name + "/" + file, bytes).status == 204);
      track.segments.push_back({file, i * segment_ticks, segment_ticks, static_cast<std::int64_t>(bytes.size()), server::sha256_of(bytes)});
    }
    return track;
  }

  static media::SourceFacts facts() {
    media::SourceFacts facts;
    facts.container = "mov,mp4";
    facts.duration = std::chrono::milliseconds(24'000);
    facts.video.emplace();
    facts.video->codec = "h264";
    facts.video->width = facts.video->coded_width = 640;
    facts.video->height = facts.video->coded_height = 360;
    facts.video->frame_rate = {25, 1};
    facts.audio.emplace();
    facts.audio->codec = "aac";
    facts.audio->stream = 1;
    facts.audio->channels = 2;
    facts.audio->sample_rate = 48000;
    return facts;
  }

  /// The bytes of a download's source, as many as one answer gives.
  Answer source(media::Lease const& task, std::int64_t first) {
    return call("GET", "tasks/" + task.task_id + "/source", task.token, "", "Range: bytes=" + std::to_string(first) + "-\r\n");
  }
  Answer put_piece(media::Lease const& task, std::int64_t offset, std::string_view bytes) {
    return call("PUT", "tasks/" + task.task_id + "/outputs/download/story.mp4", task.token, bytes, "Tarina-Offset: " + std::to_string(offset) + "\r\n");
  }
  /// In two pieces.
  Answer make_download(media::Lease const& task, media::DownloadTask const& wanted) {
    std::string const file = "a download of " + wanted.picture + std::string(100'000, 'd');
    REQUIRE(put_piece(task, 0, std::string_view(file).substr(0, 60'000)).status == 204);
    REQUIRE(put_piece(task, 60'000, std::string_view(file).substr(60'000)).status == 204);
    return complete(task, media::Download{static_cast<std::int64_t>(file.size()), server::sha256_of(file)});
  }

  /// Does one leased task.
  Answer work(media::Lease const& task) {
    if (std::holds_alternative<media::ProbeTask>(task.task)) return complete(task, facts());
    if (auto const* video = std::get_if<media::VideoTask>(&task.task)) {
      std::vector<media::Track> tracks;
      for (auto const& rendition : video->renditions) {
        auto track = make_track(task, rendition.name, 25, video->first_segment, video->segment_count, 150);
        track.width = rendition.width;
        track.height = rendition.height;
        track.frame_rate = {25, 1};
        tracks.push_back(std::move(track));
      }
      return complete(task, tracks);
    }
    if (auto const* audio = std::get_if<media::AudioTask>(&task.task)) {
      auto track = make_track(task, audio->rendition.name, 48000, 0, 4, 288'000);
      track.channels = 2;
      track.sample_rate = 48000;
      return complete(task, std::vector<media::Track>{track});
    }
    if (auto const* download = std::get_if<media::DownloadTask>(&task.task)) return make_download(task, *download);
    if (std::holds_alternative<media::TextsTask>(task.task)) return complete(task, media::TextsResult{});
    REQUIRE(put(task, "stills/poster.jpg", "a poster").status == 204);
    REQUIRE(put(task, "stills/poster-2.jpg", "another poster").status == 204);
    REQUIRE(put(task, "stills/storyboard-001.jpg", "a sheet").status == 204);
    media::StillsResult stills;
    stills.posters = {"poster.jpg", "poster-2.jpg"};
    stills.storyboard = media::Storyboard{160, 90, 5, 5, std::chrono::milliseconds(1000), 24, {"storyboard-001.jpg"}};
    return complete(task, stills);
  }

  /// Everything there is to do, until the story's package is ready.
  void work_until_ready() {
    for (int i = 0; i < 100; ++i) {
      auto const answer = work(lease());
      REQUIRE(answer.status == 200);
      if (nlohmann::json::parse(answer.body).at("package_complete").get<bool>()) return;
    }
    FAIL("the package never became complete");
  }

  Site& site;
  std::string token;
};

/// A story with an upload, no task done yet.
inline std::string uploaded_story(Site& site) {
  auto const story = site.make_story();
  auto const path = create_upload(site.port(), site.mine_token(story), 100'000);
  REQUIRE(patch(site.port(), path, 0, std::string(100'000, 'v')).status == 204);
  return story;
}

/// A published story.
inline std::string published_story(Site& site) {
  auto const story = uploaded_story(site);
  Worker(site).work_until_ready();
  auto const published = site.catalog().publish(catalog::Actor::system(), story);
  REQUIRE(published);
  return story;
}

} // namespace fixture
