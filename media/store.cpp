// Nothing is acknowledged before it is durable, and nothing is visible under its final name before it is whole:
// write → fdatasync → rename → fsync of the folder, in that order, everywhere.
#include "media/store.hpp"
#include "media/durable.hpp"
#include "media/kept_files.hpp"
#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <system_error>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace tarina::media {
namespace fs = std::filesystem;
namespace {

// Private to the server's own user: originals may never be published, and workers fetch over HTTP.
constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;

Error bad_name() { return {Errc::invalid, "store.bad_name", "not a valid id or output name"}; }
Error missing() { return {Errc::not_found, "store.not_found", "no such file in the media store"}; }

[[noreturn]] void throw_errno(int error, char const* what) { throw std::system_error(error, std::generic_category(), what); }

/// The failures a caller can do something about are values, the rest is a broken disk.
Error to_error(int error, char const* what) {
  if (error == ENOSPC || error == EDQUOT) return {Errc::no_space, "store.no_space", "the media disk is full"};
  if (error == ENOENT || error == ENOTDIR || error == ELOOP) return missing();
  throw_errno(error, what);
}

OpenFile open_file(fs::path const& path, int flags) { return {::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, file_mode), 0}; }

result<OpenFile> open_reading(fs::path const& path) {
  auto const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return to_error(errno, "open");
  struct stat facts {};
  auto const failure = ::fstat(fd, &facts) == 0 ? 0 : errno;
  OpenFile file(fd, facts.st_size);
  if (failure != 0) throw_errno(failure, "fstat");
  if (!S_ISREG(facts.st_mode)) return missing();
  return file;
}

result<void> write_all(int fd, std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const written = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      return to_error(errno, "pwrite");
    }
    offset += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

result<void> sync_file(fs::path const& path, int flags = 0) {
  OpenFile const file = open_file(path, O_RDONLY | flags);
  if (file.fd() < 0) return to_error(errno, "open to sync");
  if (::fsync(file.fd()) != 0) return to_error(errno, "fsync");
  return {};
}

result<void> sync_names(fs::path const& path) { return sync_file(path, O_DIRECTORY); }

/// Creates one folder durably; an existing one is fine. That its name is durable nobody knows: another request may have
/// made it just now, or a process that died at once.
result<void> make_folder(fs::path const& path) {
  if (::mkdir(path.c_str(), folder_mode) != 0 && errno != EEXIST) return to_error(errno, "mkdir");
  return sync_names(path.parent_path());
}

bool is_there(fs::path const& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0;
}

void remove_file(fs::path const& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_errno(errno, "unlink");
  (void)sync_names(path.parent_path());
}

void remove_folder(fs::path const& path) {
  fs::remove_all(path);
  (void)sync_names(path.parent_path());
}

/// Syncs every file and folder below, and drops what an interrupted write left (names beginning with a dot).
result<void> settle(fs::path const& folder) {
  for (auto const& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().native().starts_with('.')) {
      fs::remove(entry.path());
    } else if (auto const done = entry.is_directory() ? settle(entry.path()) : sync_file(entry.path()); !done) {
      return done;
    }
  }
  return sync_names(folder);
}

} // namespace

OpenFile::OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), size_(std::exchange(other.size_, 0)) {}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  return *this;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

MediaStore::MediaStore(fs::path root) : root_(std::move(root)) {
  make_folders(root_);
  for (auto const* name : {"uploads", "originals", "staging", "packages", "strays"}) {
    if (auto const made = make_folder(root_ / name); !made) throw std::runtime_error("cannot create the media store: " + made.error().detail);
  }
}

std::int64_t MediaStore::free_bytes() const {
  struct statvfs facts {};
  if (::statvfs(root_.c_str(), &facts) != 0) throw_errno(errno, "statvfs");
  return static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
}

std::int64_t MediaStore::disk_bytes() const {
  struct statvfs facts {};
  if (::statvfs(root_.c_str(), &facts) != 0) throw_errno(errno, "statvfs");
  return static_cast<std::int64_t>(facts.f_blocks) * static_cast<std::int64_t>(facts.f_frsize);
}

