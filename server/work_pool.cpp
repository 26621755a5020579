#include "server/work_pool.hpp"
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <memory>

namespace tarina::server {

WorkPool::WorkPool(unsigned threads, std::size_t queue_limit) : limit_(queue_limit) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

WorkPool::~WorkPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

std::size_t WorkPool::depth() const {
  std::lock_guard lock(mutex_);
  return queue_.size() + running_;
}

void WorkPool::submit(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= limit_) throw Overloaded();
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void WorkPool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    --running_;
  }
}

awaitable<void> WorkPool::execute(std::function<void()>& work) {
  Executor executor = co_await asio::this_coro::executor;
  auto initiate = [this, &work, executor](auto handler) {
    // std::function wants copyable jobs and the handler only moves: share it.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto resume = [shared](std::exception_ptr failure) mutable { std::move (*shared)(failure); };
    try {
      submit([&work, executor, resume] {
        work();
        asio::post(executor, [resume]() mutable { resume(nullptr); });
      });
    } catch (Overloaded const&) {
      auto failure = std::current_exception();
      asio::post(executor, [resume, failure]() mutable { resume(failure); });
    }
  };
  co_await asio::async_initiate<use_awaitable_t const&, void(std::exception_ptr)>(initiate, use_awaitable);
}

} // namespace tarina::server
