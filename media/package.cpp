#include "media/package.hpp"
#include "media/sound_data.hpp"
#include <algorithm>

namespace tarina::media {

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

std::string poster_of(Package const& package) {
  if (!package.posters.empty()) return "stills/" + package.posters.front();
  return package.audio.empty() ? std::string() : data_file(package.audio.front(), cover_file);
}

std::vector<milliseconds> shots_of(Package const& package) {
  auto const found = std::find_if(package.video.begin(), package.video.end(), [](Track const& track) { return !track.shots.empty(); });
  return found == package.video.end() ? std::vector<milliseconds>() : found->shots;
}

} // namespace tarina::media
