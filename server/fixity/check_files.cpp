#include "server/fixity/check_files.hpp"
#include "media/kept_files.hpp"
#include "server/digest.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <new>
#include <system_error>
#include <unistd.h>

namespace tarina::server {
namespace {

using catalog::FileProblem;

constexpr std::size_t piece = std::size_t{256} << 10; // read at a time; a multiple of every disk's block
constexpr std::size_t alignment = 4096;

struct Free {
  void operator()(char* bytes) const { std::free(bytes); }
};

class Reader {
public:
  explicit Reader(ReadingPace& pace) : pace_(pace), buffer_(static_cast<char*>(std::aligned_alloc(alignment, piece))) {
    if (!buffer_) throw std::bad_alloc();
  }

  struct Seen { std::string sha256; std::int64_t bytes = 0; };
  /// Nothing when told to stop. Throws std::system_error.
  std::optional<Seen> read(int fd) {
    bool direct = ::fcntl(fd, F_SETFL, O_RDONLY | O_DIRECT) == 0;
    Sha256 digest;
    Seen seen;
    for (;;) {
      auto const n = ::pread(fd, buffer_.get(), piece, seen.bytes);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EINVAL && direct) { // promised and not kept
        direct = false;
        if (::fcntl(fd, F_SETFL, O_RDONLY) == 0) continue;
      }
      if (n < 0) throw std::system_error(errno, std::generic_category(), "read");
      if (n == 0) break;
      digest.add(std::string_view(buffer_.get(), static_cast<std::size_t>(n)));
      if (!direct) static_cast<void>(::posix_fadvise(fd, seen.bytes, n, POSIX_FADV_DONTNEED));
      seen.bytes += n;
      if (!pace_.spend(n)) return std::nullopt;
    }
    seen.sha256 = digest.hex();
    return seen;
  }

private:
  ReadingPace& pace_;
  std::unique_ptr<char, Free> buffer_;
};

result<media::OpenFile> open(media::MediaStore const& store, catalog::FixityTarget const& target, std::string const& name) {
  return target.kind == catalog::FixityTarget::Kind::original ? store.open_original(target.id) : store.open_published(target.id, name);
}

/// False when told to stop.
bool check_file(media::MediaStore const& store, catalog::FixityTarget const& target, media::FileSum const& file, Reader& reader, catalog::FixityOutcome& outcome) {
  auto trouble = [&](FileProblem problem, std::string detail) {
    outcome.troubles.push_back({file.name, problem, std::move(detail)});
    return true;
  };
  ++outcome.files;
  try {
    auto const opened = open(store, target, file.name);
    if (!opened) return trouble(FileProblem::missing, opened.error().detail);
    if (file.bytes >= 0 && opened->size() != file.bytes) return trouble(FileProblem::damaged, fmt::format("it has {} bytes instead of {}", opened->size(), file.bytes));
    auto const seen = reader.read(opened->fd());
    if (!seen) return false;
    outcome.bytes += seen->bytes;
    if (file.sha256.empty()) outcome.first_seen.push_back({file.name, seen->bytes, seen->sha256});
    else if (seen->sha256 != file.sha256) return trouble(FileProblem::damaged, fmt::format("its SHA-256 is {} instead of {}", seen->sha256, file.sha256));
    return true;
  } catch (std::system_error const& failure) {
    // No word of the disk about the file. Everything else is: a bad sector is ENODATA to direct reads, EIO to others.
    constexpr std::array ours{EMFILE, ENFILE, ENOMEM, EACCES, EPERM};
    if (std::ranges::find(ours, failure.code().value()) != ours.end()) throw std::system_error(failure.code(), place_of(target.kind, target.id, file.name));
    return trouble(FileProblem::unreadable, failure.code().message());
  }
}

} // namespace

std::optional<catalog::FixityOutcome> check_files(media::MediaStore const& store, catalog::FixityTarget const& target, ReadingPace& pace) {
  Reader reader(pace);
  catalog::FixityOutcome outcome;
  for (auto const& file : target.files)
    if (!check_file(store, target, file, reader, outcome)) return std::nullopt;
  return outcome;
}

std::string place_of(catalog::FixityTarget::Kind kind, std::string const& id, std::string const& name) {
  return "media/" + (kind == catalog::FixityTarget::Kind::original ? media::original_path(id) : media::package_path(id) + "/" + name);
}

} // namespace tarina::server
