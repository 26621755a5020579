#include "media/kept_files.hpp"
#include "media/store.hpp"
#include <algorithm>
#include <sys/stat.h>

namespace tarina::media {
namespace fs = std::filesystem;

bool is_store_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::string original_path(std::string_view original) { return "originals/" + std::string(original); }
std::string package_path(std::string_view package) { return "packages/" + std::string(package); }

bool is_kept_path(std::string_view path) {
  if (path.starts_with("originals/")) return is_store_id(path.substr(10));
  if (!path.starts_with("packages/")) return false;
  path.remove_prefix(9);
  auto const slash = path.find('/');
  return slash != std::string_view::npos && is_store_id(path.substr(0, slash)) && is_output_name(path.substr(slash + 1));
}

namespace {

/// All files below `folder`, which is below `root`. The iterator ends where a folder goes meanwhile.
void add_kept_files(fs::path const& root, fs::path const& folder, std::vector<KeptFile>& files) {
  std::error_code gone;
  for (auto at = fs::recursive_directory_iterator(folder, gone); !gone && at != fs::recursive_directory_iterator(); at.increment(gone)) {
    struct stat facts {};
    if (::lstat(at->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    auto path = at->path().lexically_relative(root).generic_string();
    if (is_kept_path(path))
      files.push_back({std::move(path), facts.st_size, std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec});
  }
  if (gone && gone != std::errc::no_such_file_or_directory) throw fs::filesystem_error("cannot read the media store", folder, gone);
}

} // namespace

std::vector<KeptFile> kept_files(fs::path const& root) {
  std::vector<KeptFile> files;
  add_kept_files(root, root / "originals", files);
  if (std::error_code none; fs::is_directory(root / "packages", none)) // each by itself: one that goes takes no other along
    for (auto const& package : fs::directory_iterator(root / "packages"))
      try {
        if (package.symlink_status().type() == fs::file_type::directory) add_kept_files(root, package.path(), files);
      } catch (fs::filesystem_error const&) {
      }
  std::sort(files.begin(), files.end(), [](KeptFile const& a, KeptFile const& b) { return a.path < b.path; });
  return files;
}

std::vector<FileSum> files_of(Package const& package) {
  std::vector<FileSum> files{{"main.m3u8"}, {"main.mpd"}};
  for (auto const* tracks : {&package.video, &package.audio})
    for (auto const& track : *tracks) {
      auto const folder = track.name + "/";
      files.push_back({folder + "index.m3u8"});
      files.push_back({folder + "init.mp4", track.init_bytes > 0 ? track.init_bytes : -1, track.init_sha256});
      for (auto const& segment : track.segments) files.push_back({folder + segment.name, segment.bytes, segment.sha256});
      for (auto const& data : track.data) files.push_back({folder + data.name, data.bytes, data.sha256});
    }
  for (auto const& poster : package.posters) files.push_back({"stills/" + poster});
  if (package.storyboard) {
    files.push_back({"stills/storyboard.vtt"});
    for (auto const& sheet : package.storyboard->sheets) files.push_back({"stills/" + sheet});
  }
  if (package.download) files.push_back({std::string(download_name), package.download->bytes, package.download->sha256});
  return files;
}

} // namespace tarina::media
