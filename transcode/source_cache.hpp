// Originals this worker has fetched, so that the many tasks of a story download it once.
#pragma once
#include "transcode/job_client.hpp"
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <map>

namespace tarina::transcode {

/// An original on disk, open for reading; kept from eviction while anybody holds it.
class CachedSource {
public:
  CachedSource(int fd) : fd_(fd) {}
  ~CachedSource();
  CachedSource(CachedSource const&) = delete;
  CachedSource& operator=(CachedSource const&) = delete;
  int fd() const { return fd_; }

private:
  int fd_;
};

/// A folder of files named by their SHA-256; a name is only given to verified content. Not thread-safe; hashing runs on
/// a thread of its own. Throws std::system_error when the folder cannot be written.
class SourceCache {
public:
  /// Keeps at most `bytes`, except that what running tasks need is always kept.
  SourceCache(asio::any_io_executor, std::filesystem::path folder, std::int64_t bytes);

  /// The task's original, downloaded by range if it is not here, resumed where an earlier attempt stopped.
  /// Throws ServerAway or LeaseLost as the client does.
  asio::awaitable<std::shared_ptr<CachedSource>> get(media::Lease const& lease, JobClient& client);

private:
  struct Waiting;
  std::filesystem::path path_of(media::Lease const&) const;
  std::shared_ptr<CachedSource> open(std::filesystem::path const&, std::int64_t bytes);
  asio::awaitable<void> download(media::Lease const& lease, JobClient& client, std::filesystem::path path);
  void make_room(std::int64_t bytes);

  asio::any_io_executor executor_;
  std::filesystem::path folder_;
  std::int64_t bytes_;
  std::map<std::string, std::weak_ptr<CachedSource>> open_;               // by file name
  std::map<std::string, std::shared_ptr<asio::steady_timer>> downloading_; // cancelled when a download ends
  asio::thread_pool hashing_{1};
};

} // namespace tarina::transcode
