// Answers that a thread gives again by itself (server/lane.hpp) must be the ones the general way gives.
#include "server/identity.hpp"
#include "server/kept_answers.hpp"
#include "small_server.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

std::string get(std::string const& path, std::string const& headers = "") { return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n"; }

/// Without what differs from answer to answer.
std::map<std::string, std::string> lasting(Answer const& answer) {
  auto headers = answer.headers;
  for (auto const* name : {"date", "x-request-id"}) headers.erase(name);
  return headers;
}

server::Config one_thread(server::Config config) {
  config.io_threads = 1; // every connection sees what the first one left
  return config;
}

struct Published {
  Published() : site([](server::Config& config) { config = one_thread(config); }), story(published_story(site)) {
    base = "/stream/" + site.catalog().access(story, catalog::Use::embed).value().stream_key + "/";
  }
  Site site;
  std::string story, base;
};

} // namespace

TEST_CASE("an answer given again is the one given first, for files in memory, files on disk and text") {
  Published one;
  Wire wire(one.site.port());
  for (std::string const name : {"v360/init.mp4", "v360/00001.m4s", "stills/poster.jpg", "main.m3u8", "v360/index.m3u8", "main.mpd"})
    for (std::string const headers : {"", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip\r\n"}) {
      CAPTURE(name, headers);
      auto const first = wire.ask(get(one.base + name, headers));
      REQUIRE(first.status == 200);
      CHECK((first.has("x-request-id") || !headers.empty())); // a file is the same for every coding
      auto const again = wire.ask(get(one.base + name, headers));
      CHECK(again.status == 200);
      CHECK(lasting(again) == lasting(first));
      CHECK((again.body == first.body));
      CHECK(again["date"].size() == first["date"].size());
      auto const head = wire.ask("HEAD " + one.base + name + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
      CHECK(lasting(head) == lasting(first));
      auto const unchanged = wire.ask(get(one.base + name, headers + "If-None-Match: " + first["etag"] + "\r\n"));
      CHECK(unchanged.status == 304);
      CHECK_FALSE(unchanged.has("content-length"));
      CHECK(unchanged["etag"] == first["etag"]);
      CHECK(unchanged["cache-control"] == first["cache-control"]);
    }
  CHECK_FALSE(wire.ask(get(one.base + "v360/00001.m4s")).has("x-request-id")); // the short way was the one compared
}

TEST_CASE("ranges of an answer given again are the bytes asked for") {
  Published one;
  Wire wire(one.site.port());
  for (std::string const name : {"v360/init.mp4", "v360/00001.m4s"}) {
    auto const whole = wire.ask(get(one.base + name)).body;
    auto const etag = wire.ask(get(one.base + name))["etag"];
    auto range = [&](std::string const& asked, std::string const& more = "") { return wire.ask(get(one.base + name, "Range: " + asked + "\r\n" + more)); };
    CHECK(range("bytes=3-7").body == whole.substr(3, 5));
    CHECK(range("bytes=3-7")["content-range"] == "bytes 3-7/" + std::to_string(whole.size()));
    CHECK(range("bytes=-4").body == whole.substr(whole.size() - 4));
    CHECK((range("bytes=1-").body == whole.substr(1)));
    CHECK(range("bytes=99999999-").status == 416);
    CHECK(range("bytes=0-1,3-4").status == 200);
    CHECK(range("bytes=3-7", "If-Range: " + etag + "\r\n").status == 206);
    CHECK(range("bytes=3-7", "If-Range: \"other\"\r\n").status == 200);
    CHECK(range("bytes=3-7", "If-None-Match: " + etag + "\r\n").status == 304);
    CHECK(range("bytes=3-7", "If-Match: \"other\"\r\n").status == 412);
  }
}

TEST_CASE("many requests at once on one connection are answered in order, whichever way each goes") {
  Published one;
  Wire wire(one.site.port());
  auto const segment = wire.ask(get(one.base + "v360/00001.m4s")).body;
  auto const init = wire.ask(get(one.base + "v360/init.mp4")).body;
  std::string all;
  for (int i = 0; i < 30; ++i)
    all += get(one.base + "v360/00001.m4s") + get("/healthz") + get(one.base + "v360/init.mp4") + get(one.base + "nothing") + get(one.base + "v360/init.mp4", "Range: bytes=0-3\r\n");
  std::thread sender([&] { wire.send(all); });
  for (int i = 0; i < 30; ++i) {
    CHECK((wire.read().body == segment));
    CHECK(wire.read().status == 200);
    CHECK(wire.read().body == init);
    CHECK(wire.read().status == 404);
    CHECK(wire.read().body == init.substr(0, 4));
  }
  sender.join();
}

TEST_CASE("a slow reader gets a kept answer whole") {
  Published one;
  fetch(one.site.port(), "GET", one.base + "v360/00001.m4s");
  Wire slow(one.site.port());
  slow.shrink_receive_buffer(4096);
  for (int i = 0; i < 40; ++i) slow.send(get(one.base + "v360/00001.m4s")); // more than the kernel holds
  Wire other(one.site.port());
  CHECK(other.ask(get(one.base + "v360/init.mp4")).status == 200); // nobody waits for it
  for (int i = 0; i < 40; ++i) {
    auto const answer = slow.read();
    CHECK(answer.body.size() == 90'014);
    CHECK(answer.body.starts_with("v360 segment 0"));
  }
}

TEST_CASE("a withdrawal ends answers on a connection that has had them, at once") {
  Published one;
  Wire wire(one.site.port());
  for (int i = 0; i < 3; ++i) REQUIRE(wire.ask(get(one.base + "v360/00001.m4s")).status == 200);
  REQUIRE(one.site.catalog().withdraw(catalog::Actor::teller(one.story), one.story));
  CHECK(wire.ask(get(one.base + "v360/00001.m4s")).status == 410);
}

TEST_CASE("behind a proxy an answer given again keeps the scheme it was asked by") {
  Site site([](server::Config& config) {
    config = one_thread(config);
    config.trusted_proxies = {"127.0.0.1"};
  });
  auto const base = "/stream/" + site.catalog().access(published_story(site), catalog::Use::embed).value().stream_key + "/";
  Wire wire(site.port());
  for (int i = 0; i < 3; ++i) {
    CHECK(wire.ask(get(base + "v360/init.mp4", "X-Forwarded-Proto: https\r\n")).has("strict-transport-security"));
    CHECK_FALSE(wire.ask(get(base + "v360/init.mp4")).has("strict-transport-security"));
  }
}

TEST_CASE("kept answers have bounds, an age and a version") {
  server::Request request;
  auto answer = [&](std::string const& target, std::int64_t until = 100, std::uint64_t version = 1) {
    request.target = target;
    auto response = server::text(target, "text/plain");
    response.repeat = server::Repeat{version, until};
    return response;
  };
  server::KeptAnswers kept(2, 1 << 20);
  auto find = [&](std::string const& target, std::int64_t now = 1, std::uint64_t version = 1) { return kept.find(version, false, target, "", now) != nullptr; };
  for (auto const* target : {"/a", "/b", "/c"}) kept.keep(request, answer(target), 1);
  CHECK_FALSE(find("/a"));
  CHECK(find("/b"));
  CHECK(find("/c"));
  CHECK_FALSE(find("/c", 101)); // too old
  CHECK_FALSE(find("/c"));      // and gone
  kept.keep(request, answer("/b?x=1"), 1);
  CHECK_FALSE(find("/b?x=1")); // there are too many of those
  kept.keep(request, answer("/d", 100, 0), 1);
  CHECK_FALSE(find("/d")); // made before rights changed
  CHECK_FALSE(find("/b", 1, 2));
  CHECK_FALSE(find("/b", 1, 2));
}
