#include "server/api/worker_outputs.hpp"
#include "server/work.hpp"
#include "worker_fixture.hpp"
#include <thread>

using namespace fixture;

TEST_CASE("the worker API wants its token") {
  Site site;
  for (std::string const header : {"", "Authorization: Bearer wrong\r\n", "Authorization: Basic abc\r\n"}) {
    auto const answer = fetch(site.port(), "POST", "/api/v1/worker/lease", header, "{}");
    CHECK(answer.status == 401);
    CHECK(answer["www-authenticate"] == "Bearer");
  }
}

TEST_CASE("a worker that asks before there is work gets the task as soon as it is there") {
  Site site;
  Worker worker(site);
  Answer answer;
  std::thread waiting([&] { answer = worker.call("POST", "lease", 0, R"({"worker":"test"})"); });
  auto const story = uploaded_story(site);
  waiting.join();
  REQUIRE(answer.status == 200);
  auto const got = nlohmann::json::parse(answer.body).get<media::Lease>();
  CHECK(std::holds_alternative<media::ProbeTask>(got.task));
  CHECK(got.source_bytes == 100'000);
  CHECK(got.source_sha256 == server::sha256_of(std::string(100'000, 'v')));
}

TEST_CASE("a waiting worker that goes away takes no task with it") {
  Site site;
  Worker worker(site);
  {
    Wire gone(site.port());
    gone.send("POST /api/v1/worker/lease HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + worker.token + "\r\nContent-Length: 2\r\n\r\n{}");
    // It waits now, for the next task; then its process dies.
    auto const answer = fetch(site.port(), "GET", "/healthz");
    REQUIRE(answer.status == 200);
  }
  uploaded_story(site);
  auto const task = worker.lease();
  CHECK(worker.call("POST", "tasks/" + task.task_id + "/progress", task.token, R"({"fraction":0.5})").status == 200);
}

TEST_CASE("the source is read by range, under the lease in force only") {
  Site site;
  uploaded_story(site);
  Worker worker(site);
  auto const task = worker.lease();
  auto const path = "tasks/" + task.task_id + "/source";
  CHECK(worker.call("GET", path, task.token).body == std::string(100'000, 'v'));
  auto const part = worker.call("GET", path, task.token, "", "Range: bytes=10-19\r\n");
  CHECK(part.status == 206);
  CHECK(part.body.size() == 10);
  CHECK(worker.call("GET", path, task.token + 1).status == 409);
  CHECK(worker.call("GET", "tasks/nosuchtask/source", task.token).status == 404);
}

TEST_CASE("a stale token changes nothing") {
  Site site;
  uploaded_story(site);
  Worker worker(site);
  auto const probe = worker.lease();
  REQUIRE(worker.work(probe).status == 200);
  REQUIRE(worker.work(worker.lease()).status == 200); // the opening
  auto const old = worker.lease();
  REQUIRE(std::holds_alternative<media::AudioTask>(old.task));
  REQUIRE(worker.put(old, "a128/init.mp4", "first").status == 204);
  // The lease runs out while the worker is away; somebody else gets the task.
  site.skipped = std::chrono::minutes(2);
  auto const fresh = worker.lease();
  REQUIRE(fresh.task_id == old.task_id);
  CHECK(fresh.token > old.token);
  REQUIRE(worker.put(fresh, "a128/init.mp4", "second").status == 204);
  CHECK(worker.put(old, "a128/init.mp4", "stale").status == 409);
  CHECK(worker.put(old, "a128/00001.m4s", "stale").status == 409);
  auto const base = "tasks/" + old.task_id;
  CHECK(worker.call("POST", base + "/progress", old.token, R"({"fraction":0.9})").status == 409);
  CHECK(worker.call("POST", base + "/fail", old.token, R"({"failure":{"key":"media.damaged","detail":"","permanent":true}})").status == 409);
  CHECK(worker.complete(old, std::vector<media::Track>{}).status == 409);
  CHECK(worker.call("POST", base + "/progress", fresh.token, R"({"fraction":0.1})").status == 200);
}

TEST_CASE("a task sends only the files it is for, and reports them as they are") {
  Site site;
  uploaded_story(site);
  Worker worker(site);
  auto const probe = worker.lease();
  CHECK(worker.put(probe, "v720/init.mp4", "x").status == 400); // a probe makes nothing
  CHECK(worker.complete(probe, std::vector<media::Track>{}).status == 400);
  CHECK(worker.call("POST", "tasks/" + probe.task_id + "/complete", probe.token, "not json").status == 400);
  CHECK(worker.call("POST", "tasks/" + probe.task_id + "/complete", probe.token, R"({"result":7})").status == 400);
  REQUIRE(worker.work(probe).status == 200);
  REQUIRE(worker.work(worker.lease()).status == 200); // the opening
  auto const audio = worker.lease();
  auto const name = std::get<media::AudioTask>(audio.task).rendition.name;
  for (std::string const bad : {"v360/init.mp4", "../x", "main.m3u8", "stills/poster.jpg", "a128/../../x", "a128/index.m3u8", "a128/.hidden", "a128/other.dat", "a128/cover.jpg"}) {
    CAPTURE(bad);
    CHECK(worker.put(audio, bad, "x").status >= 400);
  }
  CHECK(worker.put(audio, name + "/init.mp4", std::string((std::size_t{64} << 20) + 1, 'x')).status == 413);
  auto track = worker.make_track(audio, name, 48000, 0, 4, 288'000);
  track.sample_rate = 48000;
  auto changed = track;
  changed.segments[1].sha256 = std::string(64, '0');
  CHECK(worker.complete(audio, std::vector<media::Track>{changed}).status == 400);
  changed = track;
  changed.segments[1].name = "00077.m4s";
  CHECK(worker.complete(audio, std::vector<media::Track>{changed}).status == 400);
  changed = track;
  changed.name = "v360";
  CHECK(worker.complete(audio, std::vector<media::Track>{changed}).status == 400);
  REQUIRE(worker.put(audio, name + "/peaks.dat", "a waveform").status == 204);
  changed = track;
  changed.data = {{"peaks.dat", 10, std::string(64, '0')}};
  CHECK(worker.complete(audio, std::vector<media::Track>{changed}).status == 400);
  changed.data = {{"speech.json", 10, server::sha256_of("a waveform")}}; // was never sent
  CHECK(worker.complete(audio, std::vector<media::Track>{changed}).status == 400);
  changed.data = {{"init.mp4.jpg", 10, server::sha256_of("a waveform")}};
  CHECK(worker.complete(audio, std::vector<media::Track>{changed}).status == 400);
  track.data = {{"peaks.dat", 10, server::sha256_of("a waveform")}};
  CHECK(worker.complete(audio, std::vector<media::Track>{track}).status == 200);
}

TEST_CASE("the last task done publishes the package with its playlists") {
  Site site;
  auto const story = uploaded_story(site);
  Worker(site).work_until_ready();
  auto const now = site.catalog().story(catalog::Actor::system(), story).value();
  CHECK(now.state == catalog::StoryState::review);
  REQUIRE_FALSE(now.package.empty());
  for (std::string const name : {"main.m3u8", "main.mpd", "a128/index.m3u8", "v360/index.m3u8", "v360/00004.m4s", "stills/storyboard.vtt", "stills/poster.jpg"}) {
    CAPTURE(name);
    CHECK(site.store().open_published(now.package, name));
  }
  CHECK(fs::is_empty(site.config.data / "media" / "staging"));
}

TEST_CASE("a crash between moving a package and flipping the pointer is repaired at start") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  // Complete the last task without the server's publish step, as a crash right after the transaction would leave it.
  for (;;) {
    auto const task = worker.lease();
    auto& c = site.catalog();
    if (!std::holds_alternative<media::DownloadTask>(task.task)) { // always the last
      REQUIRE(worker.work(task).status == 200);
      continue;
    }
    REQUIRE(worker.put_piece(task, 0, "the download").status == 204);
    auto const leased = c.leased_task(task.task_id, task.token).value();
    auto const done = c.complete_task(task.task_id, task.token, media::Download{12, server::sha256_of("the download")});
    REQUIRE(done);
    REQUIRE(done->package_complete);
    REQUIRE(site.store().write_staged(leased.package, "main.m3u8", "half written"));
    break;
  }
  site.restart();
  auto const now = site.catalog().story(catalog::Actor::system(), story).value();
  CHECK(now.state == catalog::StoryState::review);
  REQUIRE_FALSE(now.package.empty());
  auto const playlist = site.store().open_published(now.package, "main.m3u8");
  REQUIRE(playlist);
  CHECK(playlist->size() > 100);
}

TEST_CASE("a worker that watches its task learns at once that nobody wants it any more") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  auto const probe = worker.lease();
  Answer answer;
  std::thread watching([&] { answer = worker.call("POST", "tasks/" + probe.task_id + "/progress", probe.token, R"({"fraction":0.5,"watch_ms":10000})"); });
  auto& c = site.catalog();
  while (c.processing(catalog::Actor::system(), story).value().percent == 0) std::this_thread::yield(); // until it watches
  REQUIRE(c.withdraw(catalog::Actor::system(), story));
  watching.join();
  REQUIRE(answer.status == 200);
  CHECK(nlohmann::json::parse(answer.body).at("cancelled") == true);
}

TEST_CASE("a remuxed source is previewed whole until the package replaces it") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  auto facts = Worker::facts();
  facts.remuxable = true;
  auto const probe = worker.lease();
  REQUIRE(worker.complete(probe, facts).status == 200);
  auto const task = worker.lease();
  REQUIRE(std::holds_alternative<media::RemuxTask>(task.task));
  CHECK(worker.put(task, "v360/init.mp4", "x").status == 400);
  auto picture = worker.make_track(task, "original", 90'000, 0, 3, 720'000);
  picture.width = 640;
  picture.height = 360;
  picture.frame_rate = {25, 1};
  auto sound = worker.make_track(task, "original-sound", 44'100, 0, 3, 352'800);
  sound.channels = 2;
  sound.sample_rate = 44'100;
  sound.codecs = "mp4a.40.2";
  REQUIRE(worker.complete(task, std::vector<media::Track>{picture, sound}).status == 200);
  auto const package = site.catalog().processing(catalog::Actor::system(), story).value().package;
  auto const prefix = site.service->app().identity.preview_prefix(package);
  auto const main = fetch(site.port(), "GET", prefix + "main.m3u8").body;
  CHECK(main.find("original/index.m3u8") != std::string::npos);
  CHECK(main.find("v360") == std::string::npos);
  auto const list = fetch(site.port(), "GET", prefix + "original/index.m3u8").body;
  CHECK(list.find("00003.m4s") != std::string::npos);
  CHECK(list.find("#EXT-X-ENDLIST") != std::string::npos);
  CHECK(fetch(site.port(), "GET", prefix + "original/00002.m4s").status == 200);
  worker.work_until_ready();
  auto const after = fetch(site.port(), "GET", prefix + "main.m3u8").body;
  CHECK(after.find("original") == std::string::npos);
  CHECK(after.find("v360/index.m3u8") != std::string::npos);
  CHECK(fetch(site.port(), "GET", prefix + "original/00002.m4s").status == 404);
}

TEST_CASE("a permanent failure is told to the story at once") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  auto const probe = worker.lease();
  auto const path = "tasks/" + probe.task_id + "/fail";
  CHECK(worker.call("POST", path, probe.token, "{}").status == 400);
  CHECK(worker.call("POST", path, probe.token, R"({"failure":{"key":"media.no_streams","detail":"nothing in it","permanent":true}})").status == 204);
  auto const now = site.catalog().story(catalog::Actor::system(), story).value();
  CHECK(now.processing.state == catalog::ProcessingState::failed);
  CHECK(now.processing.error_key == "media.no_streams");
}
