// Packages: generations of a story's streams, from the first task to the flip of the pointer.
#include "catalog/ids.hpp"
#include "catalog/package_rows.hpp"
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace tarina::catalog {
namespace {

/// Rough shares of the work: a segment of one rendition is 1.
std::int64_t weight_of(media::Task const& task) {
  auto const segments = [](milliseconds duration) { return 1 + duration.count() / 6000; };
  if (auto const* video = std::get_if<media::VideoTask>(&task)) return std::max<std::int64_t>(1, static_cast<std::int64_t>(video->segment_count) * static_cast<std::int64_t>(video->renditions.size()));
  if (auto const* audio = std::get_if<media::AudioTask>(&task)) return 1 + segments(audio->duration) / 4;
  if (auto const* stills = std::get_if<media::StillsTask>(&task)) return 1 + segments(stills->duration) / 4;
  return 1;
}

milliseconds end_of(media::Track const& track) {
  if (track.segments.empty() || track.timescale <= 0) return {};
  auto const& last = track.segments.back();
  return milliseconds((last.start + last.duration) * 1000 / track.timescale);
}

/// Adds a chunk's segments to what is there.
void append(std::vector<media::Track>& tracks, media::Track chunk) {
  auto const same = std::find_if(tracks.begin(), tracks.end(), [&](media::Track const& t) { return t.name == chunk.name; });
  if (same == tracks.end()) {
    tracks.push_back(std::move(chunk));
    return;
  }
  same->segments.insert(same->segments.end(), chunk.segments.begin(), chunk.segments.end());
  same->shots.insert(same->shots.end(), chunk.shots.begin(), chunk.shots.end());
}

/// Chunks come from many workers: in the order of time.
void sort_by_time(media::Track& track) {
  std::sort(track.shots.begin(), track.shots.end());
  // What is read back must be in order and not too much, whatever workers said apart from each other.
  track.shots.erase(std::unique(track.shots.begin(), track.shots.end()), track.shots.end());
  if (track.shots.size() > media::most_shots) track.shots.resize(media::most_shots);
  std::sort(track.segments.begin(), track.segments.end(), [](media::Segment const& a, media::Segment const& b) { return a.start < b.start; });
}

/// Leaves only what can be played from the beginning on.
void cut_at_gap(media::Track& track) {
  std::int64_t end = 0;
  auto const gap = std::find_if(track.segments.begin(), track.segments.end(), [&](media::Segment const& s) {
    bool const missing = s.start != end;
    end = s.start + s.duration;
    return missing;
  });
  track.segments.erase(gap, track.segments.end());
}

/// H.264 is what a preview plays; of the other codecs only what is whole, since their tasks may have been given up.
void drop_unfinished_beside(std::vector<media::Track>& pictures, bool complete) {
  auto const is_common = [](media::Track const& track) { return track.codecs.starts_with("avc"); };
  auto const common = std::find_if(pictures.begin(), pictures.end(), is_common);
  if (common == pictures.end()) return;
  auto const segments = common->segments.size();
  std::erase_if(pictures, [&](media::Track const& track) { return !is_common(track) && (!complete || track.segments.size() != segments); });
}

/// Cameras record channels nobody used: where something is to be heard, a silent sound is no choice and never the main one.
void put_heard_first(std::vector<media::Track>& sounds) {
  auto const silent = [](media::Track const& sound) { return sound.loudness && sound.loudness->is_silent(); };
  if (!std::all_of(sounds.begin(), sounds.end(), silent)) std::erase_if(sounds, silent);
  else if (!sounds.empty()) sounds.erase(sounds.begin() + 1, sounds.end());
}

/// A video that was replaced is kept for this long: the wrong file may have been chosen.
constexpr milliseconds keep_superseded = std::chrono::days(7);
constexpr milliseconds keep_replaced = std::chrono::hours(12); // longer than anybody watches, or a page with its stream is kept

void cancel_tasks(Database& db, std::int64_t package_row, Time now) {
  db.run("UPDATE task SET state = 'cancelled', finished_at = ?2 WHERE package_id = ?1 AND state IN ('waiting', 'leased')", package_row, now);
}

} // namespace

void add_task(Database& db, std::int64_t package_row, int position, media::Task const& task, Time now) {
  db.run("INSERT INTO task (public_id, package_id, position, kind, weight, body, state, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7)",
         random_id(20), package_row, position, media::task_kind(task), weight_of(task), nlohmann::json(task).dump(), now);
}

std::string start_package(Database& db, std::int64_t story_row, std::int64_t original_row, Time now) {
  std::vector<std::int64_t> earlier;
  for (auto q = db.query("SELECT id FROM package WHERE story_id = ?1 AND state IN ('making', 'complete', 'failed')", story_row); q.step();) earlier.push_back(q.integer());
  for (auto package : earlier) {
    cancel_tasks(db, package, now);
    db.run("UPDATE package SET state = 'retired' WHERE id = ?1", package);
  }
  db.run("UPDATE package SET mending = '' WHERE story_id = ?1 AND mending <> ''", story_row);
  auto id = random_id(20);
  db.run("INSERT INTO package (public_id, story_id, original_id, state, created_at) VALUES (?1, ?2, ?3, 'making', ?4)", id, story_row, original_row, now);
  add_task(db, db.last_id(), 1, media::ProbeTask{}, now);
  // One that was brought in as published is shown as soon as it can be.
  db.run("UPDATE story SET state = 'processing' WHERE id = ?1 AND NOT (state = 'published' AND package_id IS NULL)", story_row);
  touch_story(db, story_row, now);
  return id;
}

std::string start_repair(Database& db, std::int64_t story_row, std::int64_t original_row, Time now) {
  db.run("UPDATE package SET state = 'retired' WHERE story_id = ?1 AND repair = 1 AND state = 'failed'", story_row);
  auto id = random_id(20);
  db.run("INSERT INTO package (public_id, story_id, original_id, state, repair, created_at) VALUES (?1, ?2, ?3, 'making', 1, ?4)", id, story_row, original_row, now);
  add_task(db, db.last_id(), 1, media::ProbeTask{}, now);
  return id;
}

void end_repairs(Database& db, std::int64_t story_row) {
  db.run("UPDATE package SET state = 'retired' WHERE story_id = ?1 AND repair = 1 AND state IN ('making', 'complete')", story_row);
  db.run("UPDATE package SET mending = '' WHERE story_id = ?1 AND mending = 'begun'", story_row);
}

void fail_package(Database& db, std::int64_t package_row, std::string const& key, std::string const& detail, Time now) {
  cancel_tasks(db, package_row, now);
  db.run("UPDATE package SET state = 'failed', error_key = ?2, error_detail = ?3 WHERE id = ?1 AND state = 'making'", package_row, key, detail);
  auto q = db.query("SELECT s.public_id, p.public_id, s.id, p.repair FROM package p JOIN story s ON s.id = p.story_id WHERE p.id = ?1", package_row);
  if (!q.step()) return;
  auto const story = q.text();
  auto const package = q.text();
  auto const story_row = q.integer();
  if (q.flag()) { // the damaged one stays in use
    db.run("UPDATE package SET mending = 'failed' WHERE story_id = ?1 AND mending = 'begun'", story_row);
    record_audit(db, Actor::system(), now, "fixity.repair_failed", story, package, key + ": " + detail);
    return;
  }
  // A replacement that failed leaves the video before it standing, to be published as it is.
  db.run("UPDATE story SET state = 'review' WHERE id = ?1 AND state = 'processing' AND package_id IS NOT NULL", story_row);
  touch_story(db, story_row, now);
  record_audit(db, Actor::system(), now, "processing.failed", story, package, key + ": " + detail);
}

media::Package assemble_package(Database& db, std::int64_t package_row, bool complete) {
  media::Package package;
  std::string source;
  if (auto q = db.query("SELECT source_facts FROM package WHERE id = ?1", package_row); q.step()) source = q.text();
  if (!source.empty()) package.duration = nlohmann::json::parse(source).get<media::SourceFacts>().duration;
  // A task under way has told what it sent so far; a preview shows that.
  for (auto q = db.query("SELECT kind, result, body FROM task WHERE package_id = ?1 AND (state = 'done' OR (NOT ?2 AND state IN ('leased', 'waiting') AND result <> '')) AND kind NOT IN ('probe', 'remux', 'texts') ORDER BY position", package_row, complete ? 1 : 0); q.step();) {
    auto const kind = q.text();
    auto outcome = nlohmann::json::parse(q.text()).get<media::TaskResult>();
    if (auto* tracks = std::get_if<std::vector<media::Track>>(&outcome)) {
      for (auto& track : *tracks) {
        if (kind == "audio" && track.language.empty()) track.language = std::get<media::AudioTask>(nlohmann::json::parse(q.text()).get<media::Task>()).source.language;
        append(kind == "audio" ? package.audio : package.video, std::move(track));
      }
    } else if (auto* stills = std::get_if<media::StillsResult>(&outcome)) {
      package.posters.insert(kind == "cover" ? package.posters.end() : package.posters.begin(), stills->posters.begin(), stills->posters.end());
      if (stills->storyboard) package.storyboard = std::move(stills->storyboard);
    } else if (auto const* download = std::get_if<media::Download>(&outcome)) {
      package.download = *download;
    }
  }
  for (auto& track : package.video) {
    sort_by_time(track);
    if (!complete) cut_at_gap(track);
  }
  drop_unfinished_beside(package.video, complete);
  auto const shorter_side = [](media::Track const& t) { return std::min(t.width, t.height); };
  std::stable_sort(package.video.begin(), package.video.end(), [&](media::Track const& a, media::Track const& b) { return shorter_side(a) > shorter_side(b); });
  if (complete) {
    put_heard_first(package.audio);
    package.duration = {};
    for (auto const* tracks : {&package.video, &package.audio})
      for (auto const& track : *tracks) package.duration = std::max(package.duration, end_of(track));
  }
  return package;
}

namespace {
/// The remuxed source, once it is there.
std::optional<media::Package> load_original(Database& db, std::int64_t package_row) {
  auto q = db.query("SELECT result FROM task WHERE package_id = ?1 AND kind = 'remux' AND state = 'done'", package_row);
  if (!q.step()) return std::nullopt;
  auto const outcome = nlohmann::json::parse(q.text()).get<media::TaskResult>();
  media::Package original;
  for (auto const& track : std::get<std::vector<media::Track>>(outcome)) (track.name == media::original_sound ? original.audio : original.video).push_back(track);
  for (auto const* tracks : {&original.video, &original.audio})
    for (auto const& track : *tracks) original.duration = std::max(original.duration, end_of(track));
  if (original.video.empty()) return std::nullopt; // it was given up
  return original;
}
}

namespace {
/// True when a task for the download was added: the last one, made of what all others made.
bool add_download(Database& db, std::int64_t package_row, media::Package const& facts, Time now) {
  if (db.query("SELECT 1 FROM task WHERE package_id = ?1 AND kind = 'download'", package_row).step()) return false;
  std::string language;
  if (auto q = db.query("SELECT source_facts FROM package WHERE id = ?1 AND source_facts <> ''", package_row); q.step())
    if (auto const source = nlohmann::json::parse(q.text()).get<media::SourceFacts>(); source.audio) language = source.audio->language;
  auto const task = media::plan_download(facts, language);
  if (!task) return false;
  int last = 0;
  if (auto q = db.query("SELECT max(position) FROM task WHERE package_id = ?1", package_row); q.step()) last = q.number();
  add_task(db, package_row, last + 1, *task, now);
  return true;
}
}

namespace {
/// The best still, or the one that was chosen where the story was before.
std::string poster_for(Database& db, std::int64_t package_row, media::Package const& facts) {
  std::string chosen;
  if (auto q = db.query("SELECT poster FROM package WHERE id = ?1", package_row); q.step()) chosen = q.text();
  auto const has_it = std::any_of(facts.posters.begin(), facts.posters.end(), [&](std::string const& name) { return "stills/" + name == chosen; });
  return has_it ? chosen : media::poster_of(facts);
}
}

std::vector<media::FileSum> files_of_package(Database& db, std::int64_t package_row, std::string const& facts) {
  std::unordered_map<std::string, media::FileSum> known;
  if (db.query("SELECT 1 FROM sqlite_schema WHERE name = 'package_file'").step()) // not in an old copy of the record
    for (auto q = db.query("SELECT name, bytes, sha256 FROM package_file WHERE package_id = ?1", package_row); q.step();) {
      media::FileSum sum;
      sum.name = q.text();
      sum.bytes = q.integer();
      sum.sha256 = q.text();
      known.emplace(sum.name, sum);
    }
  auto files = media::files_of(nlohmann::json::parse(facts).get<media::Package>());
  for (auto& file : files)
    if (auto const found = known.find(file.name); file.sha256.empty() && found != known.end()) file = found->second;
  return files;
}

bool complete_if_done(Database& db, std::int64_t package_row, Time now) {
  if (db.query("SELECT 1 FROM task WHERE package_id = ?1 AND state <> 'done'", package_row).step()) return false;
  auto const facts = assemble_package(db, package_row, true);
  if (facts.video.empty() && facts.audio.empty()) return false;
  if (add_download(db, package_row, facts, now)) return false;
  db.run("UPDATE package SET state = 'complete', facts = ?2, duration_ms = ?3, width = ?4, height = ?5, has_sound = ?6, poster = ?7, download_bytes = ?8 WHERE id = ?1 AND state = 'making'", package_row,
         nlohmann::json(facts).dump(), facts.duration, facts.video.empty() ? 0 : facts.video.front().width, facts.video.empty() ? 0 : facts.video.front().height, !facts.audio.empty(),
         poster_for(db, package_row, facts), facts.download ? facts.download->bytes : std::int64_t{0});
  return db.changes() > 0;
}

result<PackageRecord> Catalog::package(std::string const& id) const {
  return state_->readers->read([&](Database& db) -> result<PackageRecord> {
    auto q = db.query("SELECT p.id, s.public_id, p.state, p.facts FROM package p JOIN story s ON s.id = p.story_id WHERE p.public_id = ?1", id);
    if (!q.step()) return Error{Errc::not_found, "package.unknown", "no such package"};
    PackageRecord record;
    record.id = id;
    auto const row = q.integer();
    record.story = q.text();
    auto const state = q.text();
    auto const facts = q.text();
    record.complete = !facts.empty();
    record.published = state == "published";
    record.failed = state == "failed";
    if (!record.complete) record.original = load_original(db, row);
    record.facts = record.complete ? nlohmann::json::parse(facts).get<media::Package>() : assemble_package(db, row, false);
    return record;
  });
}

std::uint64_t Catalog::package_version(std::string const& id) const {
  std::lock_guard lock(state_->growth_mutex);
  auto const found = state_->growth.find(id);
  return found == state_->growth.end() ? 0 : found->second;
}

void Catalog::State::package_grew(std::string const& package) {
  std::lock_guard lock(growth_mutex);
  growth[package] = ++growths;
}

void Catalog::State::forget_growth(std::string const& package) {
  std::lock_guard lock(growth_mutex);
  growth.erase(package);
}

std::vector<std::string> Catalog::complete_packages() const {
  return state_->readers->read([](Database& db) {
    return texts(db.query("SELECT p.public_id FROM package p JOIN story s ON s.id = p.story_id WHERE p.state = 'complete' AND s.state <> 'withdrawn' ORDER BY p.id"));
  });
}

namespace {
/// What was in use before. When the same video was made again, the picture an editor chose stays chosen and the old
/// streams stay open for a while; those of another video end at once. `since`: what end_replaced_packages measures from.
void retire_published(Database& db, std::int64_t story_row, std::int64_t by_package, Time now, Time since) {
  auto const number = [](Statement q) { return q.step() ? q.integer() : 0; };
  auto const original = number(db.query("SELECT original_id FROM package WHERE id = ?1", by_package));
  db.run("UPDATE package SET replaced_at = NULL WHERE story_id = ?1 AND replaced_at IS NOT NULL AND original_id <> ?2", story_row, original);
  auto const before = number(db.query("SELECT id FROM package WHERE story_id = ?1 AND state = 'published'", story_row));
  if (before == 0) return;
  close_findings(db, before, by_package, now);
  db.run("UPDATE package SET state = 'retired' WHERE id = ?1", before);
  if (number(db.query("SELECT original_id FROM package WHERE id = ?1", before)) != original) return;
  db.run("UPDATE package SET replaced_at = ?2 WHERE id = ?1", before, since);
  db.run("UPDATE package SET poster = old.poster FROM (SELECT poster FROM package WHERE id = ?2) old WHERE id = ?1"
         " AND EXISTS (SELECT 1 FROM json_each(package.facts, '$.posters') j WHERE 'stills/' || j.value = old.poster)", by_package, before);
}
} // namespace

result<void> Catalog::publish_package(std::string const& id, std::vector<media::FileSum> const& sums) {
  std::string story;
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto q = db.query("SELECT p.id, p.state, s.id, s.public_id, s.state FROM package p JOIN story s ON s.id = p.story_id WHERE p.public_id = ?1", id);
    if (!q.step()) return Error{Errc::not_found, "package.unknown", "no such package"};
    auto const row = q.integer();
    auto const state = q.text();
    auto const story_row = q.integer();
    story = q.text();
    if (q.text() == "withdrawn") return Error{Errc::gone, "story.withdrawn", "the story was withdrawn"};
    if (state == "published") return {};
    if (state != "complete") return Error{Errc::conflict, "package.not_complete", "the package is not complete or was replaced"};
    auto const now = state_->now();
    retire_published(db, story_row, row, now, state_->patient_now());
    db.run("UPDATE package SET state = 'published', published_at = ?2, repair = 0 WHERE id = ?1", row, now);
    for (auto const& sum : sums) db.run("INSERT INTO package_file (package_id, name, bytes, sha256) VALUES (?1, ?2, ?3, ?4)", row, sum.name, sum.bytes, sum.sha256);
    db.run("UPDATE story SET package_id = ?2, state = CASE state WHEN 'processing' THEN 'review' ELSE state END WHERE id = ?1", story_row, row);
    for (auto use : consent_uses) db.run("INSERT INTO stream_key (key, story_id, package, use) VALUES (?1, ?2, ?3, ?4)", random_id(20), story_row, id, use_name(use));
    touch_story(db, story_row, now);
    record_audit(db, Actor::system(), now, "package.ready", story, id);
    return {};
  });
  if (!done) return done;
  state_->access_changed();
  state_->forget_growth(id);
  state_->refresh_search(story);
  return {};
}

