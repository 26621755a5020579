// Many readers or one writer, and a writer waits for those before it only.
#pragma once
#include <mutex>
#include <shared_mutex>

namespace tarina::catalog {

/// A SharedMutex whose waiting writer goes before readers that come later. glibc's lets readers in as long as one of them
/// is there, so that searches without a pause would keep a saved story out of the index. Not recursive, not even shared.
class FairMutex {
public:
  void lock() {
    std::lock_guard const turn(turn_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }
  void lock_shared() {
    std::lock_guard const turn(turn_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

private:
  std::mutex turn_; // held by the writer that waits
  std::shared_mutex mutex_;
};

} // namespace tarina::catalog
