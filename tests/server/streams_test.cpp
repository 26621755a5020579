#include "server/identity.hpp"
#include "server/metrics.hpp"
#include "server/work.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {
std::string key_for(Site& site, std::string const& story, catalog::Use use) { return site.catalog().access(story, use).value().stream_key; }
/// Files below `folder` that this process holds open, removed ones too.
int held_open(fs::path const& folder) {
  int held = 0;
  for (auto const& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (auto const file = fs::read_symlink(entry.path(), gone); !gone && file.native().starts_with(folder.native() + "/")) ++held;
  }
  return held;
}
int status(Site& site, std::string const& path) { return fetch(site.port(), "GET", path).status; }
} // namespace

TEST_CASE("a published package streams: its segments for ever, its playlists and what others share for a minute") {
  Site site;
  auto const story = published_story(site);
  auto const base = "/stream/" + key_for(site, story, catalog::Use::watch) + "/";
  auto const playlist = fetch(site.port(), "GET", base + "main.m3u8");
  CHECK(playlist.status == 200);
  CHECK(playlist["content-type"] == "application/vnd.apple.mpegurl");
  for (std::string const name : {"main.m3u8", "main.mpd", "v360/index.m3u8", "stills/storyboard.vtt"}) CHECK(fetch(site.port(), "GET", base + name)["cache-control"] == "public, max-age=60, s-maxage=50");
  for (std::string const name : {"v360/init.mp4", "v360/00001.m4s", "stills/poster.jpg"})
    CHECK(fetch(site.port(), "GET", base + name)["cache-control"] == "public, max-age=31536000, s-maxage=50, immutable");
  CHECK(playlist.body.find("v360/index.m3u8") != std::string::npos);
  CHECK(fetch(site.port(), "GET", base + "v360/index.m3u8").body.find("#EXT-X-ENDLIST") != std::string::npos);
  for (int i = 0; i < 2; ++i) { // opened, then from the open files
    auto const segment = fetch(site.port(), "GET", base + "v360/00002.m4s");
    CHECK(segment.status == 200);
    CHECK(segment.body.starts_with("v360 segment 1"));
    CHECK(segment["content-type"] == "video/iso.segment");
    CHECK(fetch(site.port(), "GET", base + "v360/00002.m4s", "If-None-Match: " + segment["etag"] + "\r\n").status == 304);
    CHECK(fetch(site.port(), "GET", base + "v360/00002.m4s", "Range: bytes=0-3\r\n").body == "v360");
  }
  CHECK(status(site, base + "stills/poster.jpg") == 200);
  CHECK(status(site, base + "main.mpd") == 200);
  for (std::string const missing : {"v360/99999.m4s", "nothing", "v360", "../x", "%2e%2e/x", "V360/00001.m4s", "v360/00001.m4s/x"}) {
    CAPTURE(missing);
    CHECK(status(site, base + missing) == 404);
  }
  CHECK(status(site, "/stream/nosuchkeynosuchkey20/main.m3u8") == 404);
  auto const package = site.catalog().story(catalog::Actor::system(), story).value().package;
  CHECK(status(site, "/stream/" + package + "/main.m3u8") == 404); // the package's own id opens nothing
  auto const preflight = fetch(site.port(), "OPTIONS", base + "main.m3u8",
                               "Origin: https://school.example\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: range\r\n");
  CHECK(preflight.status == 204);
  CHECK(preflight["access-control-allow-headers"].find("Range") != std::string::npos);
}

TEST_CASE("only the streams agreed to for other sites are open to them") {
  Site site;
  auto const story = published_story(site);
  auto const package = site.catalog().story(catalog::Actor::system(), story).value().package;
  auto check = [&](std::string const& base, bool open) {
    for (std::string const name : {"main.m3u8", "v360/index.m3u8", "v360/00001.m4s", "stills/poster.jpg", "stills/storyboard.vtt"})
      for (int i = 0; i < 2; ++i) { // resolved and opened, then remembered
        CAPTURE(base, name, i);
        auto const answer = fetch(site.port(), "GET", base + name, "Origin: https://school.example\r\n");
        REQUIRE(answer.status == 200);
        CHECK(answer.has("access-control-allow-origin") == open);
        CHECK(answer["cross-origin-resource-policy"] == (open ? "cross-origin" : "same-origin"));
      }
  };
  using catalog::Use;
  for (auto use : {Use::watch, Use::class_download}) check("/stream/" + key_for(site, story, use) + "/", false);
  for (auto use : {Use::embed, Use::feeds}) check("/stream/" + key_for(site, story, use) + "/", true);
  check(site.service->app().identity.preview_prefix(package), false);
}

