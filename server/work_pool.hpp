// Threads for blocking work (SQLite, files, password hashes), awaited from the I/O threads.
#pragma once
#include "server/async.hpp"
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

namespace tarina::server {

/// Thrown to whoever wants more work done than the queue holds; the router answers 503 with Retry-After.
struct Overloaded : std::runtime_error {
  Overloaded() : std::runtime_error("too much work is waiting") {}
};

/// A bounded queue served by a few threads. Destroy it before the io_contexts whose coroutines wait on it.
class WorkPool {
public:
  WorkPool(unsigned threads, std::size_t queue_limit);
  ~WorkPool(); // finishes what was accepted
  WorkPool(WorkPool const&) = delete;

  /// Runs `call()` on a pool thread, then resumes the caller on its own executor with the value or the exception.
  /// Name the lambda first (house rule, async.hpp): auto call = [&] {…}; auto v = co_await pool.run(call);
  template <class F> awaitable<std::invoke_result_t<F&>> run(F call) {
    using R = std::invoke_result_t<F&>;
    std::exception_ptr failure;
    if constexpr (std::is_void_v<R>) {
      std::function<void()> work = [&call, &failure] {
        try { call(); } catch (...) { failure = std::current_exception(); }
      };
      co_await execute(work);
      if (failure) std::rethrow_exception(failure);
    } else {
      std::optional<R> value;
      std::function<void()> work = [&call, &failure, &value] {
        try { value.emplace(call()); } catch (...) { failure = std::current_exception(); }
      };
      co_await execute(work);
      if (failure) std::rethrow_exception(failure);
      co_return std::move(*value);
    }
  }

  /// Jobs accepted and not finished.
  std::size_t depth() const;

private:
  /// `work` must not throw and lives in the caller's coroutine until it is resumed.
  awaitable<void> execute(std::function<void()>& work);
  void submit(std::function<void()> job); // throws Overloaded
  void serve();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  std::size_t limit_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace tarina::server
