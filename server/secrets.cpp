#include "server/secrets.hpp"
#include "catalog/ids.hpp"
#include "media/durable.hpp"
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tarina::server {
namespace {

[[noreturn]] void throw_errno(std::filesystem::path const& path) { throw std::system_error(errno, std::generic_category(), path.string()); }

/// Appears under its name whole or not at all, so that a worker started at the same moment never reads half a token; and
/// stays, so that no worker knows one that a power cut took back.
void write_secret(std::filesystem::path const& path, std::string const& value) {
  auto const temporary = path.string() + ".new";
  ::unlink(temporary.c_str());
  int const fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) throw_errno(temporary);
  auto const text = value + "\n";
  bool const written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) throw_errno(path);
  media::sync_folder(path.parent_path());
}

std::string load_secret(std::filesystem::path const& path) {
  if (!std::filesystem::exists(path)) write_secret(path, catalog::random_id(43)); // 222 bits
  std::ifstream in(path);
  std::string value;
  std::getline(in, value);
  if (value.size() < 32) throw std::runtime_error(path.string() + " is too short to be a secret");
  return value;
}

} // namespace

Secrets load_secrets(std::filesystem::path const& folder) {
  media::make_folders(folder);
  if (::chmod(folder.c_str(), 0700) != 0) throw_errno(folder);
  return {load_secret(folder / "worker-token"), load_secret(folder / "signing-key")};
}

} // namespace tarina::server
