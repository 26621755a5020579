// Subtitle tracks as rows.
#pragma once
#include "catalog/database.hpp"
#include "catalog/subtitle.hpp"

namespace tarina::catalog {

/// Tracks that are not deleted: captions first, then by kind and language.
std::vector<TrackSummary> load_tracks(Database&, std::int64_t story_row);
/// Tracks in the versions that the public sees (the view checked_track), in the same order.
std::vector<TrackSummary> load_checked_tracks(Database&, std::int64_t story_row);
/// The cues of one version.
std::vector<media::Cue> load_cues(Database&, std::int64_t story_row, std::string const& track, std::int64_t revision);

} // namespace tarina::catalog
