// Subtitle tracks. Every save writes a version of its own, so nothing an editor ever saved is lost.
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/text.hpp"
#include "catalog/track_rows.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tarina::catalog {
namespace {

constexpr std::size_t most_cues = 20'000;

} // namespace

std::string write_cues(std::vector<media::Cue> const& cues) {
  auto all = nlohmann::json::array();
  for (auto const& c : cues) all.push_back({c.start.count(), c.end.count(), c.text, c.speaker, c.settings});
  return all.dump();
}

namespace {

std::vector<media::Cue> read_cues(std::string const& body) {
  std::vector<media::Cue> cues;
  for (auto const& j : nlohmann::json::parse(body)) {
    auto& c = cues.emplace_back();
    c.start = milliseconds(j.at(0).get<std::int64_t>());
    c.end = milliseconds(j.at(1).get<std::int64_t>());
    c.text = j.at(2);
    c.speaker = j.at(3);
    c.settings = j.at(4);
  }
  return cues;
}

Error bad(char const* key, char const* detail) { return {Errc::invalid, key, detail}; }
Error unknown_track() { return {Errc::not_found, "subtitles.unknown", "no such subtitle track"}; }

} // namespace

result<void> check_track(SaveTrack const& t) {
  if (!is_language_tag(t.language)) return bad("subtitles.language_unknown", "not a language tag");
  if (t.lines.empty()) return bad("subtitles.empty", "a track needs at least one cue");
  if (t.lines.size() > most_cues) return bad("subtitles.too_many", "at most 20000 cues");
  for (auto const& c : t.lines) {
    if (c.start < milliseconds(0) || c.end <= c.start || c.end > std::chrono::hours(24)) return bad("subtitles.time_invalid", "a cue ends after it begins, within 24 hours");
    if (c.text.size() > 2000 || c.speaker.size() > 200 || c.settings.size() > 200) return bad("subtitles.text_too_long", "at most 2000 bytes a cue");
    if (!is_plain_text(c.text) || !is_plain_text(c.speaker) || !is_plain_text(c.settings)) return bad("subtitles.text_invalid", "text must be UTF-8 without control characters");
  }
  return {};
}

namespace {

TrackSummary read_summary(Statement& q) {
  TrackSummary t;
  t.id = q.text();
  t.language = q.text();
  t.kind = track_kind_from_name(q.text()).value();
  t.checked = q.flag();
  t.revision = q.integer();
  t.cues = q.number();
  t.changed_at = q.time();
  t.changed_by = q.text();
  return t;
}

constexpr char select_track[] = "SELECT name, language, kind, checked, revision, cues, changed_at, changed_by, coalesce(embedded_revision = revision, 0), label FROM track";

std::optional<TrackSummary> find_track(Database& db, std::int64_t story_row, std::string const& name) {
  auto q = db.query(std::string(select_track) + " WHERE story_id = ?1 AND name = ?2 AND NOT deleted", story_row, name);
  if (!q.step()) return std::nullopt;
  return read_summary(q);
}

} // namespace

TrackSummary add_version(Database& db, std::int64_t story_row, SaveTrack const& t, bool deleted, std::string const& by, Time now) {
  auto const name = t.language + "-" + std::string(track_kind_name(t.kind));
  auto const cues = static_cast<std::int64_t>(t.lines.size());
  db.run("INSERT INTO track (story_id, name, language, kind, revision, checked, deleted, cues, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9)"
         " ON CONFLICT (story_id, name) DO UPDATE SET revision = revision + 1, checked = excluded.checked, deleted = excluded.deleted, cues = excluded.cues,"
         " changed_at = excluded.changed_at, changed_by = excluded.changed_by",
         story_row, name, t.language, track_kind_name(t.kind), t.checked, deleted, cues, now, by);
  db.run("INSERT INTO track_version (track_id, revision, checked, deleted, cues, body, saved_at, saved_by)"
         " SELECT id, revision, checked, deleted, cues, ?3, changed_at, changed_by FROM track WHERE story_id = ?1 AND name = ?2",
         story_row, name, write_cues(t.lines));
  auto q = db.query(std::string(select_track) + " WHERE story_id = ?1 AND name = ?2", story_row, name);
  q.step();
  return read_summary(q);
}

