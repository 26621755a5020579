// Subtitles and chapters that came with a video become drafts.
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/track_rows.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

std::string spoken_language(Database& db, std::int64_t story_row) {
  auto q = db.query("SELECT language FROM story_language WHERE story_id = ?1 ORDER BY position LIMIT 1", story_row);
  return q.step() ? q.text() : std::string("fi");
}

/// Nobody but an earlier video file has ever written this track.
bool is_free(Database& db, std::int64_t story_row, std::string const& name) {
  auto q = db.query("SELECT coalesce(embedded_revision = revision, 0) FROM track WHERE story_id = ?1 AND name = ?2", story_row, name);
  return !q.step() || q.flag();
}

SaveTrack draft_of(media::EmbeddedText const& text, std::string const& spoken) {
  SaveTrack draft;
  draft.language = text.language.empty() ? spoken : text.language;
  draft.kind = text.chapters ? TrackKind::chapters : draft.language == spoken ? TrackKind::captions : TrackKind::subtitles;
  for (auto const& cue : text.cues) {
    SaveTrack one;
    one.language = draft.language;
    one.lines = {cue};
    if (check_track(one)) draft.lines.push_back(cue); // a cue no editor could save is left out, not the track
  }
  return draft;
}

} // namespace

void keep_embedded_texts(Database& db, std::string const& story, std::vector<media::EmbeddedText> const& texts, Time now) {
  auto const found = find_story(db, story);
  if (!found) return;
  auto const spoken = spoken_language(db, found->row);
  std::vector<std::string> kept;
  for (auto const& text : texts) {
    auto const draft = draft_of(text, spoken);
    auto const name = draft.language + "-" + std::string(track_kind_name(draft.kind));
    bool const again = std::find(kept.begin(), kept.end(), name) != kept.end(); // the first of a language is the main one
    if (again || !check_track(draft) || !is_free(db, found->row, name)) continue;
    kept.push_back(name);
    add_version(db, found->row, draft, false, {}, now);
    auto const label = is_plain_text(text.label) && text.label.find('\n') == std::string::npos ? text.label : std::string();
    db.run("UPDATE track SET embedded_revision = revision, label = ?3 WHERE story_id = ?1 AND name = ?2", found->row, name, label);
    touch_story(db, found->row, now);
    record_audit(db, Actor::system(), now, "subtitles.embedded", story, name);
  }
}

} // namespace tarina::catalog
