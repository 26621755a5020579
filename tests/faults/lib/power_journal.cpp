// What a power cut would leave, for LD_PRELOAD: every change below TARINA_POWER_FOLDER is also noted in the file
// TARINA_POWER_JOURNAL (which lies elsewhere), in its order and with its bytes; lib/power.mjs makes of any beginning of that
// journal a folder as a disk may hold it after a cut there. Syncing costs nothing here, it is only noted. A record is a line
// of fields between tabs, a written one is followed by its bytes; files and folders go by their inode:
//   C file folder name | D folder parent name          a file or folder that was made
//   R folder name new-folder new-name inode            renamed
//   U folder name                                      removed
//   W file offset size, T file size                    written, cut or grown
//   S inode, A                                         synced: one file or folder, the whole disk
// What is written through mmap stays unseen: SQLite does that to its -shm alone, which no restart reads.
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

template <class F> F real(char const* name) { return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name)); }

/// Held over a change and its record, so that the journal has the order of the changes.
std::mutex& in_order() {
  static std::mutex mutex;
  return mutex;
}

std::string const& root() {
  static std::string const folder = [] {
    char const* given = std::getenv("TARINA_POWER_FOLDER");
    return std::string(given ? given : "");
  }();
  return folder;
}

void note(std::string const& line, char const* bytes = nullptr, std::size_t size = 0) {
  static int const journal = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, std::getenv("TARINA_POWER_JOURNAL"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  iovec const parts[] = {{const_cast<char*>(line.data()), line.size()}, {const_cast<char*>(bytes), size}};
  auto const whole = static_cast<long>(line.size() + size);
  if (::syscall(SYS_writev, journal, parts, 2) != whole) { // at once, as several processes may write here
    std::fputs("the power journal cannot be written\n", stderr);
    std::abort();
  }
}

std::string text(unsigned long long number) { return std::to_string(number); }

std::string path_at(int folder, char const* path) {
  if (path[0] == '/') return path;
  char place[4096];
  std::string const link = folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(folder);
  auto const n = ::readlink(link.c_str(), place, sizeof place);
  return n > 0 ? std::string(place, static_cast<std::size_t>(n)) + "/" + path : std::string();
}

bool is_watched(std::string const& path) { return !root().empty() && path.starts_with(root() + "/"); }

/// The inode of an open file that lies in the folder; 0 for any other.
ino_t watched(int fd) {
  int const kept = errno;
  char place[4096];
  std::string const link = "/proc/self/fd/" + std::to_string(fd);
  auto const n = ::readlink(link.c_str(), place, sizeof place);
  struct stat facts {};
  bool const ours = n > 0 && (is_watched(std::string(place, static_cast<std::size_t>(n))) || std::string_view(place, static_cast<std::size_t>(n)) == root()) && ::fstat(fd, &facts) == 0;
  errno = kept;
  return ours ? facts.st_ino : 0;
}

/// "inode of the folder, tab, name" of a path.
std::string entry(std::string const& path) {
  auto const slash = path.rfind('/');
  struct stat facts {};
  if (::stat(path.substr(0, slash).c_str(), &facts) != 0) return {};
  return text(facts.st_ino) + "\t" + path.substr(slash + 1);
}

ino_t inode_of(std::string const& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

/// Calls `open` and notes what it made of the file. `gives` tells a good answer of it.
template <class Open, class Good> auto opening(std::string const& path, bool creates, bool truncates, Open const& open, Good const& good) {
  if (!is_watched(path) || (!creates && !truncates)) return open();
  std::lock_guard lock(in_order());
  bool const was_there = inode_of(path) != 0;
  auto const opened = open();
  if (!good(opened)) return opened;
  int const kept = errno;
  if (!was_there) note("C\t" + text(inode_of(path)) + "\t" + entry(path) + "\n");
  else if (truncates) note("T\t" + text(inode_of(path)) + "\t0\n");
  errno = kept;
  return opened;
}

bool is_descriptor(int fd) { return fd >= 0; }

int open_as(char const* name, int folder, char const* path, int flags, mode_t mode) {
  auto const next = real<int (*)(int, char const*, int, ...)>(name);
  auto call = [&] { return next(folder, path, flags, mode); };
  return opening(path_at(folder, path), (flags & O_CREAT) != 0, (flags & O_TRUNC) != 0, call, is_descriptor);
}

FILE* fopen_as(char const* name, char const* path, char const* mode) {
  auto const next = real<FILE* (*)(char const*, char const*)>(name);
  auto call = [&] { return next(path, mode); };
  return opening(path_at(AT_FDCWD, path), mode[0] != 'r', mode[0] == 'w', call, [](FILE* file) { return file != nullptr; });
}

void note_written(ino_t file, off_t offset, char const* bytes, ssize_t size) {
  if (size > 0) note("W\t" + text(file) + "\t" + std::to_string(offset) + "\t" + std::to_string(size) + "\n", bytes, static_cast<std::size_t>(size));
}

/// Notes what now stands in the file, after the kernel moved it there itself.
void note_moved(int fd, ino_t file, off_t offset, ssize_t size) {
  if (size <= 0) return;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  // The descriptor may be for writing only.
  auto const reading = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, ("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC));
  if (::pread(reading, bytes.data(), bytes.size(), offset) == size) note_written(file, offset, bytes.data(), size);
  ::syscall(SYS_close, reading);
}

/// A write at `offset`, or where the file stands when that is negative.
template <class Write> ssize_t writing(int fd, void const* bytes, off_t offset, Write const& write) {
  auto const file = watched(fd);
  if (file == 0) return write();
  std::lock_guard lock(in_order());
  auto const written = write();
  int const kept = errno;
  if (offset < 0 && written > 0) offset = ::lseek(fd, 0, SEEK_CUR) - written;
  note_written(file, offset, static_cast<char const*>(bytes), written);
  errno = kept;
  return written;
}

std::string joined(iovec const* parts, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all.append(static_cast<char const*>(parts[i].iov_base), parts[i].iov_len);
  return all;
}

template <class Resize> int resizing(int fd, Resize const& resize) {
  auto const file = watched(fd);
  if (file == 0) return resize();
  std::lock_guard lock(in_order());
  int const done = resize();
  int const kept = errno;
  struct stat facts {};
  if (done == 0 && ::fstat(fd, &facts) == 0) note("T\t" + text(file) + "\t" + std::to_string(facts.st_size) + "\n");
  errno = kept;
  return done;
}

template <class Change> int changing(std::string const& path, std::string const& record, Change const& change) {
  if (!is_watched(path)) return change();
  std::lock_guard lock(in_order());
  auto const before = record.empty() ? "U\t" + entry(path) + "\n" : record;
  int const done = change();
  int const kept = errno;
  if (done == 0) note(before);
  errno = kept;
  return done;
}

int renaming(int from_folder, char const* from_name, int to_folder, char const* to_name, unsigned flags) {
  static auto const next = real<int (*)(int, char const*, int, char const*, unsigned)>("renameat2");
  auto const from = path_at(from_folder, from_name), to = path_at(to_folder, to_name);
  auto change = [&] { return next(from_folder, from_name, to_folder, to_name, flags); };
  if (!is_watched(from) || !is_watched(to)) return change();
  return changing(to, "R\t" + entry(from) + "\t" + entry(to) + "\t" + text(inode_of(from)) + "\n", change);
}

int making_folder(int folder, char const* path, mode_t mode) {
  auto const next = real<int (*)(int, char const*, mode_t)>("mkdirat");
  auto const whole = path_at(folder, path);
  if (!is_watched(whole)) return next(folder, path, mode);
  std::lock_guard lock(in_order());
  int const done = next(folder, path, mode);
  int const kept = errno;
  if (done == 0) note("D\t" + text(inode_of(whole)) + "\t" + entry(whole) + "\n");
  errno = kept;
  return done;
}

int syncing(int fd, char const* name) {
  auto const file = watched(fd);
  if (file == 0) return real<int (*)(int)>(name)(fd);
  std::lock_guard lock(in_order());
  note("S\t" + text(file) + "\n");
  return 0;
}

mode_t mode_of(int flags, va_list rest) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; }

} // namespace

// Declared by the C library under other names or attributes; these are the symbols programs call.
#define TARINA_MODE(flags)                                                                                                                 \
  va_list rest;                                                                                                                            \
  va_start(rest, flags);                                                                                                                   \
  mode_t const mode = mode_of(flags, rest);                                                                                                \
  va_end(rest)

extern "C" {
int open(char const* path, int flags, ...) {
  TARINA_MODE(flags);
  return open_as("openat", AT_FDCWD, path, flags, mode);
}
int open64(char const* path, int flags, ...) {
  TARINA_MODE(flags);
  return open_as("openat64", AT_FDCWD, path, flags, mode);
}
int openat(int folder, char const* path, int flags, ...) {
  TARINA_MODE(flags);
  return open_as("openat", folder, path, flags, mode);
}
int openat64(int folder, char const* path, int flags, ...) {
  TARINA_MODE(flags);
  return open_as("openat64", folder, path, flags, mode);
}
FILE* fopen(char const* path, char const* mode) { return fopen_as("fopen", path, mode); }
FILE* fopen64(char const* path, char const* mode) { return fopen_as("fopen64", path, mode); }

ssize_t write(int fd, void const* bytes, size_t size) {
  static auto const next = real<ssize_t (*)(int, void const*, size_t)>("write");
  return writing(fd, bytes, -1, [&] { return next(fd, bytes, size); });
}
ssize_t pwrite(int fd, void const* bytes, size_t size, off_t offset) {
  static auto const next = real<ssize_t (*)(int, void const*, size_t, off_t)>("pwrite");
  return writing(fd, bytes, offset, [&] { return next(fd, bytes, size, offset); });
}
ssize_t pwrite64(int fd, void const* bytes, size_t size, off64_t offset) {
  static auto const next = real<ssize_t (*)(int, void const*, size_t, off64_t)>("pwrite64");
  return writing(fd, bytes, offset, [&] { return next(fd, bytes, size, offset); });
}
ssize_t writev(int fd, iovec const* parts, int count) {
  static auto const next = real<ssize_t (*)(int, iovec const*, int)>("writev");
  if (watched(fd) == 0) return next(fd, parts, count);
  auto const all = joined(parts, count);
  return writing(fd, all.data(), -1, [&] { return next(fd, parts, count); });
}
ssize_t pwritev(int fd, iovec const* parts, int count, off_t offset) {
  static auto const next = real<ssize_t (*)(int, iovec const*, int, off_t)>("pwritev");
  if (watched(fd) == 0) return next(fd, parts, count, offset);
  auto const all = joined(parts, count);
  return writing(fd, all.data(), offset, [&] { return next(fd, parts, count, offset); });
}
ssize_t copy_file_range(int in, off64_t* from, int out, off64_t* to, size_t size, unsigned flags) {
  static auto const next = real<ssize_t (*)(int, off64_t*, int, off64_t*, size_t, unsigned)>("copy_file_range");
  auto const file = watched(out);
  if (file == 0) return next(in, from, out, to, size, flags);
  std::lock_guard lock(in_order());
  auto const offset = to ? *to : ::lseek(out, 0, SEEK_CUR);
  auto const moved = next(in, from, out, to, size, flags);
  int const kept = errno;
  note_moved(out, file, offset, moved);
  errno = kept;
  return moved;
}
int ftruncate(int fd, off_t size) noexcept {
  static auto const next = real<int (*)(int, off_t)>("ftruncate");
  return resizing(fd, [&] { return next(fd, size); });
}
int ftruncate64(int fd, off64_t size) noexcept {
  static auto const next = real<int (*)(int, off64_t)>("ftruncate64");
  return resizing(fd, [&] { return next(fd, size); });
}
int posix_fallocate(int fd, off_t offset, off_t size) {
  static auto const next = real<int (*)(int, off_t, off_t)>("posix_fallocate");
  return resizing(fd, [&] { return next(fd, offset, size); });
}
int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  static auto const next = real<int (*)(int, off64_t, off64_t)>("posix_fallocate64");
  return resizing(fd, [&] { return next(fd, offset, size); });
}

int fsync(int fd) { return syncing(fd, "fsync"); }
int fdatasync(int fd) { return syncing(fd, "fdatasync"); }
int syncfs(int fd) noexcept {
  if (watched(fd) == 0) return real<int (*)(int)>("syncfs")(fd);
  std::lock_guard lock(in_order());
  note("A\n");
  return 0;
}

int mkdir(char const* path, mode_t mode) noexcept { return making_folder(AT_FDCWD, path, mode); }
int mkdirat(int folder, char const* path, mode_t mode) noexcept { return making_folder(folder, path, mode); }
int rename(char const* from, char const* to) noexcept { return renaming(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_folder, char const* from, int to_folder, char const* to) noexcept { return renaming(from_folder, from, to_folder, to, 0); }
int renameat2(int from_folder, char const* from, int to_folder, char const* to, unsigned flags) noexcept { return renaming(from_folder, from, to_folder, to, flags); }
int unlinkat(int folder, char const* path, int flags) noexcept {
  static auto const next = real<int (*)(int, char const*, int)>("unlinkat");
  return changing(path_at(folder, path), {}, [&] { return next(folder, path, flags); });
}
int unlink(char const* path) noexcept { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(char const* path) noexcept { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(char const* path) noexcept {
  static auto const next = real<int (*)(char const*)>("remove");
  return changing(path_at(AT_FDCWD, path), {}, [&] { return next(path); });
}
}
