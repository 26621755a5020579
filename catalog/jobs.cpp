// Leasing work. A lease is a row, a term and a fencing token that rises; a result counts only under the token in force.
// Starts are counted before the work begins, so a task that kills its workers is found out (three deaths: quarantine).
#include "catalog/package_rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/text.hpp"
#include "catalog/track_rows.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tarina::catalog {
namespace {

constexpr int most_deaths = 3;   // starts without a report
constexpr int most_failures = 5; // reported failures that might pass
constexpr milliseconds longest_pause{5 * 60'000};
constexpr milliseconds wait_for_another{30'000}; // a task that failed is kept that long for another worker than the one it failed on
constexpr milliseconds about{15'000};            // an idle worker asks far more often

struct TaskRow {
  std::int64_t row = 0;
  std::int64_t package = 0;
  std::int64_t token = 0;
  std::string state;
  int starts = 0;
  int orderly_ends = 0;
  Time started{}; // of the newest lease
  std::string package_state;
  LeasedTask leased;
};

/// Of `table`: task or open_task.
std::string select_task(std::string const& table) {
  return "SELECT t.id, t.package_id, t.token, t.state, t.starts, t.orderly_ends, coalesce(t.started_at, 0), p.state, t.public_id, s.public_id, p.public_id, o.public_id, t.body FROM " + table +
         " t JOIN package p ON p.id = t.package_id JOIN story s ON s.id = p.story_id JOIN original o ON o.id = p.original_id";
}

TaskRow read_task(Statement& q) {
  TaskRow t;
  t.row = q.integer();
  t.package = q.integer();
  t.token = q.integer();
  t.state = q.text();
  t.starts = q.number();
  t.orderly_ends = q.number();
  t.started = q.time();
  t.package_state = q.text();
  t.leased.id = q.text();
  t.leased.story = q.text();
  t.leased.package = q.text();
  t.leased.original = q.text();
  t.leased.task = nlohmann::json::parse(q.text()).get<media::Task>();
  return t;
}

Error lost() { return {Errc::conflict, "lease.lost", "this task was given to somebody else or is no longer wanted"}; }

result<TaskRow> find_task(Database& db, std::string const& id) {
  auto q = db.query(select_task("task") + " WHERE t.public_id = ?1", id);
  if (!q.step()) return Error{Errc::not_found, "task.unknown", "no such task"};
  return read_task(q);
}

result<TaskRow> held_task(Database& db, std::string const& id, std::int64_t token) {
  auto found = find_task(db, id);
  if (found && (found->state != "leased" || found->token != token)) return lost();
  return found;
}

/// What only adds something: without it everything goes on. False for any other task.
bool give_up(Database& db, TaskRow const& t, std::string const& key, std::string const& detail, Time now) {
  if (!media::is_dispensable(t.leased.task)) return false;
  db.run("UPDATE task SET state = 'done', progress = 1, result = ?2, error_key = ?3, error_detail = ?4, finished_at = ?5, lease_expires_at = NULL WHERE id = ?1", t.row,
         nlohmann::json(media::TaskResult(std::vector<media::Track>())).dump(), key, detail, now);
  complete_if_done(db, t.package, now);
  return true;
}

TaskEnd end_of(TaskRow const& t, TaskOutcome outcome, Time now) {
  return {t.leased.package, media::task_kind(t.leased.task), outcome, std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(now - t.started))};
}

/// A start that ended without a word.
TaskOutcome bury(Database& db, TaskRow const& t, std::string const& detail, Time now) {
  if (t.starts - t.orderly_ends < most_deaths) {
    db.run("UPDATE task SET state = 'waiting', progress = 0, lease_expires_at = NULL, not_before = ?2 WHERE id = ?1", t.row, now);
    return TaskOutcome::lost;
  }
  if (give_up(db, t, "worker.crashed", detail, now)) return TaskOutcome::given_up;
  db.run("UPDATE task SET state = 'quarantined', finished_at = ?2, error_key = 'worker.crashed', error_detail = ?3 WHERE id = ?1", t.row, now, detail);
  fail_package(db, t.package, "worker.crashed", detail, now);
  return TaskOutcome::quarantined;
}

milliseconds pause_after(int failures) { return std::min(longest_pause, milliseconds(2000) * (1 << std::min(failures, 10))); }

/// Keys become words for people and must be ones somebody can translate.
std::string safe_key(std::string const& key) {
  auto const fine = [](unsigned char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; };
  return !key.empty() && key.size() <= 60 && std::all_of(key.begin(), key.end(), fine) ? key : "worker.failed";
}

std::string safe_detail(std::string const& detail) {
  if (!is_plain_text(detail)) return "the worker's words were not plain text";
  return detail.size() <= 500 ? detail : "the worker's words were too long";
}

/// Whether these may be the beginnings of a picture's or a sound's tracks.
bool fits_so_far(media::Task const& task, std::vector<media::Track> const& made) {
  std::vector<std::string> names;
  if (auto const* video = std::get_if<media::VideoTask>(&task)) {
    for (auto const& rendition : video->renditions) names.push_back(rendition.name);
  } else if (auto const* audio = std::get_if<media::AudioTask>(&task)) {
    names.push_back(audio->rendition.name);
  }
  return made.size() <= names.size() && std::all_of(made.begin(), made.end(), [&](media::Track const& track) {
    return track.timescale > 0 && !track.segments.empty() && std::find(names.begin(), names.end(), track.name) != names.end();
  });
}

bool fits(media::Task const& task, media::TaskResult const& outcome) {
  if (std::holds_alternative<media::ProbeTask>(task)) {
    auto const* facts = std::get_if<media::SourceFacts>(&outcome);
    return facts && (facts->video || facts->audio) && facts->duration > milliseconds(0);
  }
  if (auto const* video = std::get_if<media::VideoTask>(&task)) {
    auto const* tracks = std::get_if<std::vector<media::Track>>(&outcome);
    if (!tracks || tracks->size() != video->renditions.size()) return false;
    for (auto const& rendition : video->renditions) {
      auto const named = std::find_if(tracks->begin(), tracks->end(), [&](media::Track const& t) { return t.name == rendition.name; });
      if (named == tracks->end() || named->timescale <= 0 || named->segments.empty() || static_cast<int>(named->segments.size()) > video->segment_count) return false;
    }
    return true;
  }
  if (auto const* audio = std::get_if<media::AudioTask>(&task)) {
    auto const* tracks = std::get_if<std::vector<media::Track>>(&outcome);
    return tracks && tracks->size() == 1 && tracks->front().name == audio->rendition.name && tracks->front().timescale > 0 && !tracks->front().segments.empty();
  }
  if (auto const* copy = std::get_if<media::RemuxTask>(&task)) {
    auto const* tracks = std::get_if<std::vector<media::Track>>(&outcome);
    if (!tracks || tracks->size() != (copy->audio ? 2U : 1U) || tracks->front().name != media::original_picture || (copy->audio && tracks->back().name != media::original_sound)) return false;
    return std::all_of(tracks->begin(), tracks->end(), [](media::Track const& t) { return t.timescale > 0 && !t.segments.empty(); });
  }
  if (std::holds_alternative<media::TextsTask>(task)) return std::holds_alternative<media::TextsResult>(outcome);
  if (auto const* download = std::get_if<media::DownloadTask>(&task)) {
    auto const* made = std::get_if<media::Download>(&outcome);
    return made && made->bytes > 0 && made->bytes <= download->picture_bytes + download->sound_bytes + media::download_index_bytes;
  }
  return std::holds_alternative<media::StillsResult>(outcome);
}

/// Parts of one picture share its init segment. Another release of an encoder may write another one, and what it made does
/// not play after that of the parts which are done.
bool begins_like_parts_done(Database& db, TaskRow const& t, media::TaskResult const& outcome) {
  auto const* tracks = std::get_if<std::vector<media::Track>>(&outcome);
  if (!tracks || !std::holds_alternative<media::VideoTask>(t.leased.task)) return true;
  return std::none_of(tracks->begin(), tracks->end(), [&](media::Track const& track) {
    return db.query("SELECT 1 FROM task, json_each(task.result, '$.tracks') made WHERE task.package_id = ?1 AND task.kind = 'video' AND task.state = 'done'"
                    " AND made.value ->> '$.name' = ?2 AND made.value ->> '$.init_sha256' <> ?3 LIMIT 1", t.package, track.name, track.init_sha256).step();
  });
}

} // namespace

std::string_view task_outcome_name(TaskOutcome outcome) {
  constexpr std::string_view names[] = {"done", "retried", "failed", "given_up", "lost", "quarantined"};
  return names[static_cast<std::size_t>(outcome)];
}

namespace {
constexpr std::size_t most_silent = 1000; // tasks whose worker may still come back

std::vector<HeldLease> held_leases(Database& db) {
  std::vector<HeldLease> all;
  for (auto q = db.query("SELECT id, token, public_id FROM open_task WHERE state = 'leased' ORDER BY id"); q.step();) {
    auto& held = all.emplace_back();
    held.row = q.integer();
    held.token = q.integer();
    held.id = q.text();
  }
  return all;
}
}

bool Catalog::State::lease_ended(std::int64_t task, std::int64_t token) {
  std::lock_guard lock(terms_mutex);
  auto& term = terms[task];
  if (term.token < token) term = {token, options.steady() + options.lease};
  return term.token == token && options.steady() >= term.ends;
}

void Catalog::State::came_back(std::string const& task, std::int64_t token) {
  {
    std::lock_guard lock(terms_mutex);
    auto const found = silent.find(task);
    if (found == silent.end() || found->second.erase(token) == 0) return;
    if (found->second.empty()) silent.erase(found);
  }
  writer.write([&](Database& db) { db.run("UPDATE task SET starts = starts - 1 WHERE public_id = ?1 AND state IN ('waiting', 'leased') AND starts > orderly_ends", task); });
}

bool Catalog::State::note_worker(std::string const& name) {
  std::lock_guard lock(terms_mutex);
  auto const now = options.steady();
  workers_seen[name] = now;
  std::erase_if(workers_seen, [&](auto const& seen) { return seen.second + about < now; });
  return workers_seen.size() > 1;
}

void Catalog::State::forget_terms(std::vector<HeldLease> const& held) {
  std::lock_guard lock(terms_mutex);
  if (terms.size() < 2 * held.size() + 100) return;
  std::erase_if(terms, [&](auto const& term) { return !std::ranges::binary_search(held, term.first, {}, &HeldLease::row); });
}

int Catalog::expire_leases() {
  auto held = state_->readers->read([](Database& db) { return held_leases(db); });
  state_->forget_terms(held);
  std::erase_if(held, [&](auto const& h) { return !state_->lease_ended(h.row, h.token); });
  if (held.empty()) return 0;
  auto const ends = state_->writer.write([&](Database& db) {
    std::vector<TaskEnd> expired;
    for (auto const& h : held) {
      auto const task = held_task(db, h.id, h.token);
      if (!task || !state_->lease_ended(h.row, h.token)) continue; // renewed or finished meanwhile
      auto const now = state_->now();
      expired.push_back(end_of(*task, bury(db, *task, "the worker went silent", now), now));
      std::lock_guard lock(state_->terms_mutex);
      if (state_->silent.size() >= most_silent) state_->silent.clear(); // dead long ago, nearly all of them
      state_->silent[h.id].insert(h.token);
    }
    return expired;
  });
  for (auto const& end : ends) state_->tell(end);
  return static_cast<int>(ends.size());
}

std::optional<media::Lease> Catalog::lease_task(std::string const& worker) {
  auto const name = worker.substr(0, 200);
  bool const others_idle = state_->note_worker(name);
  // Idle workers ask often; they must not keep the writer busy.
  bool const anything = state_->readers->read([](Database& db) { return db.query("SELECT 1 FROM open_task LIMIT 1").step(); });
  if (!anything) return std::nullopt;
  expire_leases();
  auto const term = state_->options.lease;
  return state_->writer.write([&](Database& db) -> std::optional<media::Lease> {
    auto const now = state_->now();
    // Probes first, so that people soon learn whether their file works; then the oldest package; repairs when nobody
    // waits for anything else. A pause further away
    // than pauses ever are comes from a clock that was set back: it is over. What went wrong on this worker is left to
    // another for a while, if there is one: the machine may be the reason.
    bool const others = others_idle || db.query("SELECT 1 FROM open_task WHERE state = 'leased' AND worker <> ?1 LIMIT 1", name).step();
    TaskRow t;
    {
      auto q = db.query(select_task("open_task") + " WHERE t.state = 'waiting' AND p.state = 'making' AND (t.not_before <= ?1 OR t.not_before > ?2)"
                                                   " AND (t.starts = 0 OR t.worker <> ?3 OR t.not_before <= ?4 OR t.not_before > ?2)"
                                                   " ORDER BY p.repair, t.kind = 'probe' DESC, t.package_id, t.position LIMIT 1",
                        now, now + longest_pause, name, others ? now - wait_for_another : now);
      if (!q.step()) return std::nullopt;
      t = read_task(q);
    }
    db.run("UPDATE task SET state = 'leased', token = token + 1, starts = starts + 1, worker = ?2, lease_expires_at = ?3, progress = 0, started_at = ?4, worked_ms = 0 WHERE id = ?1", t.row, name, now + term, now);
    media::Lease lease;
    lease.task_id = t.leased.id;
    lease.token = t.token + 1;
    lease.expires_in = term;
    lease.task = t.leased.task;
    auto q = db.query("SELECT o.bytes, o.sha256 FROM original o JOIN package p ON p.original_id = o.id WHERE p.id = ?1", t.package);
    q.step();
    lease.source_bytes = q.integer();
    lease.source_sha256 = q.text();
    if (auto const* download = std::get_if<media::DownloadTask>(&lease.task)) { // made of what was made
      lease.source_bytes = download->picture_bytes + download->sound_bytes;
      lease.source_sha256.clear();
    }
    std::lock_guard lock(state_->terms_mutex);
    state_->terms[t.row] = {lease.token, state_->options.steady() + term};
    return lease;
  });
}

result<LeasedTask> Catalog::leased_task(std::string const& task, std::int64_t token) const {
  auto leased = state_->readers->read([&](Database& db) -> result<LeasedTask> {
    auto const held = held_task(db, task, token);
    if (!held) return held.error();
    return held->leased;
  });
  if (!leased) state_->came_back(task, token);
  return leased;
}

result<Renewal> Catalog::renew_task(std::string const& task, std::int64_t token, double fraction, std::vector<media::Track> const& made) {
  std::string grown; // the package, when there is news of it
  auto const renewed = state_->writer.write([&](Database& db) -> result<Renewal> {
    auto const found = find_task(db, task);
    if (!found) return found.error();
    if (found->token == token && found->state == "cancelled") return Renewal{milliseconds(0), true};
    if (found->token != token || found->state != "leased") return lost();
    auto const term = state_->options.lease;
    // A worker may report nonsense; NaN compares false with everything.
    auto const now = state_->now();
    double const progress = fraction > 0 ? std::min(fraction, 1.0) : 0.0;
    db.run("UPDATE task SET progress = max(progress, ?2), lease_expires_at = ?3, worked_ms = max(0, ?4 - coalesce(started_at, ?4)) WHERE id = ?1", found->row, progress, now + term, now);
    if (!made.empty() && fits_so_far(found->leased.task, made)) {
      db.run("UPDATE task SET result = ?2 WHERE id = ?1", found->row, nlohmann::json(media::TaskResult(made)).dump());
      grown = found->leased.package;
    }
    std::lock_guard lock(state_->terms_mutex);
    state_->terms[found->row] = {token, state_->options.steady() + term};
    return Renewal{term, false};
  });
  if (!grown.empty()) state_->package_grew(grown);
  if (!renewed) state_->came_back(task, token);
  return renewed;
}

result<Completion> Catalog::complete_task(std::string const& task, std::int64_t token, media::TaskResult const& outcome) {
  std::optional<TaskEnd> end;
  auto completed = state_->writer.write([&](Database& db) -> result<Completion> {
    auto const found = find_task(db, task);
    if (!found) return found.error();
    Completion done{found->leased.story, found->leased.package, found->package_state == "complete"};
    if (found->token == token && found->state == "done") return done; // the answer was lost on its way; say it again
    if (found->token != token || found->state != "leased") return lost();
    if (!fits(found->leased.task, outcome)) return Error{Errc::invalid, "task.result_wrong", "the result does not belong to this task"};
    if (!begins_like_parts_done(db, *found, outcome)) return Error{Errc::invalid, "task.outputs_differ", "the init segment is another than that of the parts which are done"};
    auto const now = state_->now();
    db.run("UPDATE task SET state = 'done', progress = 1, orderly_ends = orderly_ends + 1, result = ?2, finished_at = ?3, lease_expires_at = NULL, worked_ms = max(0, ?3 - coalesce(started_at, ?3)) WHERE id = ?1", found->row, nlohmann::json(outcome).dump(), now);
    if (auto const* facts = std::get_if<media::SourceFacts>(&outcome)) {
      db.run("UPDATE package SET source_facts = ?2 WHERE id = ?1", found->package, nlohmann::json(*facts).dump());
      int position = 1;
      auto const plan = media::plan_tasks(*facts, state_->options.profile);
      for (auto const& next : plan) add_task(db, found->package, ++position, next, now);
      if (plan.empty()) fail_package(db, found->package, "media.no_streams", "nothing to encode", now);
    }
    if (auto const* texts = std::get_if<media::TextsResult>(&outcome)) {
      bool const again = db.query("SELECT 1 FROM package WHERE id = ?1 AND repair = 1", found->package).step(); // they came with the first generation
      if (!again) keep_embedded_texts(db, found->leased.story, texts->texts, now);
      db.run("UPDATE task SET result = ?2 WHERE id = ?1", found->row, nlohmann::json(media::TaskResult(media::TextsResult())).dump()); // they are tracks now
    }
    done.package_complete = complete_if_done(db, found->package, now);
    end = end_of(*found, TaskOutcome::done, now);
    return done;
  });
  if (end) state_->tell(*end);
  if (!completed) state_->came_back(task, token);
  return completed;
}

result<void> Catalog::fail_task(std::string const& task, std::int64_t token, media::TaskFailure const& failure) {
  std::optional<TaskEnd> end;
  auto failed = state_->writer.write([&](Database& db) -> result<void> {
    auto const held = held_task(db, task, token);
    if (!held) return held.error();
    auto const now = state_->now();
    auto const key = safe_key(failure.key);
    auto const detail = safe_detail(failure.detail);
    if (key == "worker.crashed" && !failure.permanent) {
      end = end_of(*held, bury(db, *held, detail, now), now);
      return {};
    }
    int const failures = held->orderly_ends + 1;
    bool const final = failure.permanent || failures >= most_failures;
    if (final && give_up(db, *held, key, detail, now)) {
      end = end_of(*held, TaskOutcome::given_up, now);
      return {};
    }
    if (final) {
      db.run("UPDATE task SET state = 'failed', orderly_ends = ?2, error_key = ?3, error_detail = ?4, finished_at = ?5, lease_expires_at = NULL WHERE id = ?1", held->row, failures, key, detail, now);
      fail_package(db, held->package, key, detail, now);
    } else {
      db.run("UPDATE task SET state = 'waiting', progress = 0, orderly_ends = ?2, error_key = ?3, error_detail = ?4, not_before = ?5, lease_expires_at = NULL WHERE id = ?1", held->row, failures, key, detail, now + pause_after(failures));
    }
    end = end_of(*held, final ? TaskOutcome::failed : TaskOutcome::retried, now);
    return {};
  });
  if (end) state_->tell(*end);
  if (!failed) state_->came_back(task, token);
  return failed;
}

result<Processing> Catalog::processing(Actor const& actor, std::string const& story) const {
  return state_->readers->read([&](Database& db) -> result<Processing> {
    auto const found = story_in_scope(db, actor, story);
    if (!found) return found.error();
    return load_processing(db, found->row);
  });
}

} // namespace tarina::catalog
