// One process a folder: two servers would finish each other's uploads, two exports write into each other's bags.
#pragma once
#include "media/durable.hpp"
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <unistd.h>

namespace tarina::server {

/// The kernel lets go of it when the process ends, however it ends.
class FolderLock {
public:
  /// Throws std::runtime_error when another process has it; its number is in the file `lock`.
  explicit FolderLock(std::filesystem::path const& folder, std::string const& which = "data folder") {
    media::make_folders(folder);
    fd_ = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      std::string process;
      if (fd_ >= 0) {
        char text[32] = {};
        if (::pread(fd_, text, sizeof text - 1, 0) > 0) process = text;
        ::close(fd_);
      }
      throw std::runtime_error("another tarina-server" + (process.empty() ? "" : " (process " + process + ")") + " uses the " + which + " " +
                               folder.string());
    }
    auto const process = std::to_string(::getpid());
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, process.data(), process.size(), 0) < 0) return; // only for people
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(FolderLock const&) = delete;
  FolderLock& operator=(FolderLock const&) = delete;

private:
  int fd_ = -1;
};

} // namespace tarina::server