TEST_CASE("feeds without embeds open a story's pictures to other sites, not its stream") {
  Site site;
  auto const story = published_story(site);
  auto const base = "/stream/" + key_for(site, story, catalog::Use::feeds) + "/";
  auto open = [&](std::string const& name) {
    auto const answer = fetch(site.port(), "GET", base + name, "Origin: https://school.example\r\n");
    REQUIRE(answer.status == 200);
    CHECK(answer["cross-origin-resource-policy"] == (answer.has("access-control-allow-origin") ? "cross-origin" : "same-origin"));
    return answer.has("access-control-allow-origin");
  };
  CHECK(open("v360/00001.m4s"));
  catalog::NewConsent less;
  less.uses = {.watch = true, .class_download = true, .embed = false, .feeds = true};
  less.text_version = "1";
  less.text_hash = std::string(64, 'a');
  less.language = "fi";
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(story), story, less));
  for (int i = 0; i < 2; ++i) { // resolved and opened, then remembered
    for (std::string const name : {"main.m3u8", "main.mpd", "v360/index.m3u8", "v360/init.mp4", "v360/00001.m4s"}) CHECK_FALSE(open(name));
    for (std::string const name : {"stills/poster.jpg", "stills/storyboard.vtt"}) CHECK(open(name));
  }
}

TEST_CASE("subtitles are open to other sites only when asked for as an embed's or a feed's") {
  Site site;
  auto const path = "/api/v1/stories/" + published_story(site) + "/subtitles/fi-captions.vtt";
  for (std::string const query : {"", "?use=watch", "?use=class_download", "?use=preview"}) {
    auto const answer = fetch(site.port(), "GET", path + query);
    CHECK_FALSE(answer.has("access-control-allow-origin"));
    CHECK(answer["cross-origin-resource-policy"] == "same-origin");
  }
  for (std::string const query : {"?use=embed", "?use=feeds"}) CHECK(fetch(site.port(), "GET", path + query)["access-control-allow-origin"] == "*");
}

TEST_CASE("a use that is no longer agreed to ends with its segments, the others go on") {
  Site site;
  auto const story = published_story(site);
  auto const watch = "/stream/" + key_for(site, story, catalog::Use::watch) + "/v360/00001.m4s";
  auto const embed = "/stream/" + key_for(site, story, catalog::Use::embed) + "/v360/00001.m4s";
  CHECK(watch != embed);
  REQUIRE(status(site, watch) == 200);
  REQUIRE(status(site, embed) == 200);
  catalog::NewConsent less;
  less.uses = {.watch = true};
  less.text_version = "1";
  less.text_hash = std::string(64, 'a');
  less.language = "fi";
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(story), story, less));
  CHECK(status(site, watch) == 200);
  auto const ended = status(site, embed);
  CHECK((ended == 404 || ended == 410));
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  CHECK(status(site, watch) == 410);
  server::sweep_once(site.catalog(), site.store());
  REQUIRE(site.catalog().undo_withdrawal(catalog::Actor::teller(story), story));
  CHECK(status(site, watch) == 200); // nothing was erased
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  REQUIRE(site.catalog().erase_now(catalog::Actor::teller(story), story));
  CHECK(status(site, watch) == 410);
  server::sweep_once(site.catalog(), site.store());
  CHECK(fs::is_empty(site.config.data / "media" / "packages"));
  CHECK(fs::is_empty(site.config.data / "media" / "originals"));
  auto const after = status(site, watch);
  CHECK((after == 404 || after == 410));
}

TEST_CASE("an erased film is not held open, so that its bytes are free") {
  Site site;
  auto const story = published_story(site);
  auto const packages = site.config.data / "media" / "packages";
  REQUIRE(status(site, "/stream/" + key_for(site, story, catalog::Use::watch) + "/v360/00001.m4s") == 200);
  REQUIRE(held_open(packages) > 0);
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  REQUIRE(site.catalog().erase_now(catalog::Actor::teller(story), story));
  // The server's own sweep does both, without another request.
  auto const given_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while ((held_open(packages) > 0 || !fs::is_empty(packages)) && std::chrono::steady_clock::now() < given_up) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(held_open(packages) == 0);
  CHECK(fs::is_empty(packages));
}

