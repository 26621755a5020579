#include "server/api/worker_outputs.hpp"
#include "media/sound_data.hpp"
#include "server/digest.hpp"
#include <algorithm>
#include <stdexcept>
#include <unistd.h>

namespace tarina::server {
namespace {

bool is_track_file(std::string_view name, std::string_view track) {
  if (!name.starts_with(track) || name.substr(track.size()).empty() || name[track.size()] != '/') return false;
  name.remove_prefix(track.size() + 1);
  if (name == "init.mp4") return true;
  return name.size() > 4 && name.ends_with(".m4s") && name.substr(0, name.size() - 4).find_first_not_of("0123456789") == std::string_view::npos;
}

/// One of the files beside a sound's segments.
bool is_data_file(std::string_view name, media::AudioTask const& task) {
  if (!name.starts_with(task.rendition.name + "/")) return false;
  name.remove_prefix(task.rendition.name.size() + 1);
  return name == media::peaks_file || name == media::speech_file || (name == media::cover_file && task.grid.frames == 0);
}

Error wrong() { return {Errc::invalid, "task.result_wrong", "the result does not fit the task"}; }
Error differs(std::string const& name) { return {Errc::invalid, "task.outputs_differ", name + " is missing or differs from what was reported"}; }

result<void> check_file(media::MediaStore const& store, std::string_view package, std::string const& name, std::string const& sha256, std::int64_t bytes) {
  auto opened = store.open_staged(package, name);
  if (!opened) return differs(name);
  if (bytes >= 0 && opened->size() != bytes) return differs(name);
  if (sha256_of_file(opened->fd()) != sha256) return differs(name);
  return {};
}

/// Shots begin within the story, and only tasks that look for them find some.
bool are_shots_of(media::Task const& task, std::vector<media::milliseconds> const& shots) {
  if (shots.empty()) return true;
  auto const* video = std::get_if<media::VideoTask>(&task);
  if (!video || video->renditions.front().codec != media::VideoCodec::h264) return false;
  return shots.front().count() > 0 && shots.back() < video->grid.time_of(video->grid.frames);
}

result<void> check_stills(media::MediaStore const& store, std::string_view package, media::StillsResult const& stills) {
  auto names = stills.posters;
  if (stills.storyboard) names.insert(names.end(), stills.storyboard->sheets.begin(), stills.storyboard->sheets.end());
  for (auto const& name : names) {
    auto opened = store.open_staged(package, "stills/" + name);
    if (!opened || opened->size() == 0) return differs("stills/" + name);
  }
  return {};
}

} // namespace

bool may_write(media::Task const& task, std::string_view name) {
  if (auto const* video = std::get_if<media::VideoTask>(&task))
    return std::any_of(video->renditions.begin(), video->renditions.end(), [&](auto const& r) { return is_track_file(name, r.name); });
  if (auto const* audio = std::get_if<media::AudioTask>(&task)) return is_track_file(name, audio->rendition.name) || is_data_file(name, *audio);
  if (auto const* copy = std::get_if<media::RemuxTask>(&task))
    return is_track_file(name, media::original_picture) || (copy->audio && is_track_file(name, media::original_sound));
  if (std::holds_alternative<media::DownloadTask>(task)) return name == media::download_name;
  if (std::holds_alternative<media::CoverTask>(task)) return name.starts_with("stills/cover") && name.ends_with(".jpg");
  if (std::holds_alternative<media::StillsTask>(task)) return name.starts_with("stills/") && name.ends_with(".jpg");
  return false;
}

result<std::string> read_download_source(media::MediaStore const& store, std::string_view package, media::Package const& facts, media::DownloadTask const& task, std::int64_t first) {
  constexpr std::size_t enough = std::size_t{16} << 20;
  std::string bytes;
  auto at = first; // in the file looked at
  auto add = [&](std::string const& name, std::int64_t size) -> result<void> {
    if (at >= size || bytes.size() >= enough) {
      at = std::max<std::int64_t>(0, at - size);
      return {};
    }
    auto opened = store.open_staged(package, name);
    if (!opened || opened->size() != size) return differs(name);
    auto const before = bytes.size();
    bytes.resize(before + static_cast<std::size_t>(size - at));
    if (::pread(opened->fd(), bytes.data() + before, bytes.size() - before, at) != static_cast<ssize_t>(bytes.size() - before)) throw std::runtime_error("short read of " + name);
    at = 0;
    return {};
  };
  for (auto const& [tracks, wanted] : {std::pair(&facts.video, &task.picture), std::pair(&facts.audio, &task.sound)}) {
    for (auto const& track : *tracks) {
      if (track.name != *wanted) continue;
      if (auto added = add(track.name + "/init.mp4", track.init_bytes); !added) return added.error();
      for (auto const& segment : track.segments)
        if (auto added = add(track.name + "/" + segment.name, segment.bytes); !added) return added.error();
    }
  }
  if (bytes.empty()) return Error{Errc::invalid, "task.source_range", "the source has no such byte"};
  return bytes;
}

result<void> check_outputs(media::MediaStore const& store, std::string_view package, media::Task const& task, media::TaskResult const& reported) {
  if (std::holds_alternative<media::ProbeTask>(task)) {
    if (!std::holds_alternative<media::SourceFacts>(reported)) return wrong();
    return {};
  }
  if (std::holds_alternative<media::TextsTask>(task)) {
    if (!std::holds_alternative<media::TextsResult>(reported)) return wrong();
    return {};
  }
  if (std::holds_alternative<media::DownloadTask>(task)) {
    auto const* download = std::get_if<media::Download>(&reported);
    if (!download) return wrong();
    return check_file(store, package, std::string(media::download_name), download->sha256, download->bytes);
  }
  if (std::holds_alternative<media::StillsTask>(task) || std::holds_alternative<media::CoverTask>(task)) {
    auto const* stills = std::get_if<media::StillsResult>(&reported);
    if (!stills || !std::all_of(stills->posters.begin(), stills->posters.end(), [&](auto const& poster) { return may_write(task, "stills/" + poster); })) return wrong();
    return check_stills(store, package, *stills);
  }
  auto const* tracks = std::get_if<std::vector<media::Track>>(&reported);
  if (!tracks) return wrong();
  for (auto const& track : *tracks) {
    if (!may_write(task, track.name + "/init.mp4") || !are_shots_of(task, track.shots)) return wrong();
    if (auto fine = check_file(store, package, track.name + "/init.mp4", track.init_sha256, track.init_bytes > 0 ? track.init_bytes : -1); !fine) return fine;
    for (auto const& segment : track.segments)
      if (auto fine = check_file(store, package, track.name + "/" + segment.name, segment.sha256, segment.bytes); !fine) return fine;
    for (auto const& data : track.data) {
      if (!may_write(task, track.name + "/" + data.name)) return wrong();
      if (auto fine = check_file(store, package, track.name + "/" + data.name, data.sha256, data.bytes); !fine) return fine;
    }
  }
  return {};
}

} // namespace tarina::server
