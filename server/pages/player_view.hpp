// What a player needs of one story under one use; shared by watch, class mode and embed.
#pragma once
#include "catalog/story.hpp"
#include "server/pages/story_view.hpp"
#include <optional>

namespace tarina::catalog { class Catalog; }

namespace tarina::server {

/// A published story that `access` allowed, with all that a page shows of it.
struct ShownStory {
  catalog::Story story;
  catalog::Access access;
  std::vector<catalog::SubtitleTrack> tracks;
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};
result<ShownStory> load_story(catalog::Catalog& catalog, std::string const& id, catalog::Use use);

/// src, poster, width, height, ratio, portrait, sound_only, tracks: [{src, srclang, kind, label, default}], story, title.
/// `captions_on`: the default track is marked so. Subtitle addresses carry the use, as each use has its own consent.
nlohmann::json player_view(Naming const& naming, ShownStory const& shown, catalog::Use use, bool captions_on);

/// The timed text track to show first: the page's language, else the spoken one; null when there is none.
catalog::SubtitleTrack const* preferred_track(ShownStory const& shown, std::string_view lang);

/// Titles of parts: in the page's language, else in any; null when there are none.
catalog::SubtitleTrack const* chapter_track(ShownStory const& shown, std::string_view lang);

/// "Suomi", "Ruotsi (käännös)", "Suomi (selkokieli)".
std::string track_label(Naming const& naming, catalog::TrackSummary const& track);

std::string subtitle_address(std::string const& story, std::string const& track, std::string_view extension, catalog::Use use);

/// Seconds of "83", "83.5", "1m23s", "1:23" or "1:23,5"; nothing when empty or broken.
std::optional<double> clock_seconds(std::string_view text);
/// The same of ?t=.
std::optional<double> start_time(Request const& request);

} // namespace tarina::server
