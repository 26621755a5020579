// Where media files live: originals, staging and published packages. A local directory now, an object store later,
// so nothing outside this file builds a path.
#pragma once
#include "media/error.hpp"
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::media {

/// An open file for reading; closes on destruction. `fd` is good for sendfile(2) and pread(2).
class OpenFile {
public:
  OpenFile() = default;
  OpenFile(int fd, std::int64_t size) : fd_(fd), size_(size) {}
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();
  int fd() const { return fd_; }
  std::int64_t size() const { return size_; }

private:
  int fd_ = -1;
  std::int64_t size_ = 0;
};

/// Blocking; call from a worker thread, never from an I/O thread. Ids are the catalog's public ids ([a-z0-9]+);
/// names inside a package are "track/file" or "file" of the strict grammar `is_output_name` accepts.
/// I/O failures: Errc::no_space on ENOSPC/EDQUOT, otherwise std::system_error.
class MediaStore {
public:
  /// Opens `root`, creating its folders: uploads/ originals/ staging/ packages/ strays/.
  explicit MediaStore(std::filesystem::path root);

  /// Bytes free for new data on the store's disk.
  std::int64_t free_bytes() const;
  /// Of that disk as a whole.
  std::int64_t disk_bytes() const;

  // An upload in progress: one growing file.
  result<void> create_upload(std::string_view upload);
  /// Opens it for writing on at `offset`; what lies behind was never acknowledged and is cut off. One who writes keeps it
  /// open until the last sync: the system tells a failed write-back to whoever held the file then, and to them alone.
  /// Errc::conflict "upload.offset" when the file is shorter.
  result<OpenFile> open_upload(std::string_view upload, std::int64_t offset);
  /// Writes without syncing.
  static result<void> write(OpenFile const& upload, std::int64_t offset, std::string_view bytes);
  /// fdatasync; only after this may an offset be acknowledged.
  static result<void> sync(OpenFile const& upload);
  /// open_upload and write.
  result<void> write_upload(std::string_view upload, std::int64_t offset, std::string_view bytes);
  result<void> sync_upload(std::string_view upload);
  /// Cuts the file to a durable offset after a restart.
  result<void> truncate_upload(std::string_view upload, std::int64_t size);
  /// Makes the upload of others, one after the other, which stay; durable when it returns. Repeating begins anew.
  result<void> concatenate(std::string_view upload, std::vector<std::string> const& parts);
  void remove_upload(std::string_view upload);
  /// SHA-256 of an upload, lower-case hex.
  result<std::string> hash_upload(std::string_view upload);
  /// Moves a complete upload to originals/{original}: fsync, rename, fsync of both folders. Repeating after a crash is fine.
  result<void> keep_original(std::string_view upload, std::string_view original);
  result<OpenFile> open_original(std::string_view original) const;
  void remove_original(std::string_view original);

  // A package in the making.
  /// Writes one output whole, atomically replacing an earlier one (a retried task); durable when it returns.
  result<void> write_staged(std::string_view package, std::string_view name, std::string_view bytes);
  /// Writes a piece of one output at `offset`, durable when it returns; what lay behind it is cut off, so a retried task
  /// begins anew. Errc::conflict "store.offset" when the pieces before are not there.
  result<void> append_staged(std::string_view package, std::string_view name, std::int64_t offset, std::string_view bytes);
  result<OpenFile> open_staged(std::string_view package, std::string_view name) const;
  void remove_staged(std::string_view package);
  /// One folder of it, a track.
  void remove_staged(std::string_view package, std::string_view track);
  /// Ids of all packages with something staged.
  std::vector<std::string> staged_packages() const;
  /// staging/{package} → packages/{package}: fsync everything, rename, fsync the parents. Repeating is fine.
  result<void> publish_package(std::string_view package);
  result<OpenFile> open_published(std::string_view package, std::string_view name) const;
  void remove_package(std::string_view package);

  // What lies here, for the comparison with the record at a start.
  enum class Kind { upload, original, package };
  std::vector<std::string> all(Kind) const;
  /// Moves what no record names to strays/{kind}-{id}: never seen by anybody, but not gone.
  void set_aside(Kind, std::string_view id);
  /// Removes what was set aside before `limit`; gives its names.
  std::vector<std::string> remove_strays(std::chrono::system_clock::time_point limit);

private:
  std::filesystem::path root_;
};

/// True for names a package may hold: "main.m3u8", "main.mpd", "v720/index.m3u8", "v720/init.mp4", "v720/00001.m4s",
/// "stills/poster.jpg", "stills/storyboard-001.jpg", "stills/storyboard.vtt": lower-case letters, digits, '-', '.',
/// at most one '/', no segment starting with '.', at most 80 bytes.
bool is_output_name(std::string_view name);

} // namespace tarina::media