namespace {

std::string editor_name(Actor const& actor) { return actor.kind == Actor::Kind::person ? actor.person : std::string(); }

result<SubtitleTrack> whole_track(Database& db, std::int64_t story_row, std::string const& name) {
  auto const found = find_track(db, story_row, name);
  if (!found) return unknown_track();
  SubtitleTrack track;
  static_cast<TrackSummary&>(track) = *found;
  track.lines = load_cues(db, story_row, name, found->revision);
  return track;
}

result<TrackSummary> save_in(Database& db, Actor const& actor, FoundStory const& story, SaveTrack const& track, Time now) {
  auto const name = track.language + "-" + std::string(track_kind_name(track.kind));
  auto const present = find_track(db, story.row, name);
  if ((present ? present->revision : 0) != track.expected_revision) return Error{Errc::conflict, "subtitles.changed_meanwhile", "somebody else saved this track meanwhile"};
  auto saved = add_version(db, story.row, track, false, editor_name(actor), now);
  touch_story(db, story.row, now);
  record_audit(db, actor, now, "subtitles.saved", story.id, name, "revision " + std::to_string(saved.revision) + (saved.checked ? ", checked" : ""));
  return saved;
}

} // namespace

std::vector<TrackSummary> load_tracks(Database& db, std::int64_t story_row) {
  std::vector<TrackSummary> all;
  auto q = db.query(std::string(select_track) + " WHERE story_id = ?1 AND NOT deleted ORDER BY kind <> 'captions', kind DESC, language", story_row);
  while (q.step()) {
    all.push_back(read_summary(q));
    all.back().embedded = q.flag();
    all.back().label = q.text();
  }
  return all;
}

std::vector<TrackSummary> load_checked_tracks(Database& db, std::int64_t story_row) {
  std::vector<TrackSummary> all;
  auto q = db.query("SELECT name, language, kind, checked, revision, cues, changed_at, changed_by FROM checked_track"
                    " WHERE story_id = ?1 ORDER BY kind <> 'captions', kind DESC, language", story_row);
  while (q.step()) all.push_back(read_summary(q));
  return all;
}

std::vector<media::Cue> load_cues(Database& db, std::int64_t story_row, std::string const& track, std::int64_t revision) {
  auto q = db.query("SELECT v.body FROM track_version v JOIN track t ON t.id = v.track_id WHERE t.story_id = ?1 AND t.name = ?2 AND v.revision = ?3", story_row, track, revision);
  if (!q.step()) return {};
  return read_cues(q.text());
}

result<SubtitleTrack> Catalog::public_track(std::string const& story, Use use, std::string const& track) const {
  return state_->readers->read([&](Database& db) -> result<SubtitleTrack> {
    if (auto const allowed = access_in(db, story, use); !allowed) return allowed.error();
    auto const row = find_story(db, story)->row;
    auto const tracks = load_checked_tracks(db, row);
    auto const found = std::find_if(tracks.begin(), tracks.end(), [&](TrackSummary const& t) { return t.id == track; });
    if (found == tracks.end()) return unknown_track();
    SubtitleTrack whole;
    static_cast<TrackSummary&>(whole) = *found;
    whole.lines = load_cues(db, row, track, found->revision);
    return whole;
  });
}

result<SubtitleTrack> Catalog::track(Actor const& actor, std::string const& story, std::string const& track) const {
  return state_->readers->read([&](Database& db) -> result<SubtitleTrack> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    return whole_track(db, found->row, track);
  });
}