TEST_CASE("a preview plays what is there so far behind a signed address") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  REQUIRE(worker.work(worker.lease()).status == 200); // probe
  auto const package = site.catalog().story(catalog::Actor::system(), story).value().processing.package;
  auto const& identity = site.service->app().identity;
  auto const prefix = identity.preview_prefix(package);
  CHECK(status(site, prefix + "v360/index.m3u8") == 404);
  // What a task has sent so far is shown while it still runs.
  auto const opening = worker.lease();
  std::vector<media::Track> const made{worker.make_track(opening, "v360", 25, 0, 1, 150)};
  auto const news = nlohmann::json{{"fraction", 0.5}, {"made", media::TaskResult(made)}}.dump();
  REQUIRE(worker.call("POST", "tasks/" + opening.task_id + "/progress", opening.token, news).status == 200);
  auto const first = fetch(site.port(), "GET", prefix + "v360/index.m3u8");
  CHECK(first.status == 200);
  CHECK(first.body.find("00001.m4s") != std::string::npos);
  CHECK(first.body.find("00002.m4s") == std::string::npos);
  REQUIRE(worker.work(opening).status == 200);
  std::string playlist;
  for (int i = 0; i < 10 && playlist.empty(); ++i) {
    REQUIRE(worker.work(worker.lease()).status == 200);
    auto const answer = fetch(site.port(), "GET", prefix + "v360/index.m3u8");
    if (answer.status != 200) continue;
    CHECK(answer["cache-control"] == "private, no-cache");
    playlist = answer.body;
  }
  CHECK(playlist.find("#EXT-X-PLAYLIST-TYPE:EVENT") != std::string::npos);
  CHECK(playlist.find("#EXT-X-ENDLIST") == std::string::npos);
  CHECK(playlist.find("00001.m4s") != std::string::npos);
  CHECK(status(site, prefix + "main.m3u8") == 200);
  CHECK(status(site, prefix + "v360/00001.m4s") == 200);
  worker.work_until_ready();
  CHECK(fetch(site.port(), "GET", prefix + "v360/index.m3u8").body.find("#EXT-X-ENDLIST") != std::string::npos);
  CHECK(status(site, prefix + "v360/00004.m4s") == 200);

  // Forged, changed and expired addresses
  CHECK(status(site, identity.preview_prefix(package, std::chrono::seconds(-1000)) + "main.m3u8") == 410);
  auto forged = prefix;
  forged[forged.size() - 2] = forged[forged.size() - 2] == '0' ? '1' : '0';
  CHECK(status(site, forged + "main.m3u8") == 404);
  auto later = prefix;
  auto const expiry = later.find(package) + package.size() + 1;
  later[expiry] = '9';
  CHECK(status(site, later + "main.m3u8") == 404);
  CHECK(status(site, "/stream/p-/main.m3u8") == 404);
  CHECK(status(site, "/stream/p--/main.m3u8") == 404);
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  CHECK(status(site, prefix + "main.m3u8") == 410);
}

