#include "tests/transcode/fake_server.hpp"
#include "tests/transcode/story.hpp"
#include "transcode/hash.hpp"
#include "transcode/worker.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <algorithm>
#include <fstream>
#include <unistd.h>

using namespace tarina;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string read_file(fs::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A worker and its server on one loop, the worker's cache in a folder of its own.
struct Workshop {
  asio::io_context io;
  test::FakeServer server{io};
  fs::path folder = fs::temp_directory_path() / ("tarina-worker-" + std::to_string(::getpid()));
  std::unique_ptr<transcode::Worker> worker;
  std::string refused;
  std::int64_t cache_bytes = 10'000'000;

  Workshop() {
    fs::remove_all(folder);
    server.source = read_file(test::fixture("counted.mp4"));
    server.on_end = [this] { worker->stop(); };
  }
  ~Workshop() { fs::remove_all(folder); }

  std::vector<std::string> cached() const {
    std::vector<std::string> names;
    for (auto const& file : fs::directory_iterator(folder)) names.push_back(file.path().filename());
    return names;
  }

  media::Lease lease(media::Task task, std::string id = "task1") const {
    return {.task_id = std::move(id), .token = 7, .expires_in = media::milliseconds(1000), .source_bytes = static_cast<std::int64_t>(server.source.size()),
            .source_sha256 = transcode::sha256_of(server.source), .task = std::move(task)};
  }

  void run() {
    transcode::WorkerSettings settings;
    settings.server.address = {.tls = false, .host = "127.0.0.1", .port = std::to_string(server.port()), .base = {}};
    settings.server.token = "secret";
    settings.name = "bench";
    settings.jobs = 2;
    settings.cache = folder;
    settings.cache_bytes = cache_bytes;
    settings.box = test::box_options();
    settings.pause = std::chrono::milliseconds(5);
    settings.patience = std::chrono::milliseconds(20);
    worker = std::make_unique<transcode::Worker>(io.get_executor(), settings);
    auto const ended = [this](std::exception_ptr e) {
      try {
        if (e) std::rethrow_exception(e);
      } catch (std::exception const& x) {
        refused = x.what();
      }
      server.stop();
    };
    asio::co_spawn(io, worker->run(), ended);
    io.run();
  }
};

media::Task first_chunk() { return test::whole_film(test::fixture("counted.mp4")); }

int count(std::vector<std::string> const& calls, std::string_view call) { return static_cast<int>(std::count(calls.begin(), calls.end(), call)); }

} // namespace

TEST_CASE("a worker leases, fetches, encodes, sends and completes") {
  Workshop shop;
  shop.server.leases.push_back(shop.lease(first_chunk()));
  shop.run();
  REQUIRE(shop.server.completed.size() == 1);
  CHECK(shop.server.name == "bench");
  auto const& tracks = std::get<std::vector<media::Track>>(shop.server.completed[0]);
  REQUIRE(tracks.size() == 2);
  for (auto const& track : tracks) {
    CHECK(transcode::sha256_of(shop.server.outputs.at(track.name + "/init.mp4")) == track.init_sha256);
    for (auto const& segment : track.segments) CHECK(transcode::sha256_of(shop.server.outputs.at(track.name + "/" + segment.name)) == segment.sha256);
  }
}

TEST_CASE("two tasks of one story fetch the original once") {
  Workshop shop;
  shop.server.leases = {shop.lease(media::ProbeTask{}, "task1"), shop.lease(media::ProbeTask{}, "task2")};
  shop.server.on_end = [&shop] {
    if (shop.server.completed.size() == 2) shop.worker->stop();
  };
  shop.run();
  CHECK(shop.server.completed.size() == 2);
  CHECK(count(shop.server.calls, "GET source") == 1);
}

TEST_CASE("originals beyond the cache's bound make room for the next") {
  Workshop shop;
  shop.cache_bytes = static_cast<std::int64_t>(shop.server.source.size()) + 1000;
  auto const first = shop.lease(media::ProbeTask{}, "task1");
  shop.server.leases.push_back(first);
  shop.server.on_end = [&shop] {
    if (shop.server.completed.size() == 2) return shop.worker->stop();
    CHECK(shop.cached().size() == 1);
    shop.server.source = read_file(test::fixture("recorded.webm"));
    shop.server.leases.push_back(shop.lease(media::ProbeTask{}, "task2"));
  };
  shop.run();
  CHECK(shop.server.completed.size() == 2);
  CHECK(shop.cached() == std::vector<std::string>{transcode::sha256_of(shop.server.source)});
}

