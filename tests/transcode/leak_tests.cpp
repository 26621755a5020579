// One worker program over many tasks: it holds no more memory and no more descriptors at the end than after the first few.
// TARINA_TASKS says how many (60 unless set).
#include "media/ladder.hpp"
#include "tests/transcode/fake_server.hpp"
#include "tests/transcode/story.hpp"
#include "transcode/hash.hpp"
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tarina;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string read_file(fs::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Held {
  std::int64_t kilobytes = 0;
  std::int64_t descriptors = 0;
};

Held look_at(pid_t process) {
  auto const folder = fs::path("/proc") / std::to_string(process);
  Held held;
  std::ifstream status(folder / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) held.kilobytes = std::strtoll(line.c_str() + 6, nullptr, 10);
  }
  held.descriptors = std::distance(fs::directory_iterator(folder / "fd"), fs::directory_iterator());
  return held;
}

/// The most that was held in part `quarter` (0…3) of the run.
Held most_in(std::vector<Held> const& all, std::size_t quarter) {
  Held most;
  for (auto i = all.size() * quarter / 4; i < all.size() * (quarter + 1) / 4; ++i) {
    most.kilobytes = std::max(most.kilobytes, all[i].kilobytes);
    most.descriptors = std::max(most.descriptors, all[i].descriptors);
  }
  return most;
}

} // namespace

TEST_CASE("a worker is no larger after many tasks than after a few", "[leaks]") {
  auto const* wanted = std::getenv("TARINA_TASKS");
  int const count = wanted != nullptr ? std::atoi(wanted) : 60;
  auto const folder = fs::temp_directory_path() / fmt::format("tarina-leaks-{}", ::getpid());
  fs::create_directories(folder);
  std::ofstream(folder / "token") << "secret\n";

  asio::io_context io;
  test::FakeServer server(io);
  auto const film = test::fixture("late_sound.mp4");
  server.source = read_file(film);
  auto const facts = std::get<media::SourceFacts>(*test::run_task(media::ProbeTask{}, film));
  std::vector<media::Task> kinds{media::ProbeTask{}};
  for (auto const& task : media::plan_tasks(facts)) kinds.push_back(task);
  // A task in seven is given another original, so that the cache turns over, and one cannot be done.
  auto const hash = transcode::sha256_of(server.source);
  for (int i = 0; i < count; ++i) {
    auto const kind = static_cast<std::size_t>(i) % kinds.size();
    server.leases.push_back({.task_id = fmt::format("task{}", i), .token = 1, .expires_in = media::milliseconds(5000), .source_bytes = static_cast<std::int64_t>(server.source.size()),
                             .source_sha256 = i % 7 == 3 ? std::string() : hash, .task = i % 11 == 5 ? media::Task(media::AudioTask{.source = {.codec = "aac", .stream = 9, .channels = 1, .sample_rate = 48000, .language = {}}, .rendition = {.name = "a128"}, .duration = media::milliseconds(1000), .grid = {}}) : kinds[kind]});
  }
  std::vector<std::string> words{tarina_worker, "--server", fmt::format("http://127.0.0.1:{}", server.port()), "--token-file", folder / "token", "--cache", folder / "cache",
                                 "--cache-size", "0.000001", "--jobs", "1", "--priority", "normal"};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t worker = -1;
  REQUIRE(::posix_spawn(&worker, tarina_worker, &actions, nullptr, arguments.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);

  std::vector<Held> held;
  server.on_end = [&] {
    held.push_back(look_at(worker));
    if (static_cast<int>(held.size()) == count) server.stop();
  };
  io.run();
  ::kill(worker, SIGTERM);
  int status = 0;
  ::waitpid(worker, &status, 0);
  fs::remove_all(folder);

  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(static_cast<int>(server.completed.size() + server.failed.size()) == count);
  CHECK(!server.failed.empty());
  CHECK(server.completed.size() > server.failed.size());
  auto const early = most_in(held, 1), late = most_in(held, 3);
  WARN(fmt::format("{} tasks: {} KB and {} descriptors in the second quarter, {} KB and {} in the last", count, early.kilobytes, early.descriptors, late.kilobytes, late.descriptors));
  CHECK(late.descriptors <= early.descriptors);
#ifndef __SANITIZE_ADDRESS__ // which keeps what is freed for a while, on purpose
  CHECK(late.kilobytes <= early.kilobytes + 1024);
#endif
}
