#include "media/tasks.hpp"
#include <algorithm>

namespace tarina::media {
namespace {

constexpr int longest_shorter_side = 720; // good on a classroom's wall, and half of what 1080 lines weigh

/// Of all its files; 0 when that is not known.
std::int64_t bytes_of(Track const& track) {
  if (track.init_bytes <= 0 || track.segments.empty()) return 0;
  auto bytes = track.init_bytes;
  for (auto const& segment : track.segments) bytes += segment.bytes;
  return bytes;
}

/// The highest that is not too high, else the lowest there is.
Track const* choose_picture(std::vector<Track> const& tracks) {
  Track const* chosen = nullptr;
  for (auto const& track : tracks) { // highest first
    if (!track.codecs.starts_with("avc1")) continue; // any player takes it
    chosen = &track;
    if (std::min(track.width, track.height) <= longest_shorter_side) break;
  }
  return chosen;
}

} // namespace

std::optional<DownloadTask> plan_download(Package const& package, std::string const& language) {
  auto const* picture = choose_picture(package.video);
  auto const* sound = package.audio.empty() ? nullptr : &package.audio.front();
  if ((picture == nullptr && sound == nullptr) || (picture == nullptr && !package.video.empty())) return std::nullopt;
  DownloadTask task{.picture = picture ? picture->name : "", .sound = sound ? sound->name : "", .picture_bytes = picture ? bytes_of(*picture) : 0,
                    .sound_bytes = sound ? bytes_of(*sound) : 0, .language = language};
  if ((picture && task.picture_bytes == 0) || (sound && task.sound_bytes == 0)) return std::nullopt;
  return task;
}

} // namespace tarina::media
