// Locks between processes: one server a data folder, one backup or export a folder.
#pragma once
#include <filesystem>
#include <string>

namespace tarina::server {

/// flock(2) of a file, which is created when it is missing. The kernel lets go of it when the process ends, however it ends.
class FileLock {
public:
  enum class When { now, later };
  /// Throws std::system_error when the file cannot be opened, or with EWOULDBLOCK when it is to be `now` and another has it.
  FileLock(std::filesystem::path const& file, When);
  ~FileLock();
  FileLock(FileLock const&) = delete;
  FileLock& operator=(FileLock const&) = delete;
  /// Replaces what the file says, for people to read.
  void write(std::string const& text) const;

private:
  int fd_;
};

/// One process a folder: two servers would finish each other's uploads, two exports write into each other's bags.
class FolderLock {
public:
  /// Makes the folder. Throws std::runtime_error when another process has it; its number is in the file `lock`.
  explicit FolderLock(std::filesystem::path const& folder, std::string const& which = "data folder");

private:
  FileLock lock_;
};

} // namespace tarina::server
