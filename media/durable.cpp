#include "media/durable.hpp"
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tarina::media {
namespace fs = std::filesystem;

void sync_folder(fs::path const& folder) {
  int const fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int failure = fd < 0 ? errno : 0;
  if (fd >= 0 && ::fsync(fd) != 0) failure = errno;
  if (fd >= 0) ::close(fd);
  if (failure != 0) throw std::system_error(failure, std::generic_category(), "fsync " + folder.string());
}

void make_folders(fs::path const& folder) {
  auto const path = fs::absolute(folder / "").parent_path(); // without a slash at its end
  auto const above = path.parent_path();
  if (!fs::exists(above)) make_folders(above);
  bool const fresh = fs::create_directory(path);
  try {
    sync_folder(above);
  } catch (std::system_error const& failure) {
    // Whoever made a folder for us may not let us read where it lies.
    if (fresh || failure.code() != std::errc::permission_denied) throw;
  }
}

} // namespace tarina::media