void Catalog::end_replaced_packages() {
  auto const before = state_->patient_now() - keep_replaced;
  if (!state_->readers->read([&](Database& db) { return db.query("SELECT 1 FROM package WHERE state = 'retired' AND replaced_at <= ?1", before).step(); })) return;
  state_->writer.write([&](Database& db) { db.run("UPDATE package SET replaced_at = NULL WHERE state = 'retired' AND replaced_at <= ?1", before); });
  state_->access_changed();
}

std::vector<std::string> Catalog::retired_packages() const {
  return state_->readers->read([](Database& db) { return texts(db.query("SELECT public_id FROM package WHERE state = 'retired' AND replaced_at IS NULL ORDER BY id")); });
}

void Catalog::forget_package(std::string const& id) {
  state_->writer.write([&](Database& db) {
    std::int64_t original = 0;
    if (auto q = db.query("SELECT original_id FROM package WHERE public_id = ?1 AND state = 'retired' AND replaced_at IS NULL", id); q.step()) original = q.integer();
    if (original == 0) return;
    db.run("DELETE FROM package WHERE public_id = ?1", id);
    db.run("UPDATE original SET superseded_at = ?2 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM package p WHERE p.original_id = original.id)", original, state_->now());
  });
  state_->forget_growth(id);
}

