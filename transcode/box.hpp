// Runs one task in a confined child process and takes its outputs, from the parent's side.
#pragma once
#include "transcode/failure.hpp"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tarina::transcode {

namespace asio = boost::asio;

/// Who else may go first on this machine.
enum class Priority {
  normal,
  idle, // tasks take only what others leave, and those awaited (media::is_awaited) go before others
};

struct BoxOptions {
  std::filesystem::path program = "/proc/self/exe"; // tarina-worker, which knows --run-task
  bool sandbox = true;                              // false only when an operator said --sandbox=off
  Priority priority = Priority::idle;
  int cores = 1;           // so many the opening of a story (media::is_opening) keeps busy; other tasks one
};

/// What an ended child took.
struct Usage {
  double cpu_seconds = 0;
  std::int64_t peak_bytes = 0; // resident
};

/// A file the task made; the parent chose its name ("v720/00001.m4s") and computed everything else said about it.
struct Output {
  std::string name;
  std::string bytes;
  std::optional<std::int64_t> offset = {}; // a piece of the file, from there on; else the whole file
};

/// Called for each output in order; the child waits when this takes long and the pipe is full.
using TakeOutput = std::function<asio::awaitable<void>(Output)>;
/// Called after a segment was taken, with the task's tracks so far.
using TakeTracks = std::function<asio::awaitable<void>(std::vector<media::Track> const&)>;
using TakeProgress = std::function<void(double share)>;

/// One child process. Not thread-safe: everything on one executor.
class Box {
public:
  Box(asio::any_io_executor, BoxOptions);
  ~Box(); // kills the child if it still runs
  Box(Box const&) = delete;
  Box& operator=(Box const&) = delete;

  /// Runs `task` over the open original. A crash is worker.crashed, no sign of life for minutes or hours without an end
  /// media.timeout, a sandbox that cannot be built worker.failed with a detail that begins "sandbox: ".
  asio::awaitable<outcome<media::TaskResult>> run(media::Task task, int source, TakeOutput take, TakeProgress progress, TakeTracks made = nullptr);

  /// Lets the child try one of try_to_escape's ways. Empty when the sandbox held.
  asio::awaitable<std::string> test_sandbox(std::string way);

  /// Of the last child, once it has ended.
  Usage usage() const { return usage_; }

  /// Ends the child at once; `run` then gives worker.crashed.
  void kill();

private:
  struct Child;
  void start(nlohmann::json order, int source);
  asio::awaitable<int> wait_for_exit();
  asio::any_io_executor executor_;
  BoxOptions options_;
  std::unique_ptr<Child> child_;
  Usage usage_;
};

} // namespace tarina::transcode
