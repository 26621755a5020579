// Leases tasks, runs them in boxes and reports, until told to stop.
#pragma once
#include "transcode/box.hpp"
#include "transcode/source_cache.hpp"
#include <list>

namespace tarina::transcode {

struct WorkerSettings {
  ServerSettings server;
  std::string name;
  int jobs = 1; // at a time
  std::filesystem::path cache;
  std::int64_t cache_bytes = 0;
  BoxOptions box;
  std::chrono::milliseconds pause{1000};    // after nothing to do, and the first after the server went away
  std::chrono::milliseconds patience{15'000}; // the longest pause between attempts to reach the server
  std::chrono::milliseconds grace{20'000};  // for running tasks when asked to stop
};

/// One worker process. Everything runs on one executor of one thread.
class Worker {
public:
  Worker(asio::any_io_executor, WorkerSettings);
  ~Worker();

  /// Leases and runs until `stop`, then returns when every task has ended. Throws std::runtime_error when the server
  /// refuses the worker itself (a wrong token).
  asio::awaitable<void> run();

  /// No new tasks; running ones have `grace` to end and are then given back. A second call gives them back at once.
  void stop();

private:
  struct Job;
  struct Slot;
  asio::awaitable<void> serve(Slot&);
  asio::awaitable<void> work(std::shared_ptr<Job> job);
  asio::awaitable<void> keep_lease(std::shared_ptr<Job> job);
  asio::awaitable<outcome<media::TaskResult>> execute(std::shared_ptr<Job> job);
  asio::awaitable<void> report(std::shared_ptr<Job> job, outcome<media::TaskResult> const& ended);
  asio::awaitable<void> pause(std::shared_ptr<Job> job, std::chrono::milliseconds& length);
  void give_back();

  asio::any_io_executor executor_;
  WorkerSettings settings_;
  asio::ssl::context tls_;
  SourceCache cache_;
  asio::steady_timer ended_; // cancelled when a slot ends
  asio::steady_timer grace_;
  std::vector<std::unique_ptr<Slot>> slots_;
  int running_ = 0;                // slots
  std::exception_ptr refused_;
  bool away_ = false;              // the server
  std::list<std::shared_ptr<Job>> jobs_;
  bool stopping_ = false;
};

} // namespace tarina::transcode
