#include "server/interop/accessibility.hpp"
#include <algorithm>

namespace tarina::server {

std::vector<std::string> accessibility_features(std::vector<catalog::TrackSummary> const& tracks) {
  using catalog::TrackKind;
  auto has = [&tracks](TrackKind kind) { return std::any_of(tracks.begin(), tracks.end(), [kind](auto const& track) { return track.kind == kind; }); };
  std::vector<std::string> features;
  bool const captions = has(TrackKind::captions) || has(TrackKind::plain);
  if (captions) features.insert(features.end(), {"captions", "closedCaptions"});
  if (captions || has(TrackKind::subtitles)) features.emplace_back("transcript");
  if (has(TrackKind::descriptions)) features.emplace_back("audioDescription");
  if (has(TrackKind::plain)) features.emplace_back("plainLanguage");
  if (has(TrackKind::chapters)) features.emplace_back("structuralNavigation");
  return features;
}

} // namespace tarina::server
