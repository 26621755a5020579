#include "server/growing_playlists.hpp"
#include "media/hls.hpp"
#include "media/package.hpp"
#include <fmt/format.h>

namespace tarina::server {
namespace {
constexpr std::size_t entry_limit = 1000; // some ten for each package that somebody watches in the making
constexpr std::size_t byte_limit = 16 * 1024 * 1024;
}

std::optional<std::string> write_playlist(catalog::PackageRecord const& record, std::string_view name) {
  auto const& package = record.facts;
  // A preview plays the source's own packets from beginning to end rather than what is encoded so far.
  auto const& shown = record.original ? *record.original : package;
  if (name == "main.m3u8") return media::multivariant_playlist(shown);
  if (name == "main.mpd") return media::dash_manifest(shown);
  if (name == "stills/storyboard.vtt" && package.storyboard) return media::storyboard_webvtt(*package.storyboard, package.duration);
  for (auto const* tracks : {&shown.video, &shown.audio})
    for (auto const& track : *tracks)
      if (name == track.name + "/index.m3u8") return media::media_playlist(track, record.complete || record.original);
  for (auto const* tracks : {&package.video, &package.audio})
    for (auto const& track : *tracks)
      if (name == track.name + "/index.m3u8") return media::media_playlist(track, record.complete);
  return std::nullopt;
}

void GrowingPlaylists::renew(std::uint64_t access) {
  if (access <= access_) return;
  access_ = access;
  entries_.clear();
  bytes_ = 0;
}

GrowingPlaylists::Ptr GrowingPlaylists::find(Versions versions, std::string const& path) {
  std::lock_guard lock(mutex_);
  renew(versions.access);
  auto const found = entries_.find(path);
  return found != entries_.end() && found->second.package == versions.package ? found->second.playlist : nullptr;
}

GrowingPlaylists::Ptr GrowingPlaylists::keep(Versions versions, std::string const& path, std::optional<std::string> text) {
  Playlist made;
  made.known = text.has_value();
  made.text = std::move(text).value_or(std::string());
  made.etag = fmt::format("\"{:016x}\"", std::hash<std::string>()(made.text));
  auto const kept = std::make_shared<Playlist const>(std::move(made));
  std::lock_guard lock(mutex_);
  renew(versions.access);
  if (versions.access != access_) return kept;
  if (entries_.size() >= entry_limit || bytes_ + kept->text.size() > byte_limit) {
    entries_.clear();
    bytes_ = 0;
  }
  bytes_ += kept->text.size();
  entries_[path] = {versions.package, kept};
  return kept;
}

} // namespace tarina::server
