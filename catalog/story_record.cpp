#include "catalog/story_record.hpp"
#include "catalog/migrations.hpp"
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/track_rows.hpp"
#include "catalog/vocabulary_tables.hpp"
#include "media/tasks.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tarina::catalog {
namespace {

std::vector<RecordedConsent> load_consents(Database& db, std::int64_t story_row) {
  std::vector<RecordedConsent> all;
  for (auto q = db.query("SELECT number, watch, class_download, embed, feeds, text_version, text_hash, language, given_by, given_at, ended_at, withdrawn FROM consent WHERE story_id = ?1 ORDER BY number", story_row); q.step();) {
    auto& c = all.emplace_back();
    c.number = q.integer();
    c.uses.watch = q.flag();
    c.uses.class_download = q.flag();
    c.uses.embed = q.flag();
    c.uses.feeds = q.flag();
    c.text_version = q.text();
    c.text_hash = q.text();
    c.language = q.text();
    c.given_by = q.text();
    c.given_at = q.time();
    c.ended_at = q.maybe_time();
    c.withdrawn = q.flag();
  }
  return all;
}

/// The newest version, and the one that the view checked_track gives to the public.
std::vector<RecordedVersion> load_versions(Database& db, std::int64_t story_row, std::string const& track) {
  std::vector<RecordedVersion> versions;
  auto q = db.query("SELECT v.revision, v.checked, v.saved_at, v.saved_by FROM track_version v JOIN track t ON t.id = v.track_id WHERE t.story_id = ?1 AND t.name = ?2"
                    " AND (v.revision = t.revision OR v.revision = (SELECT c.revision FROM checked_track c WHERE c.story_id = ?1 AND c.name = ?2)) ORDER BY v.revision DESC", story_row, track);
  while (q.step()) {
    auto& v = versions.emplace_back();
    v.revision = q.integer();
    v.checked = q.flag();
    v.saved_at = q.time();
    v.saved_by = q.text();
    v.lines = load_cues(db, story_row, track, v.revision);
  }
  return versions;
}

std::vector<RecordedTrack> load_recorded_tracks(Database& db, std::int64_t story_row) {
  std::vector<RecordedTrack> all;
  for (auto q = db.query("SELECT language, kind, label, coalesce(embedded_revision = revision, 0), deleted FROM track WHERE story_id = ?1 ORDER BY name", story_row); q.step();) {
    auto& t = all.emplace_back();
    t.language = q.text();
    t.kind = track_kind_from_name(q.text()).value();
    t.label = q.text();
    t.embedded = q.flag();
    t.deleted = q.flag();
    t.versions = load_versions(db, story_row, t.id());
  }
  return all;
}

/// Of the newest package that stands or is in the making; else what was sent last, which no package could be made of.
std::optional<RecordedOriginal> load_original(Database& db, std::int64_t story_row) {
  auto q = db.query("SELECT o.public_id, o.filename, o.content_type, o.bytes, o.sha256, o.created_at FROM original o"
                    " LEFT JOIN package p ON p.original_id = o.id AND p.state IN ('making', 'complete', 'published') WHERE o.story_id = ?1 ORDER BY p.id DESC NULLS LAST, o.id DESC LIMIT 1", story_row);
  if (!q.step()) return std::nullopt;
  RecordedOriginal o;
  o.id = q.text();
  o.filename = q.text();
  o.content_type = q.text();
  o.bytes = q.integer();
  o.sha256 = q.text();
  o.created_at = q.time();
  return o;
}

void load_poster(Database& db, std::int64_t package_row, StoryRecord& r) {
  auto q = db.query("SELECT public_id, poster, facts FROM package WHERE id = ?1", package_row);
  if (!q.step()) return;
  r.package = q.text();
  r.poster = q.text();
  if (r.poster == media::poster_of(nlohmann::json::parse(q.text()).get<media::Package>())) r.poster.clear(); // nobody chose it
}

bool same_lines(std::vector<media::Cue> const& a, std::vector<media::Cue> const& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](media::Cue const& x, media::Cue const& y) {
    return x.start == y.start && x.end == y.end && x.text == y.text && x.speaker == y.speaker && x.settings == y.settings;
  });
}

bool same_version(RecordedVersion const& a, RecordedVersion const& b) { return a.checked == b.checked && same_lines(a.lines, b.lines); }

/// A draft that came with the video comes again when the video is worked on anew, so its number says nothing.
bool same_track(RecordedTrack const& a, RecordedTrack const& b) {
  return a.id() == b.id() && a.deleted == b.deleted && a.embedded == b.embedded && std::equal(a.versions.begin(), a.versions.end(), b.versions.begin(), b.versions.end(), same_version);
}

