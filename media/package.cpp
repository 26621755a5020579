#include "media/package.hpp"
#include "media/sound_data.hpp"
#include <algorithm>

namespace tarina::media {

std::string poster_of(Package const& package) {
  if (!package.posters.empty()) return "stills/" + package.posters.front();
  return package.audio.empty() ? std::string() : data_file(package.audio.front(), cover_file);
}

std::vector<milliseconds> shots_of(Package const& package) {
  auto const found = std::find_if(package.video.begin(), package.video.end(), [](Track const& track) { return !track.shots.empty(); });
  return found == package.video.end() ? std::vector<milliseconds>() : found->shots;
}

} // namespace tarina::media
