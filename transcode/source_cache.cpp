#include "transcode/source_cache.hpp"
#include "transcode/hash.hpp"
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace tarina::transcode {
namespace {

namespace fs = std::filesystem;

asio::awaitable<std::string> hash_of(int fd) { co_return sha256_of_file(fd); }

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "writing an original to the cache");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

} // namespace

CachedSource::~CachedSource() { ::close(fd_); }

SourceCache::SourceCache(asio::any_io_executor executor, fs::path folder, std::int64_t bytes) : executor_(std::move(executor)), folder_(std::move(folder)), bytes_(bytes) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
}

fs::path SourceCache::path_of(media::Lease const& lease) const {
  return folder_ / (lease.source_sha256.empty() ? "task-" + lease.task_id : lease.source_sha256);
}

std::shared_ptr<CachedSource> SourceCache::open(fs::path const& path, std::int64_t bytes) {
  auto& known = open_[path.filename().string()];
  if (auto shared = known.lock()) return shared;
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  auto source = std::make_shared<CachedSource>(fd);
  if (::lseek(fd, 0, SEEK_END) != bytes) return nullptr;
  ::futimens(fd, nullptr); // used just now
  known = source;
  return source;
}

asio::awaitable<std::shared_ptr<CachedSource>> SourceCache::get(media::Lease const& lease, JobClient& client) {
  auto const path = path_of(lease);
  auto const name = path.filename().string();
  for (;;) {
    if (auto source = open(path, lease.source_bytes)) co_return source;
    auto const running = downloading_.find(name);
    if (running == downloading_.end()) break;
    auto const timer = running->second;
    boost::system::error_code ec;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  auto const ended = std::make_shared<asio::steady_timer>(executor_, asio::steady_timer::time_point::max());
  downloading_[name] = ended;
  std::exception_ptr error;
  try {
    make_room(lease.source_bytes);
    co_await download(lease, client, path);
  } catch (...) {
    error = std::current_exception();
  }
  downloading_.erase(name);
  ended->cancel();
  if (error) std::rethrow_exception(error);
  auto source = open(path, lease.source_bytes);
  if (!source) throw std::runtime_error("a cached original disappeared");
  co_return source;
}

asio::awaitable<void> SourceCache::download(media::Lease const& lease, JobClient& client, fs::path path) {
  auto const part = fs::path(path).concat(".part");
  CachedSource const file(::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.fd() < 0) throw std::system_error(errno, std::generic_category(), "creating " + part.string());
  auto have = static_cast<std::int64_t>(::lseek(file.fd(), 0, SEEK_END));
  if (have > lease.source_bytes) {
    if (::ftruncate(file.fd(), 0) != 0) throw std::system_error(errno, std::generic_category(), "emptying a download");
    have = ::lseek(file.fd(), 0, SEEK_SET);
  }
  if (have < lease.source_bytes) {
    TakeBytes const take = [fd = file.fd(), &have, most = lease.source_bytes](std::string_view bytes) {
      have += static_cast<std::int64_t>(bytes.size());
      if (have > most) throw ServerAway("more bytes than the original has");
      write_all(fd, bytes);
    };
    // A download's source comes in parts; any other comes whole.
    for (std::int64_t before = -1; have < lease.source_bytes && have > before;) {
      before = have;
      co_await client.fetch_source(lease, have, take);
    }
  }
  auto const hash = co_await asio::co_spawn(hashing_.get_executor(), hash_of(file.fd()), asio::use_awaitable);
  if (have != lease.source_bytes || (!lease.source_sha256.empty() && hash != lease.source_sha256)) {
    fs::remove(part);
    throw ServerAway("the original came damaged");
  }
  fs::rename(part, path);
}

void SourceCache::make_room(std::int64_t bytes) {
  struct Entry {
    fs::file_time_type used;
    std::int64_t size;
    fs::path path;
  };
  std::vector<Entry> entries;
  std::int64_t total = bytes;
  for (auto const& file : fs::directory_iterator(folder_)) {
    if (!file.is_regular_file()) continue;
    auto name = file.path().filename().string();
    auto const size = static_cast<std::int64_t>(file.file_size());
    total += size;
    if (auto const open = open_.find(name); open != open_.end() && !open->second.expired()) continue;
    if (name.ends_with(".part")) name.resize(name.size() - 5);
    if (!downloading_.contains(name)) entries.push_back({file.last_write_time(), size, file.path()});
  }
  std::sort(entries.begin(), entries.end(), [](Entry const& a, Entry const& b) { return a.used < b.used; });
  for (auto const& entry : entries) {
    if (total <= bytes_) break;
    std::error_code ignored;
    if (fs::remove(entry.path, ignored)) total -= entry.size;
  }
  std::erase_if(open_, [](auto const& item) { return item.second.expired(); });
}

} // namespace tarina::transcode
