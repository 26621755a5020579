#include "transcode/run_task.hpp"
#include "transcode/sandbox.hpp"
#include "transcode/worker.hpp"
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace {

using namespace tarina::transcode;
namespace asio = boost::asio;

std::string read_token(std::string const& file) {
  std::ifstream in(file);
  std::string token;
  if (!(in >> token)) throw std::runtime_error("cannot read a token from " + file);
  return token;
}

std::filesystem::path default_cache() {
  if (auto const* given = std::getenv("CACHE_DIRECTORY")) return given; // systemd
  if (auto const* given = std::getenv("XDG_CACHE_HOME")) return std::filesystem::path(given) / "tarina-worker";
  if (auto const* home = std::getenv("HOME")) return std::filesystem::path(home) / ".cache/tarina-worker";
  return "/var/tmp/tarina-worker";
}

/// Those this process may run on.
int count_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return std::string(name) + "-" + std::to_string(::getpid());
}

/// Proves the sandbox before any upload is touched.
asio::awaitable<void> test_sandbox(asio::any_io_executor executor, BoxOptions options) {
  Box box(executor, std::move(options));
  std::size_t held = 0;
  std::vector<std::string> problems;
  for (auto const way : ways_to_escape) {
    auto const problem = co_await box.test_sandbox(std::string(way));
    if (problem.empty()) ++held;
    else if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(problem);
  }
  if (held < ways_to_escape.size()) {
    throw std::runtime_error(fmt::format("The sandbox for uploaded media does not work here ({}/{} held): {}. "
                                         "It needs Linux 5.13 or newer with Landlock and seccomp (Debian 12 has both; in a container allow them). "
                                         "To decode uploads without it, which only a machine of its own can excuse, start with --sandbox=off.",
                                         held, ways_to_escape.size(), fmt::join(problems, "; ")));
  }
  spdlog::info("sandbox: {}/{} ways out are shut (socket, execve, open, fork, signal, ptrace)", held, ways_to_escape.size());
}

int serve(WorkerSettings settings) {
  asio::io_context io(1);
  std::exception_ptr error;
  auto const keep = [&error](std::exception_ptr e) {
    if (e) error = e;
  };
  if (settings.box.sandbox) {
    asio::co_spawn(io, test_sandbox(io.get_executor(), settings.box), keep);
    io.run();
    io.restart();
    if (error) std::rethrow_exception(error);
  } else {
    spdlog::warn("uploads are decoded without a sandbox");
  }
  spdlog::info("{}: {} at a time for {}://{}:{}", settings.name, settings.jobs, settings.server.address.tls ? "https" : "http", settings.server.address.host, settings.server.address.port);
  Worker worker(io.get_executor(), std::move(settings));
  asio::signal_set signals(io, SIGINT, SIGTERM);
  std::function<void(boost::system::error_code, int)> const on_signal = [&](boost::system::error_code ec, int) {
    if (ec) return;
    worker.stop();
    signals.async_wait(on_signal);
  };
  signals.async_wait(on_signal);
  auto const ended = [&](std::exception_ptr e) {
    keep(e);
    signals.cancel();
  };
  asio::co_spawn(io, worker.run(), ended);
  io.run();
  if (error) std::rethrow_exception(error);
  spdlog::info("stopped");
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  // Ended at once: what libraries do at exit is of no use to a child, and a leak checker's helper process the box forbids.
  if (argc == 2 && std::string_view(argv[1]) == "--run-task") ::_exit(run_task_in_this_process());
  WorkerSettings settings;
  std::string server, token_file, sandbox = "on", priority = "idle";
  double cache_gigabytes = 20;
  int const cores = count_cores();
  settings.jobs = cores;
  settings.name = host_name();
  settings.cache = default_cache();

  CLI::App app("Turns uploaded videos into streams for a Tarina server.");
  app.add_option("--server", server, "the server's address, https://stories.example.fi")->required();
  app.add_option("--token-file", token_file, "file with the worker token, as the server wrote it at its first start")->required();
  app.add_option("--jobs", settings.jobs, "tasks at the same time (default: one for every core)")->check(CLI::Range(1, 256));
  app.add_option("--cache", settings.cache, "folder for originals being worked on");
  app.add_option("--cache-size", cache_gigabytes, "most gigabytes kept there (default: 20)")->check(CLI::PositiveNumber);
  app.add_option("--name", settings.name, "how the server's log calls this worker");
  app.add_option("--sandbox", sandbox, "on, or off to decode uploads unprotected")->check(CLI::IsMember({"on", "off"}));
  app.add_option("--priority", priority, "idle: tasks take only what the rest of the machine leaves (default); normal: they compete")->check(CLI::IsMember({"idle", "normal"}));
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGPIPE, SIG_IGN);
  try {
    settings.server.address = parse_server_address(server);
    settings.server.token = read_token(token_file);
    settings.cache_bytes = static_cast<std::int64_t>(cache_gigabytes * 1e9);
    settings.box.sandbox = sandbox == "on";
    settings.box.priority = priority == "idle" ? Priority::idle : Priority::normal;
    settings.box.cores = cores;
    return serve(std::move(settings));
  } catch (std::exception const& e) {
    spdlog::critical("{}", e.what());
    return 1;
  }
}
