// Which files of a MediaStore are kept for good: what a backup copies, a restore brings back, and verification reads.
#pragma once
#include "media/package.hpp"
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::media {

struct KeptFile {
  std::string path;            // below the store's root: "originals/{id}", "packages/{id}/v720/00001.m4s"
  std::int64_t size = 0;       // bytes
  std::int64_t changed_ns = 0; // mtime; these files never change once written
};

/// A file that is kept, and what it must be.
struct FileSum {
  std::string name = {};       // in its package; empty for an original
  std::int64_t bytes = -1;     // -1: not known
  std::string sha256 = {};     // lower-case hex; empty: not known
};

/// Every file a published package has. Those whose checksums the facts do not hold (playlists, pictures) come without.
std::vector<FileSum> files_of(Package const&);

/// Originals and published packages of the store at `root`, by path. What goes while it looks is left out,
/// and so is a package that cannot be listed: what it lacks by that, the record tells.
std::vector<KeptFile> kept_files(std::filesystem::path const& root);
/// True for ids a MediaStore takes: [a-z0-9]+, at most 64 bytes.
bool is_store_id(std::string_view id);
/// True for paths that kept_files() can give; nothing that leaves the root.
bool is_kept_path(std::string_view path);
std::string original_path(std::string_view original); // "originals/{id}"
std::string package_path(std::string_view package);   // "packages/{id}"

} // namespace tarina::media
