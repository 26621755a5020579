// Cues as the subtitle editor (web/src/subtitle_editor.ts) reads and writes them, and track ids.
#pragma once
#include "catalog/subtitle.hpp"
#include <nlohmann/json.hpp>
#include <optional>

namespace tarina::server {

/// [{start_ms, end_ms, text, speaker, settings}]
nlohmann::json cues_to_json(std::vector<media::Cue> const& cues);
/// Errc::invalid "subtitles.unreadable" for another shape. Times are checked by the catalog.
result<std::vector<media::Cue>> cues_from_json(nlohmann::json const& value);

struct TrackName {
  std::string language;
  catalog::TrackKind kind = catalog::TrackKind::captions;
};
/// "fi-captions", "sv-FI-subtitles".
std::optional<TrackName> parse_track(std::string_view id);

} // namespace tarina::server
