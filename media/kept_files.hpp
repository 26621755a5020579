// Which files of a MediaStore are kept for good: what a backup copies and a restore brings back.
#pragma once
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

/// Originals and published packages of the store at `root`, by path. What goes while it looks is left out.
std::vector<KeptFile> kept_files(std::filesystem::path const& root);
/// True for ids a MediaStore takes: [a-z0-9]+, at most 64 bytes.
bool is_store_id(std::string_view id);
/// True for paths that kept_files() can give; nothing that leaves the root.
bool is_kept_path(std::string_view path);
std::string original_path(std::string_view original); // "originals/{id}"
std::string package_path(std::string_view package);   // "packages/{id}"

} // namespace tarina::media
