#include "server/bell.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

namespace tarina::server {

struct Bell::Waiter {
  explicit Waiter(Executor const& executor) : timer(executor) {}
  Timer timer; // touched on its own executor only
};

std::uint64_t Bell::rings() const {
  std::lock_guard lock(mutex_);
  return rings_;
}

awaitable<void> Bell::wait(std::uint64_t seen, std::chrono::milliseconds longest) {
  Executor executor = co_await asio::this_coro::executor;
  auto waiter = std::make_shared<Waiter>(executor);
  waiter->timer.expires_after(longest);
  {
    std::lock_guard lock(mutex_);
    if (rings_ != seen) co_return;
    waiters_.push_back(waiter);
  }
  boost::system::error_code ignored; // a ring cancels the timer
  co_await waiter->timer.async_wait(asio::redirect_error(use_awaitable, ignored));
  std::lock_guard lock(mutex_);
  waiters_.remove(waiter);
}

void Bell::ring() {
  std::list<std::shared_ptr<Waiter>> woken;
  {
    std::lock_guard lock(mutex_);
    ++rings_;
    woken.swap(waiters_);
  }
  for (auto& waiter : woken) {
    auto executor = waiter->timer.get_executor();
    asio::post(executor, [waiter = std::move(waiter)] { waiter->timer.cancel(); });
  }
}

} // namespace tarina::server