result<TrackSummary> Catalog::save_track(Actor const& actor, std::string const& story, SaveTrack const& given) {
  if (!may_edit(actor)) return not_allowed();
  SaveTrack track = given;
  auto& lines = track.lines;
  lines.erase(std::remove_if(lines.begin(), lines.end(), [](media::Cue const& c) { return c.text.find_first_not_of(" \t\r\n") == std::string::npos; }), lines.end());
  std::stable_sort(lines.begin(), lines.end(), [](media::Cue const& a, media::Cue const& b) { return a.start < b.start; });
  if (auto const sound = check_track(track); !sound) return sound.error();
  auto const saved = state_->writer.write([&](Database& db) -> result<TrackSummary> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    return save_in(db, actor, *found, track, state_->now());
  });
  if (saved) state_->refresh_search(story);
  return saved;
}

result<void> Catalog::delete_track(Actor const& actor, std::string const& story, std::string const& track, std::int64_t expected_revision) {
  if (!may_edit(actor)) return not_allowed();
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    auto const present = find_track(db, found->row, track);
    if (!present) return unknown_track();
    if (present->revision != expected_revision) return Error{Errc::conflict, "subtitles.changed_meanwhile", "somebody else saved this track meanwhile"};
    auto const now = state_->now();
    SaveTrack empty;
    empty.language = present->language;
    empty.kind = present->kind;
    auto const before = missing_in(db, found->row);
    add_version(db, found->row, empty, true, editor_name(actor), now);
    touch_story(db, found->row, now);
    if (found->state == StoryState::published && newly_missing(before, missing_in(db, found->row)))
      return Error{Errc::conflict, "subtitles.needed_while_published", "the story was published with these captions"};
    record_audit(db, actor, now, "subtitles.deleted", story, track);
    return {};
  });
  if (done) state_->refresh_search(story);
  return done;
}

result<std::vector<TrackVersion>> Catalog::track_versions(Actor const& actor, std::string const& story, std::string const& track) const {
  return state_->readers->read([&](Database& db) -> result<std::vector<TrackVersion>> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    std::vector<TrackVersion> all;
    auto q = db.query("SELECT v.revision, v.deleted, v.checked, v.cues, v.saved_at, v.saved_by FROM track_version v JOIN track t ON t.id = v.track_id"
                      " WHERE t.story_id = ?1 AND t.name = ?2 ORDER BY v.revision DESC", found->row, track);
    while (q.step()) {
      auto& v = all.emplace_back();
      v.revision = q.integer();
      v.deleted = q.flag();
      v.checked = q.flag();
      v.cues = q.number();
      v.saved_at = q.time();
      v.saved_by = q.text();
    }
    if (all.empty()) return unknown_track();
    return all;
  });
}

namespace {
/// A version as a track; deleted ones hold nothing to show.
result<SubtitleTrack> version_in(Database& db, FoundStory const& story, std::string const& track, std::int64_t revision) {
  auto q = db.query("SELECT t.name, t.language, t.kind, v.checked, v.revision, v.cues, v.saved_at, v.saved_by FROM track_version v JOIN track t ON t.id = v.track_id"
                    " WHERE t.story_id = ?1 AND t.name = ?2 AND v.revision = ?3 AND NOT v.deleted", story.row, track, revision);
  if (!q.step()) return unknown_track();
  SubtitleTrack found;
  static_cast<TrackSummary&>(found) = read_summary(q);
  found.lines = load_cues(db, story.row, track, revision);
  return found;
}
}

result<SubtitleTrack> Catalog::track_version(Actor const& actor, std::string const& story, std::string const& track, std::int64_t revision) const {
  return state_->readers->read([&](Database& db) -> result<SubtitleTrack> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    return version_in(db, *found, track, revision);
  });
}

result<TrackSummary> Catalog::restore_track(Actor const& actor, std::string const& story, std::string const& track, std::int64_t revision, std::int64_t expected_revision) {
  if (!may_edit(actor)) return not_allowed();
  auto const saved = state_->writer.write([&](Database& db) -> result<TrackSummary> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    auto const old = version_in(db, *found, track, revision);
    if (!old) return old.error();
    SaveTrack again{old->language, old->kind, old->checked, old->lines, expected_revision};
    return save_in(db, actor, *found, again, state_->now());
  });
  if (saved) state_->refresh_search(story);
  return saved;
}

} // namespace tarina::catalog
