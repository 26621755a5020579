// Subtitle tracks as rows.
#pragma once
#include "catalog/database.hpp"
#include "catalog/subtitle.hpp"
#include "media/tasks.hpp"

namespace tarina::catalog {

/// Tracks that are not deleted: captions first, then by kind and language.
std::vector<TrackSummary> load_tracks(Database&, std::int64_t story_row);
/// Tracks in the versions that the public sees (the view checked_track), in the same order.
std::vector<TrackSummary> load_checked_tracks(Database&, std::int64_t story_row);
/// The cues of one version.
std::vector<media::Cue> load_cues(Database&, std::int64_t story_row, std::string const& track, std::int64_t revision);

/// A version's body.
std::string write_cues(std::vector<media::Cue> const&);

/// What every save must hold. Errors as of Catalog::save_track.
result<void> check_track(SaveTrack const&);
/// Writes the next version; `deleted` leaves an empty one.
TrackSummary add_version(Database&, std::int64_t story_row, SaveTrack const&, bool deleted, std::string const& by, Time);

/// Drafts of what was embedded in the video: unchecked, so nobody but the studio sees them. What a person has written
/// or deleted stays as it is. Tracks without a language are taken for the story's own.
void keep_embedded_texts(Database&, std::string const& story, std::vector<media::EmbeddedText> const&, Time);

} // namespace tarina::catalog