result<void> MediaStore::create_upload(std::string_view upload) {
  if (!is_store_id(upload)) return bad_name();
  OpenFile const file = open_file(root_ / "uploads" / upload, O_WRONLY | O_CREAT | O_EXCL);
  if (file.fd() < 0) {
    if (errno == EEXIST) return Error{Errc::conflict, "upload.exists", "there is an upload with this id"};
    return to_error(errno, "create upload");
  }
  return sync_names(root_ / "uploads"); // an acknowledged byte needs a name that survives too
}

result<OpenFile> MediaStore::open_upload(std::string_view upload, std::int64_t offset) {
  if (!is_store_id(upload)) return bad_name();
  OpenFile file = open_file(root_ / "uploads" / upload, O_RDWR);
  if (file.fd() < 0) return to_error(errno, "open upload");
  struct stat facts {};
  if (::fstat(file.fd(), &facts) != 0) throw_errno(errno, "fstat");
  if (facts.st_size < offset || offset < 0) return Error{Errc::conflict, "upload.offset", "the file is shorter than the offset"};
  // A tail beyond the offset was never acknowledged: a client may send something else there now.
  if (facts.st_size > offset && ::ftruncate(file.fd(), offset) != 0) return to_error(errno, "ftruncate");
  return file;
}

result<void> MediaStore::write(OpenFile const& upload, std::int64_t offset, std::string_view bytes) { return write_all(upload.fd(), offset, bytes); }

result<void> MediaStore::sync(OpenFile const& upload) {
  if (::fdatasync(upload.fd()) != 0) return to_error(errno, "fdatasync");
  return {};
}

result<void> MediaStore::write_upload(std::string_view upload, std::int64_t offset, std::string_view bytes) {
  auto const file = open_upload(upload, offset);
  if (!file) return file.error();
  return write(*file, offset, bytes);
}

result<void> MediaStore::sync_upload(std::string_view upload) {
  if (!is_store_id(upload)) return bad_name();
  OpenFile const file = open_file(root_ / "uploads" / upload, O_WRONLY);
  if (file.fd() < 0) return to_error(errno, "open upload");
  return sync(file);
}

result<void> MediaStore::concatenate(std::string_view upload, std::vector<std::string> const& parts) {
  if (!is_store_id(upload)) return bad_name();
  OpenFile const whole = open_file(root_ / "uploads" / upload, O_WRONLY | O_CREAT | O_TRUNC);
  if (whole.fd() < 0) return to_error(errno, "create upload");
  loff_t at = 0;
  for (auto const& part : parts) {
    if (!is_store_id(part)) return bad_name();
    auto const file = open_reading(root_ / "uploads" / part);
    if (!file) return file.error();
    loff_t from = 0;
    while (from < file->size()) {
      // Within one file system the kernel copies, or shares the blocks where it can.
      auto const copied = ::copy_file_range(file->fd(), &from, whole.fd(), &at, static_cast<std::size_t>(file->size() - from), 0);
      if (copied < 0 && errno == EINTR) continue;
      if (copied < 0) return to_error(errno, "copy_file_range");
      if (copied == 0) return Error{Errc::conflict, "upload.offset", "a part is shorter than it was"};
    }
  }
  if (auto const done = sync(whole); !done) return done;
  return sync_names(root_ / "uploads");
}

result<void> MediaStore::truncate_upload(std::string_view upload, std::int64_t size) {
  if (!is_store_id(upload)) return bad_name();
  OpenFile const file = open_file(root_ / "uploads" / upload, O_WRONLY);
  if (file.fd() < 0) return to_error(errno, "open upload");
  struct stat facts {};
  if (::fstat(file.fd(), &facts) != 0) throw_errno(errno, "fstat");
  if (facts.st_size < size || size < 0) return Error{Errc::conflict, "upload.offset", "the file is shorter than the offset"};
  if (::ftruncate(file.fd(), size) != 0) return to_error(errno, "ftruncate");
  if (::fsync(file.fd()) != 0) return to_error(errno, "fsync");
  return {};
}