TEST_CASE("a server that fails or hangs up is asked again until it has everything") {
  Workshop shop;
  shop.server.leases.push_back(shop.lease(first_chunk()));
  std::map<std::string, int> tries;
  shop.server.interfere = [&tries](std::string const& call) {
    if (call == "POST progress") return 0;
    auto const attempt = ++tries[call];
    return attempt == 1 ? 503 : attempt == 2 ? -1 : 0;
  };
  shop.run();
  REQUIRE(shop.server.completed.size() == 1);
  CHECK(tries["POST complete"] == 3);
  CHECK(tries["PUT outputs/v480/init.mp4"] == 3);
}

TEST_CASE("a download goes on where it stopped") {
  Workshop shop;
  auto const lease = shop.lease(media::ProbeTask{});
  fs::create_directories(shop.folder);
  std::ofstream(shop.folder / (lease.source_sha256 + ".part"), std::ios::binary) << shop.server.source.substr(0, 10'000);
  shop.server.leases.push_back(lease);
  shop.run();
  CHECK(shop.server.completed.size() == 1);
  CHECK(shop.server.ranges == std::vector<std::string>{"bytes=10000-"});
}

TEST_CASE("a damaged download is thrown away and fetched again") {
  Workshop shop;
  auto const lease = shop.lease(media::ProbeTask{});
  fs::create_directories(shop.folder);
  std::ofstream(shop.folder / (lease.source_sha256 + ".part"), std::ios::binary) << std::string(10'000, 'x');
  shop.server.leases.push_back(lease);
  shop.run();
  CHECK(shop.server.completed.size() == 1);
  CHECK(shop.server.ranges == std::vector<std::string>{"bytes=10000-", ""});
}

TEST_CASE("a lost lease ends the work without a word") {
  Workshop shop;
  shop.server.leases.push_back(shop.lease(first_chunk()));
  shop.server.interfere = [](std::string const& call) { return call.starts_with("PUT") ? 409 : 0; };
  shop.server.on_call = [&shop](std::string const& call) {
    if (call.starts_with("PUT")) shop.worker->stop();
  };
  shop.run();
  CHECK(shop.server.completed.empty());
  CHECK(shop.server.failed.empty());
  CHECK(count(shop.server.calls, "POST complete") + count(shop.server.calls, "POST fail") == 0);
}

TEST_CASE("a cancelled task is killed and not reported") {
  Workshop shop;
  shop.server.leases.push_back(shop.lease(first_chunk()));
  // The output is never accepted, so only the cancellation can end the task.
  shop.server.interfere = [](std::string const& call) { return call.starts_with("PUT") ? 503 : 0; };
  shop.server.on_call = [&shop](std::string const& call) {
    if (call.starts_with("PUT")) shop.server.cancelled = true;
    if (call == "POST progress" && shop.server.cancelled) shop.worker->stop();
  };
  shop.run();
  CHECK(shop.server.watched_ms == 333); // a third of the lease
  CHECK(shop.server.completed.empty());
  CHECK(shop.server.failed.empty());
}

TEST_CASE("a file that cannot be read is reported as such") {
  Workshop shop;
  shop.server.source = "this is no film";
  shop.server.leases.push_back(shop.lease(media::ProbeTask{}));
  shop.run();
  REQUIRE(shop.server.failed.size() == 1);
  CHECK(shop.server.failed[0].key == "media.unreadable");
  CHECK(shop.server.failed[0].permanent);
}

TEST_CASE("a worker told twice to stop gives its tasks back") {
  Workshop shop;
  shop.server.leases.push_back(shop.lease(first_chunk()));
  shop.server.interfere = [](std::string const& call) { return call.starts_with("PUT") ? 503 : 0; };
  bool asked = false;
  shop.server.on_call = [&](std::string const& call) {
    if (!call.starts_with("PUT") || asked) return;
    asked = true;
    shop.worker->stop();
    shop.worker->stop();
  };
  shop.run();
  REQUIRE(shop.server.failed.size() == 1);
  CHECK(shop.server.failed[0].key == "worker.failed");
  CHECK(!shop.server.failed[0].permanent);
}

TEST_CASE("a worker with a wrong token says so and ends") {
  Workshop shop;
  shop.server.token = "another";
  shop.run();
  CHECK(shop.refused.find("401") != std::string::npos);
}
