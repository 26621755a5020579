// Subtitle tracks of a story.
#pragma once
#include "catalog/clock.hpp"
#include "media/cues.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// captions: same language as spoken; subtitles: translated; plain: easy language (selkokieli); descriptions: of what
/// is seen; chapters: titles of parts.
enum class TrackKind { captions, subtitles, plain, descriptions, chapters };
std::string_view track_kind_name(TrackKind);
std::optional<TrackKind> track_kind_from_name(std::string_view);

/// A story has at most one track of each language and kind; the two make its id, "fi-captions".
struct TrackSummary {
  std::string id;
  std::string language;       // BCP 47
  TrackKind kind = TrackKind::captions;
  bool checked = false;       // by a human being
  std::int64_t revision = 0;  // 1, 2, …; also across delete and save
  int cues = 0;
  Time changed_at{};
  std::string changed_by;     // person id, empty for a teller or the system
  bool embedded = false;      // came with the video file, and nobody has changed it
  std::string label;          // what the file calls it, or empty
};

struct SubtitleTrack : TrackSummary {
  std::vector<media::Cue> lines;
};

struct SaveTrack {
  std::string language;
  TrackKind kind = TrackKind::captions;
  bool checked = false;
  std::vector<media::Cue> lines;     // in any order; kept by start time
  std::int64_t expected_revision = 0; // 0: there must be no such track
};

/// An earlier state of a track; every save and delete leaves one.
struct TrackVersion {
  std::int64_t revision = 0;
  bool deleted = false;
  bool checked = false;
  int cues = 0;
  Time saved_at{};
  std::string saved_by;
};

} // namespace tarina::catalog