TEST_CASE("asking for a growing playlist costs one read of the record a growth, and nothing when it did not change") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  REQUIRE(worker.work(worker.lease()).status == 200); // probe
  auto const opening = worker.lease();
  auto const package = site.catalog().story(catalog::Actor::system(), story).value().processing.package;
  auto const address = site.service->app().identity.preview_prefix(package) + "v360/index.m3u8";
  auto const& written = site.service->app().metrics.playlists_written;
  auto const begun = written.load();
  auto poll = [&](std::string const& headers = "") { return fetch(site.port(), "GET", address, headers); };
  auto grow = [&](int segments) {
    std::vector<media::Track> const made{worker.make_track(opening, "v360", 25, 0, segments, 150)};
    auto const news = nlohmann::json{{"fraction", 0.2 * segments}, {"made", media::TaskResult(made)}}.dump();
    REQUIRE(worker.call("POST", "tasks/" + opening.task_id + "/progress", opening.token, news).status == 200);
  };
  for (int i = 0; i < 5; ++i) CHECK(poll().status == 404); // nothing to show yet
  CHECK(written == begun + 1);
  std::string tag;
  for (std::uint64_t segments = 1; segments <= 2; ++segments) {
    grow(static_cast<int>(segments));
    auto const fresh = poll(tag.empty() ? "" : "If-None-Match: " + tag + "\r\n");
    REQUIRE(fresh.status == 200);
    CHECK(fresh.body.find("0000" + std::to_string(segments) + ".m4s") != std::string::npos);
    tag = fresh["etag"];
    for (int i = 0; i < 20; ++i) {
      CHECK(poll().body == fresh.body);
      auto const same = poll("If-None-Match: " + tag + "\r\n");
      CHECK(same.status == 304);
      CHECK(same["etag"] == tag);
    }
    CHECK(written == begun + 1 + segments);
  }
  // News of another package outdate nothing here.
  uploaded_story(site);
  CHECK(poll().status == 200); // a new consent may have changed what is allowed
  auto const settled = written.load();
  REQUIRE(worker.work(worker.lease()).status == 200); // the other's probe
  CHECK(poll().status == 200);
  CHECK(written == settled);
  // A worker that goes on without news of segments neither.
  REQUIRE(worker.call("POST", "tasks/" + opening.task_id + "/progress", opening.token, R"({"fraction": 0.9})").status == 200);
  CHECK(poll().status == 200);
  CHECK(written == settled);
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  CHECK(poll().status == 410);
}

TEST_CASE("assets are compressed once, immutable when their name says so, and stay in their folder") {
  Site site;
  auto const hashed = fetch(site.port(), "GET", "/assets/site-ABCDEFGH.js", "Accept-Encoding: br\r\n");
  CHECK(hashed.status == 200);
  CHECK(hashed["content-encoding"] == "br");
  CHECK(hashed["cache-control"].find("immutable") != std::string::npos);
  CHECK(hashed["access-control-allow-origin"] == "*");
  CHECK(hashed["content-type"] == "text/javascript; charset=utf-8");
  CHECK(hashed["x-content-type-options"] == "nosniff");
  auto const plain = fetch(site.port(), "GET", "/assets/site-ABCDEFGH.js");
  CHECK(plain.body.size() > 4000);
  CHECK(plain["etag"] != hashed["etag"]);
  CHECK(fetch(site.port(), "GET", "/assets/site-ABCDEFGH.js", "If-None-Match: " + plain["etag"] + "\r\n").status == 304);
  CHECK(fetch(site.port(), "GET", "/assets/plain.txt")["cache-control"] == "public, max-age=300");
  for (std::string const outside : {"../pages/watch.html", "..%2fpages%2fwatch.html", "%2e%2e/pages/watch.html", ".hidden", "none.js", "a//b"})
    CHECK(status(site, "/assets/" + outside) == 404);
}

TEST_CASE("health and figures can be asked") {
  Site site;
  auto const health = fetch(site.port(), "GET", "/healthz");
  CHECK(health.status == 200);
  CHECK(health.body.find("ok") != std::string::npos);
  published_story(site);
  auto const metrics = fetch(site.port(), "GET", "/metrics");
  CHECK(metrics["content-type"].starts_with("text/plain; version=0.0.4"));
  for (std::string const line : {"tarina_requests_total{route=\"/api/v1/uploads/{id}\",status=\"204\"} 1", "tarina_request_seconds_count", "tarina_connections_open",
                                 "tarina_disk_free_bytes", "tarina_stories{state=\"published\"} 1", "tarina_upload_bytes_total 100000", "tarina_catalog_queue"}) {
    CAPTURE(line);
    CHECK(metrics.body.find(line) != std::string::npos);
  }
}

TEST_CASE("every answer carries the security headers") {
  Site site;
  for (std::string const path : {"/healthz", "/nowhere", "/api/v1/uploads", "/stream/x/y", "/assets/none.js"}) {
    CAPTURE(path);
    auto const answer = fetch(site.port(), "GET", path);
    CHECK(answer["x-content-type-options"] == "nosniff");
    CHECK(answer["referrer-policy"] == "same-origin");
    CHECK(answer.has("cross-origin-resource-policy"));
    CHECK(answer.has("x-request-id"));
    CHECK(answer.has("cache-control"));
    if (answer["content-type"].ends_with("json")) {
      CHECK(answer["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'");
    }
  }
}
