#include "catalog/story_rows.hpp"
#include "catalog/consent_rows.hpp"
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/track_rows.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

std::vector<std::string> fields_of(Database& db, std::int64_t row) { return texts(db.query("SELECT field FROM story_field WHERE story_id = ?1 ORDER BY position", row)); }
std::vector<std::string> languages_of(Database& db, std::int64_t row) { return texts(db.query("SELECT language FROM story_language WHERE story_id = ?1 ORDER BY position", row)); }

struct Gate { char const* key; char const* missing; };

/// What a story needs before it is published, in the order to show. `s` is the story.
constexpr Gate gates[] = {
  {"publish.consent_missing", "NOT EXISTS (SELECT 1 FROM consent c WHERE c.story_id = s.id AND c.ended_at IS NULL AND c.watch)"},
  {"publish.processing_unfinished", "(s.package_id IS NULL OR s.state IN ('draft', 'processing'))"},
  {"publish.title_missing", "(s.title_fi = '' AND s.title_sv = '' AND s.title_en = '')"},
  {"publish.field_missing", "NOT EXISTS (SELECT 1 FROM story_field f WHERE f.story_id = s.id)"},
  {"publish.language_missing", "(NOT EXISTS (SELECT 1 FROM story_language l WHERE l.story_id = s.id) AND NOT EXISTS (SELECT 1 FROM package g WHERE g.id = s.package_id AND g.has_sound = 0))"},
  {"publish.captions_missing", "(trim(s.captions_exemption) = '' AND NOT EXISTS (SELECT 1 FROM package g WHERE g.id = s.package_id AND g.has_sound = 0)"
                               " AND NOT EXISTS (SELECT 1 FROM checked_track t JOIN story_language l ON l.story_id = t.story_id AND l.language = t.language"
                               " WHERE t.story_id = s.id AND t.kind = 'captions'))"},
};

} // namespace

std::optional<std::string> gate_condition(std::string_view key) {
  for (auto const& gate : gates)
    if (gate.key == key) return gate.missing;
  return std::nullopt;
}

std::vector<std::string> missing_in(Database& db, std::int64_t story_row) {
  static std::string const sql = [] {
    std::string text = "SELECT ";
    for (auto const& gate : gates) text += std::string(&gate == gates ? "" : ", ") + gate.missing;
    return text + " FROM story s WHERE s.id = ?1";
  }();
  std::vector<std::string> keys;
  if (auto q = db.query(sql, story_row); q.step())
    for (auto const& gate : gates)
      if (q.flag()) keys.emplace_back(gate.key);
  return keys;
}

std::optional<std::string> newly_missing(std::vector<std::string> const& before, std::vector<std::string> const& after) {
  for (auto const& key : after)
    if (std::find(before.begin(), before.end(), key) == before.end()) return key;
  return std::nullopt;
}

Processing load_processing(Database& db, std::int64_t story_row) {
  constexpr double enough_to_judge = 0.05; // of the work
  Processing p;
  std::int64_t package = 0;
  std::string state;
  {
    // A repair is no news for people: what it is to replace stays in use.
    auto q = db.query("SELECT id, public_id, state, error_key FROM package WHERE story_id = ?1 AND state <> 'retired' AND repair = 0 ORDER BY id DESC LIMIT 1", story_row);
    if (!q.step()) return p;
    package = q.integer();
    p.package = q.text();
    state = q.text();
    p.error_key = q.text();
  }
  if (state == "published") {
    p.state = ProcessingState::ready;
    p.percent = 100;
    return p;
  }
  double whole = 0, done = 0, probe = 0;
  std::int64_t worked = 0, leased = 0;
  bool begun = false;
  bool remuxed = false;
  struct Kind { int planned = 0, begin_done = 0; } video, audio;
  for (auto q = db.query("SELECT kind, weight, state, starts, progress, CASE WHEN kind = 'remux' AND state = 'done' THEN json_array_length(result, '$.tracks') > 0 ELSE 0 END, result <> '', worked_ms FROM task WHERE package_id = ?1 ORDER BY position", package); q.step();) {
    auto const kind = q.text();
    auto const weight = static_cast<double>(q.integer());
    auto const task_state = q.text();
    if (q.integer() > 0) begun = true;
    bool const finished = task_state == "done";
    auto const reported = q.real(); // a done task's too: columns are read in their order
    auto const share = finished ? 1.0 : std::clamp(reported, 0.0, 1.0);
    if (kind == "probe") {
      probe = share;
      continue;
    }
    if (q.flag()) remuxed = true;
    bool const told = q.flag(); // what a task sent so far
    worked += q.integer();
    leased += task_state == "leased";
    whole += weight;
    done += weight * share;
    auto& tally = kind == "audio" ? audio : video;
    if (kind != "video" && kind != "audio") continue;
    if (tally.planned++ == 0 && (finished || told)) tally.begin_done = 1; // a preview can start when the beginning is there
  }
  p.percent = static_cast<int>(std::min(99.0, 2 * probe + (whole > 0 ? 97 * done / whole : 0)));
  if (done > 0 && done >= enough_to_judge * whole) p.left = milliseconds(static_cast<std::int64_t>(static_cast<double>(worked) * (whole - done) / done / static_cast<double>(std::max<std::int64_t>(1, leased))));
  p.previewable = remuxed || (video.planned + audio.planned > 0 && video.begin_done == (video.planned > 0) && audio.begin_done == (audio.planned > 0));
  p.state = state == "failed" ? ProcessingState::failed : begun ? ProcessingState::running : ProcessingState::waiting;
  return p;
}

