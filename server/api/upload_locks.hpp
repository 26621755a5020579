// One request at a time works on an upload, and a newcomer goes first: a client that lost its connection comes back
// while the server still waits for the dead one (tusd and the IETF draft do the same).
#pragma once
#include "server/bell.hpp"
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace tarina::server {

class UploadLocks {
  struct Entry;

public:
  /// Holds the upload until destroyed.
  class Guard {
  public:
    Guard(UploadLocks& locks, std::string id, std::shared_ptr<Entry> entry);
    Guard(Guard&& other) noexcept = default;
    Guard& operator=(Guard&&) = delete;
    ~Guard();

  private:
    UploadLocks* locks_;
    std::string id_;
    std::shared_ptr<Entry> entry_;
  };

  /// Interrupts whoever holds `id` and takes it. `interrupt` will be called, from any thread, when somebody else wants it.
  /// Nothing when the holder does not let go within `longest` (it is hashing a large file, for instance).
  awaitable<std::optional<Guard>> take(std::string id, std::function<void()> interrupt, std::chrono::milliseconds longest);

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

} // namespace tarina::server
