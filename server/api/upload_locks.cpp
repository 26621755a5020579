#include "server/api/upload_locks.hpp"

namespace tarina::server {

struct UploadLocks::Entry {
  bool held = false;
  std::function<void()> interrupt;
  Bell released;
};

UploadLocks::Guard::Guard(UploadLocks& locks, std::string id, std::shared_ptr<Entry> entry)
    : locks_(&locks), id_(std::move(id)), entry_(std::move(entry)) {}

UploadLocks::Guard::~Guard() {
  if (!entry_) return; // moved from
  {
    std::lock_guard lock(locks_->mutex_);
    entry_->held = false;
    entry_->interrupt = nullptr;
    if (entry_.use_count() == 2) locks_->entries_.erase(id_); // the map's and ours: nobody waits
  }
  entry_->released.ring();
}

awaitable<std::optional<UploadLocks::Guard>> UploadLocks::take(std::string id, std::function<void()> interrupt,
                                                               std::chrono::milliseconds longest) {
  auto const until = std::chrono::steady_clock::now() + longest;
  std::shared_ptr<Entry> entry;
  for (;;) {
    std::uint64_t seen = 0;
    {
      std::lock_guard lock(mutex_);
      auto& slot = entries_[id];
      if (!slot) slot = std::make_shared<Entry>();
      entry = slot;
      if (!entry->held) {
        entry->held = true;
        entry->interrupt = interrupt;
        break;
      }
      seen = entry->released.rings();
      if (entry->interrupt) entry->interrupt();
    }
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return std::nullopt;
    co_await entry->released.wait(seen, left);
  }
  co_return Guard(*this, std::move(id), std::move(entry));
}

} // namespace tarina::server
