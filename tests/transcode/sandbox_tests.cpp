#include "tests/transcode/story.hpp"
#include "transcode/sandbox.hpp"
#include <arpa/inet.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sys/socket.h>
#include <unistd.h>

using namespace tarina;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string try_way(transcode::BoxOptions options, std::string const& way) {
  asio::io_context io;
  transcode::Box box(io.get_executor(), std::move(options));
  std::string said = "no answer";
  auto const done = [&](std::exception_ptr e, std::string answer) {
    said = e ? "exception" : std::move(answer);
  };
  asio::co_spawn(io, box.test_sandbox(way), done);
  io.run();
  return said;
}

/// A listening socket that notices whether anybody came.
class Canary {
public:
  Canary() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd_, 16) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~Canary() { ::close(fd_); }
  int port() const { return port_; }
  bool touched() const {
    int const visitor = ::accept(fd_, nullptr, nullptr);
    if (visitor >= 0) ::close(visitor);
    return visitor >= 0;
  }

private:
  int fd_;
  int port_ = 0;
};

struct Folder {
  fs::path path = fs::temp_directory_path() / ("tarina-sandbox-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  fs::path write(std::string const& name, std::string const& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
};

} // namespace

TEST_CASE("a confined process can neither open, connect, start, fork, signal nor trace") {
  for (auto const way : transcode::ways_to_escape) {
    INFO(way);
    CHECK(try_way(test::box_options(), std::string(way)).empty());
  }
}

TEST_CASE("without the sandbox the same test says what is possible") {
  auto open = test::box_options();
  open.sandbox = false;
  for (auto const way : transcode::ways_to_escape) CHECK(!try_way(open, std::string(way)).empty());
}

TEST_CASE("playlists and scripts under any name are refused, with nothing read and nothing fetched") {
  Folder const folder;
  Canary const canary;
  auto const neighbour = folder.write("neighbour.mp4", "sentinel");
  auto const url = fmt::format("http://127.0.0.1:{}/segment.ts", canary.port());
  std::vector<std::string> const contents{
      fmt::format("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n", url),
      fmt::format("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n", neighbour.string()),
      fmt::format("ffconcat version 1.0\nfile neighbour.mp4\nfile '{}'\n", url),
      fmt::format("<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT1S\"><Period><AdaptationSet mimeType=\"video/mp4\">"
                  "<Representation id=\"1\" bandwidth=\"1\"><BaseURL>{}</BaseURL><SegmentList duration=\"1\"><SegmentURL media=\"a\"/></SegmentList></Representation></AdaptationSet></Period></MPD>", url),
      fmt::format("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {} RTP/AVP 96\na=rtpmap:96 H264/90000\n", canary.port()),
      std::string("\x89PNG\r\n\x1a\n", 8) + std::string(64, '\0')};
  for (auto const* name : {"a.mp4", "a.m3u8", "a.mpd", "a.ffconcat", "a.sdp"}) {
    for (auto const& content : contents) {
      auto const made = test::make_story(folder.write(name, content));
      REQUIRE(made.failure);
      CHECK(made.failure->key == "media.unreadable");
      CHECK(made.failure->permanent);
      CHECK(made.files.empty());
    }
  }
  CHECK(!canary.touched());
}

TEST_CASE("a film cut off in the middle is kept as far as it goes, or refused") {
  Folder const folder;
  std::ifstream in(test::fixture("counted.ts"), std::ios::binary);
  std::string const film((std::istreambuf_iterator<char>(in)), {});
  auto const made = test::make_story(folder.write("cut.ts", film.substr(0, film.size() / 2)));
  REQUIRE(!made.failure);
  CHECK(made.facts.duration.count() > 5000);
  CHECK(made.facts.duration.count() < 9000);
}

TEST_CASE("a child that is killed is a crash, not an error of ours") {
  asio::io_context io;
  transcode::Box box(io.get_executor(), test::box_options());
  int const fd = ::open(test::fixture("counted.mp4").c_str(), O_RDONLY | O_CLOEXEC);
  auto const task = test::whole_film(test::fixture("counted.mp4"));
  std::optional<media::TaskFailure> failure;
  transcode::TakeOutput const kill_at_first = [&box](transcode::Output) -> asio::awaitable<void> {
    box.kill();
    co_return;
  };
  auto const job = [&]() -> asio::awaitable<void> {
    auto const ended = co_await box.run(task, fd, kill_at_first, nullptr);
    if (!ended) failure = ended.error();
  };
  auto const done = [](std::exception_ptr e) { CHECK(!e); };
  asio::co_spawn(io, job, done);
  io.run();
  ::close(fd);
  REQUIRE(failure);
  CHECK(failure->key == "worker.crashed");
  CHECK(!failure->permanent);
}
