// A condition that coroutines on several threads wait for.
#pragma once
#include "server/async.hpp"
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>

namespace tarina::server {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Bell {
public:
  /// The count of rings so far. Take it before looking at what the bell stands for, then hand it to wait().
  std::uint64_t rings() const;
  /// Returns at once when the bell rang after `seen` was taken, else at the next ring or after `longest`.
  awaitable<void> wait(std::uint64_t seen, std::chrono::milliseconds longest);
  /// Wakes everybody who waits. From any thread.
  void ring();

private:
  struct Waiter;
  mutable std::mutex mutex_;
  std::uint64_t rings_ = 0;
  std::list<std::shared_ptr<Waiter>> waiters_;
};

} // namespace tarina::server
