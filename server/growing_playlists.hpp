// Playlists of packages that are still being made. Players ask for them again and again: the text is written once for each
// growth of the package, and asking in between costs neither the record nor a file.
#pragma once
#include "catalog/catalog.hpp"
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tarina::server {

/// The text of a playlist, manifest or storyboard, from what is known so far; nothing when `name` is none of them.
std::optional<std::string> write_playlist(catalog::PackageRecord const& record, std::string_view name);

/// For any thread.
class GrowingPlaylists {
public:
  struct Playlist {
    bool known = false; // false: there is no such playlist yet
    std::string text;
    std::string etag;   // of the text, quoted
  };
  using Ptr = std::shared_ptr<Playlist const>;
  /// Both must be read before the record is: what changes meanwhile then outdates what is kept.
  struct Versions {
    std::uint64_t access = 0;  // Catalog::access_version
    std::uint64_t package = 0; // Catalog::package_version
  };

  /// What was kept for `path` ("package/name") under the same versions, or null.
  Ptr find(Versions versions, std::string const& path);
  /// Keeps what was written from a record read after `versions` were; gives it as it is to be sent.
  Ptr keep(Versions versions, std::string const& path, std::optional<std::string> text);

private:
  struct Entry {
    std::uint64_t package;
    Ptr playlist;
  };
  void renew(std::uint64_t access);
  std::mutex mutex_;
  std::uint64_t access_ = 0;
  std::size_t bytes_ = 0; // kept since entries_ was empty
  std::unordered_map<std::string, Entry> entries_;
};

} // namespace tarina::server