std::vector<std::string> Catalog::superseded_originals() const {
  auto const before = state_->patient_now() - keep_superseded;
  return state_->readers->read([&](Database& db) { return texts(db.query("SELECT public_id FROM original WHERE superseded_at <= ?1 ORDER BY id", before)); });
}

void Catalog::forget_original(std::string const& id) {
  state_->writer.write([&](Database& db) {
    db.run("DELETE FROM original WHERE public_id = ?1 AND superseded_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM package p WHERE p.original_id = original.id)", id);
  });
}

namespace {
/// What a file is stays so however often it is tried; what a worker met may pass. Pages offer tellers the button for these.
bool may_pass(std::string_view error_key) { return !error_key.starts_with("media.") || error_key == "media.timeout"; }
} // namespace

result<void> Catalog::retry_processing(Actor const& actor, std::string const& story) {
  return state_->writer.write([&](Database& db) -> result<void> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    if (found->state == StoryState::published && found->package) return Error{Errc::conflict, "upload.story_published", "take the story back to review before sending a new video"};
    std::int64_t original = 0;
    {
      auto q = db.query("SELECT state, original_id, error_key FROM package WHERE story_id = ?1 AND state <> 'retired' AND repair = 0 ORDER BY id DESC LIMIT 1", found->row);
      if (!q.step() || q.text() != "failed") return Error{Errc::conflict, "processing.not_failed", "there is nothing to try again"};
      original = q.integer();
      if (!may_edit(actor) && !may_pass(q.text())) return not_allowed();
    }
    auto const now = state_->now();
    auto const package = start_package(db, found->row, original, now);
    record_audit(db, actor, now, "processing.retried", story, package);
    return {};
  });
}

} // namespace tarina::catalog
