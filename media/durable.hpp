// Names that survive a power cut: an fsync of a file keeps its bytes, one of its folder keeps its name (fsync(2)).
#pragma once
#include <filesystem>

namespace tarina::media {

/// fsync of a folder. Throws std::system_error.
void sync_folder(std::filesystem::path const& folder);

/// As std::filesystem::create_directories; each name is durable when it returns, also one that an earlier process made and
/// had no time to sync. Throws std::system_error.
void make_folders(std::filesystem::path const& folder);

} // namespace tarina::media