std::optional<Story> load_story(Database& db, std::string const& id) {
  auto q = db.query("SELECT s.id, s.state, s.revision, s.title_fi, s.title_sv, s.title_en, s.summary_fi, s.summary_sv, s.summary_en, s.description_fi, s.description_sv, s.description_en,"
                    " s.shown_name, s.institution, s.unit, s.qualification, s.occupation, s.occupation_text, s.graduation_year, s.captions_exemption, s.created_at, s.changed_at, s.published_at, s.withdrawn_at,"
                    " coalesce(p.public_id, ''), coalesce(p.duration_ms, 0), coalesce(p.width, 0), coalesce(p.height, 0), coalesce(p.has_sound, 0), coalesce(p.poster, ''), coalesce(p.download_bytes, 0)"
                    " FROM story s LEFT JOIN package p ON p.id = s.package_id WHERE s.public_id = ?1", id);
  if (!q.step()) return std::nullopt;
  Story s;
  auto& d = s.details;
  s.id = id;
  auto const row = q.integer();
  s.state = state_from_name(q.text()).value();
  s.revision = q.integer();
  d.title = read_local(q);
  d.summary = read_local(q);
  d.description = read_local(q);
  d.shown_name = q.text();
  d.institution = q.text();
  d.unit = q.text();
  d.qualification = q.text();
  d.occupation = q.text();
  d.occupation_text = q.text();
  d.graduation_year = q.number();
  d.captions_exemption = q.text();
  s.created_at = q.time();
  s.changed_at = q.time();
  s.published_at = q.maybe_time();
  s.withdrawn_at = q.maybe_time();
  s.package = q.text();
  s.duration = q.duration();
  s.width = q.number();
  s.height = q.number();
  s.has_sound = q.flag();
  s.poster = q.text();
  s.download_bytes = q.integer();
  d.fields = fields_of(db, row);
  d.tags = texts(db.query("SELECT tag FROM story_tag WHERE story_id = ?1 ORDER BY position", row));
  d.languages = languages_of(db, row);
  auto const uses = uses_in_force(db, row);
  s.consent_in_force = uses.has_value();
  if (uses) s.uses = *uses;
  s.tracks = load_tracks(db, row);
  s.processing = load_processing(db, row);
  return s;
}

std::string const& select_cards() {
  static std::string const sql =
    "SELECT s.id, s.public_id, s.state, s.title_fi, s.title_sv, s.title_en, s.summary_fi, s.summary_sv, s.summary_en, s.shown_name, s.institution, s.unit, s.occupation, s.occupation_text,"
    " s.changed_at, s.published_at, coalesce(p.public_id, ''), coalesce(p.duration_ms, 0), coalesce(p.width, 0), coalesce(p.height, 0), coalesce(p.poster, '')"
    " FROM story s LEFT JOIN package p ON p.id = s.package_id";
  return sql;
}

StoryCard read_card(Database& db, Statement& q, Use use) {
  StoryCard c;
  auto const row = q.integer();
  c.id = q.text();
  c.state = state_from_name(q.text()).value();
  c.title = read_local(q);
  c.summary = read_local(q);
  c.shown_name = q.text();
  c.institution = q.text();
  c.unit = q.text();
  c.occupation = q.text();
  c.occupation_text = q.text();
  c.changed_at = q.time();
  c.published_at = q.maybe_time();
  c.package = q.text();
  c.duration = q.duration();
  c.width = q.number();
  c.height = q.number();
  c.poster = q.text();
  c.fields = fields_of(db, row);
  c.languages = languages_of(db, row);
  c.caption_languages = texts(db.query("SELECT DISTINCT language FROM checked_track WHERE story_id = ?1 AND kind IN ('captions', 'subtitles', 'plain') ORDER BY kind, language", row));
  if (c.state == StoryState::published && !c.package.empty())
    if (auto key = db.query("SELECT key FROM stream_key WHERE package = ?1 AND use = ?2", c.package, use_name(use)); key.step()) c.stream_key = key.text();
  return c;
}

} // namespace tarina::catalog
