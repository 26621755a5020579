#include "server/file_lock.hpp"
#include "media/durable.hpp"
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace tarina::server {
namespace {

std::filesystem::path lock_in(std::filesystem::path const& folder) {
  media::make_folders(folder);
  return folder / "lock";
}

} // namespace

FileLock::FileLock(std::filesystem::path const& file, When when) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  int const how = when == When::now ? LOCK_EX | LOCK_NB : LOCK_EX;
  while (fd_ >= 0 && ::flock(fd_, how) != 0) {
    if (errno == EINTR) continue;
    auto const code = errno;
    ::close(fd_);
    throw std::system_error(code, std::generic_category(), file.string());
  }
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), file.string());
}

FileLock::~FileLock() { ::close(fd_); }

void FileLock::write(std::string const& text) const {
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, text.data(), text.size(), 0) < 0) return; // the lock holds without it
}

FolderLock::FolderLock(std::filesystem::path const& folder, std::string const& which) try : lock_(lock_in(folder), FileLock::When::now) {
  lock_.write(std::to_string(::getpid()));
} catch (std::system_error const& failure) {
  if (failure.code() != std::errc::operation_would_block) throw;
  std::string process;
  std::ifstream(folder / "lock") >> process;
  throw std::runtime_error(fmt::format("another tarina-server{} uses the {} {}", process.empty() ? "" : " (process " + process + ")", which, folder.string()));
}

} // namespace tarina::server
