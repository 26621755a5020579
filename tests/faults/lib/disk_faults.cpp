// A disk that fails when it is told to, for LD_PRELOAD. TARINA_DISK_FAULT names a file with lines of "call errno where":
// as long as it stands, every such call on a file whose path contains `where` fails with that number (and writes nothing).
// TARINA_DISK_LOG names a file that gets one line "call path" for each call on a file below TARINA_DISK_FOLDER.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// Straight to the kernel: what this file does itself must neither fail nor be logged.
std::string slurp(char const* path) {
  std::string text;
  int const fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
  if (fd < 0) return text;
  char bytes[512];
  for (long n = 0; (n = ::syscall(SYS_read, fd, bytes, sizeof bytes)) > 0;) text.append(bytes, static_cast<std::size_t>(n));
  ::syscall(SYS_close, fd);
  return text;
}

std::string path_of(int fd) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  auto const n = ::readlink(link, path, sizeof path);
  return n > 0 ? std::string(path, static_cast<std::size_t>(n)) : std::string();
}

void note(std::string_view call, std::string const& path) {
  char const* log = std::getenv("TARINA_DISK_LOG");
  char const* folder = std::getenv("TARINA_DISK_FOLDER");
  if (!log || !folder || !path.starts_with(folder)) return;
  auto const line = std::string(call) + " " + path.substr(std::strlen(folder)) + "\n";
  int const fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (fd < 0) return;
  ::syscall(SYS_write, fd, line.data(), line.size());
  ::syscall(SYS_close, fd);
}

/// True with errno set when the call is to fail.
bool fails(std::string_view call, std::string const& path) {
  char const* file = std::getenv("TARINA_DISK_FAULT");
  if (!file || path.empty()) return false;
  auto const rules = slurp(file);
  for (std::size_t at = 0; at < rules.size();) {
    auto const end = std::min(rules.find('\n', at), rules.size());
    auto const rule = rules.substr(at, end - at);
    at = end + 1;
    auto const first = rule.find(' '), second = rule.find(' ', first + 1);
    if (second == std::string::npos || rule.substr(0, first) != call || path.find(rule.substr(second + 1)) == std::string::npos) continue;
    errno = std::atoi(rule.c_str() + first);
    return true;
  }
  return false;
}

template <class F> F real(char const* name) { return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name)); }

bool stops(char const* call, std::string const& path) {
  if (fails(call, path)) return true;
  note(call, path);
  return false;
}

} // namespace

// Declared by the C library under other names or attributes; these are the symbols programs call.
extern "C" {
ssize_t pwrite(int fd, void const* bytes, size_t size, off_t offset) {
  static auto const next = real<ssize_t (*)(int, void const*, size_t, off_t)>("pwrite");
  return stops("write", path_of(fd)) ? -1 : next(fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, void const* bytes, size_t size, off64_t offset) {
  static auto const next = real<ssize_t (*)(int, void const*, size_t, off64_t)>("pwrite64");
  return stops("write", path_of(fd)) ? -1 : next(fd, bytes, size, offset);
}
ssize_t pread(int fd, void* bytes, size_t size, off_t offset) {
  static auto const next = real<ssize_t (*)(int, void*, size_t, off_t)>("pread");
  return fails("read", path_of(fd)) ? -1 : next(fd, bytes, size, offset); // not in the log, which is about what becomes durable
}
ssize_t pread64(int fd, void* bytes, size_t size, off64_t offset) {
  static auto const next = real<ssize_t (*)(int, void*, size_t, off64_t)>("pread64");
  return fails("read", path_of(fd)) ? -1 : next(fd, bytes, size, offset);
}
int fdatasync(int fd) {
  static auto const next = real<int (*)(int)>("fdatasync");
  return stops("sync", path_of(fd)) ? -1 : next(fd);
}
int fsync(int fd) {
  static auto const next = real<int (*)(int)>("fsync");
  return stops("sync", path_of(fd)) ? -1 : next(fd);
}
int rename(char const* from, char const* to) noexcept {
  static auto const next = real<int (*)(char const*, char const*)>("rename");
  return stops("rename", to) ? -1 : next(from, to);
}
ssize_t copy_file_range(int in, off64_t* from, int out, off64_t* to, size_t size, unsigned flags) {
  static auto const next = real<ssize_t (*)(int, off64_t*, int, off64_t*, size_t, unsigned)>("copy_file_range");
  return stops("write", path_of(out)) ? -1 : next(in, from, out, to, size, flags);
}
}