void MediaStore::remove_upload(std::string_view upload) {
  if (is_store_id(upload)) remove_file(root_ / "uploads" / upload);
}

result<std::string> MediaStore::hash_upload(std::string_view upload) {
  if (!is_store_id(upload)) return bad_name();
  auto const file = open_reading(root_ / "uploads" / upload);
  if (!file) return file.error();
  (void)::posix_fadvise(file->fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) throw std::runtime_error("SHA-256 is not available");
  std::string buffer(1 << 20, '\0');
  for (;;) {
    auto const got = ::read(file->fd(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno(errno, "read upload");
    if (got == 0) break;
    EVP_DigestUpdate(digest.get(), buffer.data(), static_cast<std::size_t>(got));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(digest.get(), hash.data(), &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", hash[i]);
  return hex;
}

result<void> MediaStore::keep_original(std::string_view upload, std::string_view original) {
  if (!is_store_id(upload) || !is_store_id(original)) return bad_name();
  auto const from = root_ / "uploads" / upload;
  auto const to = root_ / "originals" / original;
  if (is_there(from)) {
    if (auto const done = sync_file(from); !done) return done;
    if (::rename(from.c_str(), to.c_str()) != 0) return to_error(errno, "rename upload");
  } else if (!is_there(to)) {
    return missing();
  }
  // Also on a repeat: the crash may have come between the rename and this.
  if (auto const done = sync_names(root_ / "originals"); !done) return done;
  return sync_names(root_ / "uploads");
}

result<OpenFile> MediaStore::open_original(std::string_view original) const {
  if (!is_store_id(original)) return missing();
  return open_reading(root_ / "originals" / original);
}

void MediaStore::remove_original(std::string_view original) {
  if (is_store_id(original)) remove_file(root_ / "originals" / original);
}

result<void> MediaStore::write_staged(std::string_view package, std::string_view name, std::string_view bytes) {
  if (!is_store_id(package) || !is_output_name(name)) return bad_name();
  if (is_there(root_ / "packages" / package)) return Error{Errc::conflict, "store.published", "a published package never changes"};
  auto const target = root_ / "staging" / package / name;
  if (auto const made = make_folder(root_ / "staging" / package); !made) return made;
  if (name.find('/') != name.npos) {
    if (auto const made = make_folder(target.parent_path()); !made) return made;
  }
  // Two workers may send the same output at once after a lost lease, so each write has its own temporary file.
  static std::atomic<std::uint64_t> count{0};
  auto const temporary = target.parent_path() / fmt::format(".{}-{}-{}", target.filename().native(), ::getpid(), ++count);
  auto written = [&]() -> result<void> {
    OpenFile const file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (file.fd() < 0) return to_error(errno, "create output");
    if (auto done = write_all(file.fd(), 0, bytes); !done) return done;
    if (::fdatasync(file.fd()) != 0) return to_error(errno, "fdatasync");
    if (::rename(temporary.c_str(), target.c_str()) != 0) return to_error(errno, "rename output");
    return sync_names(target.parent_path());
  }();
  if (!written) ::unlink(temporary.c_str());
  return written;
}

result<void> MediaStore::append_staged(std::string_view package, std::string_view name, std::int64_t offset, std::string_view bytes) {
  if (!is_store_id(package) || !is_output_name(name)) return bad_name();
  if (is_there(root_ / "packages" / package)) return Error{Errc::conflict, "store.published", "a published package never changes"};
  if (offset == 0) return write_staged(package, name, bytes);
  OpenFile const file = open_file(root_ / "staging" / package / name, O_WRONLY);
  if (file.fd() < 0) return to_error(errno, "open output");
  struct stat facts {};
  if (::fstat(file.fd(), &facts) != 0) throw_errno(errno, "fstat");
  if (offset < 0 || facts.st_size < offset) return Error{Errc::conflict, "store.offset", "the file is shorter than the offset"};
  if (facts.st_size > offset && ::ftruncate(file.fd(), offset) != 0) return to_error(errno, "ftruncate");
  if (auto const done = write_all(file.fd(), offset, bytes); !done) return done;
  if (::fdatasync(file.fd()) != 0) return to_error(errno, "fdatasync");
  return {};
}

result<OpenFile> MediaStore::open_staged(std::string_view package, std::string_view name) const {
  if (!is_store_id(package) || !is_output_name(name)) return missing();
  return open_reading(root_ / "staging" / package / name);
}

std::vector<std::string> MediaStore::staged_packages() const {
  std::vector<std::string> found;
  for (auto const& entry : fs::directory_iterator(root_ / "staging")) found.push_back(entry.path().filename().native());
  return found;
}

void MediaStore::remove_staged(std::string_view package) {
  if (is_store_id(package)) remove_folder(root_ / "staging" / package);
}

void MediaStore::remove_staged(std::string_view package, std::string_view track) {
  if (is_store_id(package) && is_output_name(track)) remove_folder(root_ / "staging" / package / track);
}

result<void> MediaStore::publish_package(std::string_view package) {
  if (!is_store_id(package)) return bad_name();
  auto const from = root_ / "staging" / package;
  auto const to = root_ / "packages" / package;
  if (is_there(to)) {
    remove_folder(from); // published before the crash; whatever came later belongs to nobody
  } else if (!is_there(from)) {
    return missing();
  } else {
    if (auto const done = settle(from); !done) return done;
    if (::rename(from.c_str(), to.c_str()) != 0) return to_error(errno, "rename package");
  }
  if (auto const done = sync_names(root_ / "packages"); !done) return done;
  return sync_names(root_ / "staging");
}

result<OpenFile> MediaStore::open_published(std::string_view package, std::string_view name) const {
  if (!is_store_id(package) || !is_output_name(name)) return missing();
  return open_reading(root_ / "packages" / package / name);
}

void MediaStore::remove_package(std::string_view package) {
  if (is_store_id(package)) remove_folder(root_ / "packages" / package);
}

namespace {
constexpr std::string_view folder_of(MediaStore::Kind kind) {
  switch (kind) {
  case MediaStore::Kind::upload: return "uploads";
  case MediaStore::Kind::original: return "originals";
  case MediaStore::Kind::package: break;
  }
  return "packages";
}
} // namespace

std::vector<std::string> MediaStore::all(Kind kind) const {
  std::vector<std::string> found;
  for (auto const& entry : fs::directory_iterator(root_ / folder_of(kind))) found.push_back(entry.path().filename().native());
  return found;
}

void MediaStore::set_aside(Kind kind, std::string_view id) {
  auto const folder = root_ / folder_of(kind);
  auto const stray = root_ / "strays" / fmt::format("{}-{}", folder_of(kind), id);
  if (::rename((folder / id).c_str(), stray.c_str()) != 0) throw_errno(errno, "rename");
  (void)sync_names(root_ / "strays");
  (void)sync_names(folder);
}

std::vector<std::string> MediaStore::remove_strays(std::chrono::system_clock::time_point limit) {
  std::vector<std::string> removed;
  for (auto const& entry : fs::directory_iterator(root_ / "strays")) {
    struct stat facts {};
    // Renaming is what last changed the inode.
    if (::lstat(entry.path().c_str(), &facts) != 0 || std::chrono::system_clock::from_time_t(facts.st_ctime) >= limit) continue;
    remove_folder(entry.path());
    removed.push_back(entry.path().filename().native());
  }
  return removed;
}

bool is_output_name(std::string_view name) {
  if (name.empty() || name.size() > 80) return false;
  int slashes = 0;
  char before = '/';
  for (char const c : name) {
    if (before == '/' && (c == '.' || c == '/')) return false;
    if (c == '/') ++slashes;
    else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.') return false;
    before = c;
  }
  return slashes <= 1 && before != '/';
}

} // namespace tarina::media