bool same_consent(RecordedConsent const& a, RecordedConsent const& b) {
  return a.number == b.number && a.uses == b.uses && a.text_version == b.text_version && a.text_hash == b.text_hash && a.language == b.language && a.given_by == b.given_by &&
         a.given_at == b.given_at && a.ended_at == b.ended_at && a.withdrawn == b.withdrawn;
}

bool same_details(StoryDetails const& a, StoryDetails const& b) {
  return a.title == b.title && a.summary == b.summary && a.description == b.description && a.shown_name == b.shown_name && a.institution == b.institution && a.unit == b.unit &&
         a.fields == b.fields && a.qualification == b.qualification && a.occupation == b.occupation && a.occupation_text == b.occupation_text &&
         a.graduation_year == b.graduation_year && a.tags == b.tags && a.languages == b.languages && a.captions_exemption == b.captions_exemption;
}

std::string sha256_of(StoryRecord const& r) { return r.original ? r.original->sha256 : std::string(); }

} // namespace

std::string difference(StoryRecord const& a, StoryRecord const& b) {
  if (a.id != b.id) return "id";
  if (!same_details(a.details, b.details)) return "details";
  if (!std::equal(a.consents.begin(), a.consents.end(), b.consents.begin(), b.consents.end(), same_consent)) return "consents";
  // Drafts that the video brings along are there once it was worked on, here or there.
  auto const lasting = [](std::vector<RecordedTrack> tracks) {
    std::erase_if(tracks, [](RecordedTrack const& t) { return t.embedded && !t.deleted; });
    return tracks;
  };
  auto const here = lasting(a.tracks), there = lasting(b.tracks);
  if (!std::equal(here.begin(), here.end(), there.begin(), there.end(), same_track)) return "subtitles";
  if (sha256_of(a) != sha256_of(b)) return "original";
  if ((a.state == StoryState::published) != (b.state == StoryState::published)) return "publication";
  return a.published_at == b.published_at && a.created_at == b.created_at ? std::string() : "times";
}

Vocabulary words_of(StoryRecord const& r, Vocabulary const& words) {
  Vocabulary used;
  for (auto const& code : r.details.fields)
    if (auto const* field = words.find_field(code)) used.fields.push_back(*field);
  if (auto const* qualification = words.find_qualification(r.details.qualification)) used.qualifications.push_back(*qualification);
  if (auto const* title = words.find_title(r.details.occupation)) used.titles.push_back(*title);
  if (auto const* institution = words.find_institution(r.details.institution)) {
    used.institutions.push_back(*institution);
    std::erase_if(used.institutions.back().units, [&](Unit const& unit) { return unit.code != r.details.unit; });
  }
  return used;
}

RecordReader::RecordReader(std::filesystem::path const& record) : db_(std::make_unique<Database>(record, Database::Mode::reader)) {
  int const newest = migrations().back().version;
  if (int const found = schema_version(*db_); found != newest)
    throw std::runtime_error("the record has schema " + std::to_string(found) + ", this program knows " + std::to_string(newest) + ": start the server of this version once");
}

RecordReader::~RecordReader() = default;

std::vector<std::string> RecordReader::stories() { return texts(db_->query("SELECT public_id FROM story WHERE state <> 'withdrawn' ORDER BY id")); }
Vocabulary RecordReader::vocabulary() { return load_vocabulary(*db_); }
std::vector<WithdrawnStory> RecordReader::withdrawn() { return withdrawn_stories(*db_); }

std::optional<StoryRecord> RecordReader::story(std::string const& id) {
  db_->execute("BEGIN");
  struct End {
    Database& db;
    ~End() { db.execute("COMMIT"); }
  } const end{*db_};
  return load_story_record(*db_, id);
}

std::optional<StoryRecord> load_story_record(Database& db, std::string const& id) {
  auto const found = find_story(db, id);
  if (!found || found->state == StoryState::withdrawn) return std::nullopt;
  auto const story = *load_story(db, id);
  StoryRecord r;
  r.id = id;
  r.state = story.state;
  r.revision = story.revision;
  r.details = story.details;
  r.created_at = story.created_at;
  r.changed_at = story.changed_at;
  r.published_at = story.published_at;
  r.consents = load_consents(db, found->row);
  r.tracks = load_recorded_tracks(db, found->row);
  for (auto q = db.query("SELECT token_hash, created_at FROM mine_token WHERE story_id = ?1 ORDER BY created_at, token_hash", found->row); q.step();) {
    auto& link = r.links.emplace_back();
    link.hash = q.text();
    link.created_at = q.time();
  }
  r.original = load_original(db, found->row);
  if (found->package) load_poster(db, *found->package, r);
  return r;
}

} // namespace tarina::catalog
