// Opening the record, and what belongs to no single subject.
#include "catalog/catalog.hpp"
#include "catalog/documents.hpp"
#include "catalog/migrations.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/vocabulary_tables.hpp"
#include "media/durable.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {
std::filesystem::path database_in(std::filesystem::path const& folder) {
  media::make_folders(folder);
  return folder / "catalog.sqlite";
}
}

Catalog::State::State(CatalogOptions given) : options(std::move(given)), patient_clock(options.clock, options.steady), writer(database_in(options.folder)) {
  writer.run_alone([](Database& db) { migrate(db); });
  auto const files = read_vocabulary_files();
  writer.write([&](Database& db) { store_vocabulary(db, files); });
  readers = std::make_unique<Readers>(options.folder / "catalog.sqlite", options.readers);
  reload_vocabulary();
  SearchOptions search;
  search.file = (options.folder / "search.sqlite").string();
  search.voikko_dictionary = options.voikko_dictionary;
  search.readers = options.readers;
  if (options.search == SearchStart::never) return;
  index = std::make_unique<SearchIndex>(std::move(search));
  if (options.search == SearchStart::later) return;
  settle_search();
  if (index->needs_rebuild()) rebuild_search();
}

void Catalog::State::reload_vocabulary() {
  auto fresh = std::make_shared<Vocabulary const>(readers->read([](Database& db) { return load_vocabulary(db); }));
  std::lock_guard lock(vocabulary_mutex);
  vocabulary = std::move(fresh);
}

std::shared_ptr<Vocabulary const> Catalog::State::words() const {
  std::lock_guard lock(vocabulary_mutex);
  return vocabulary;
}

Catalog::Catalog(CatalogOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Catalog::~Catalog() = default;

std::shared_ptr<Vocabulary const> Catalog::vocabulary() const { return state_->words(); }
Time Catalog::patient_now() { return state_->patient_now(); }
std::uint64_t Catalog::access_version() const { return state_->access_version.load(std::memory_order_acquire); }

namespace {
/// scheme://host[:port] of characters that are safe in a Content-Security-Policy; the host may begin with "*.".
bool is_origin(std::string_view text) {
  if (text.substr(0, 8) == "https://") text.remove_prefix(8);
  else if (text.substr(0, 7) == "http://") text.remove_prefix(7);
  else return false;
  if (text.substr(0, 2) == "*.") text.remove_prefix(2);
  auto const colon = text.find(':');
  auto const host = text.substr(0, colon);
  auto const in_host = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  auto const digit = [](unsigned char c) { return c >= '0' && c <= '9'; };
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.front() == '-' || !std::all_of(host.begin(), host.end(), in_host)) return false;
  if (colon == text.npos) return true;
  auto const port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), digit);
}
}

result<void> Catalog::set_embed_sites(Actor const& actor, std::string const& institution, std::vector<std::string> const& origins) {
  if (!may_coordinate(actor)) return not_allowed();
  if (!state_->words()->find_institution(institution) || !in_scope(actor, institution, {})) return Error{Errc::not_found, "institution.unknown", "no such institution"};
  for (auto const& origin : origins)
    if (!is_origin(origin)) return Error{Errc::invalid, "embed_site.invalid", "an origin looks like https://www.example.fi"};
  if (origins.size() > 100) return Error{Errc::invalid, "embed_site.invalid", "at most 100 sites"};
  state_->writer.write([&](Database& db) {
    db.run("DELETE FROM embed_site WHERE institution = ?1", institution);
    int position = 0;
    for (auto const& origin : origins) db.run("INSERT INTO embed_site (institution, position, origin) VALUES (?1, ?2, ?3)", institution, ++position, origin);
    record_audit(db, actor, state_->now(), "institution.embed_sites_set", {}, institution);
  });
  state_->reload_vocabulary();
  state_->access_changed();
  return {};
}

namespace {
std::vector<AuditEntry> read_audit(Statement q) {
  std::vector<AuditEntry> entries;
  while (q.step()) {
    auto& e = entries.emplace_back();
    e.number = q.integer();
    e.at = q.time();
    e.actor = q.text();
    e.name = q.text();
    e.action = q.text();
    e.story = q.text();
    e.subject = q.text();
    e.detail = q.text();
  }
  return entries;
}
}

result<std::vector<AuditEntry>> Catalog::audit_of(Actor const& actor, std::string const& story) const {
  return state_->readers->read([&](Database& db) -> result<std::vector<AuditEntry>> {
    auto const found = story_in_scope(db, actor, story);
    if (!found) return found.error();
    return read_audit(db.query("SELECT a.number, a.at, a.actor, coalesce(p.name, ''), a.action, a.story, a.subject, a.detail FROM audit a LEFT JOIN person p ON p.public_id = a.actor"
                               " WHERE a.story = ?1 ORDER BY a.number DESC", found->id));
  });
}

std::vector<AuditEntry> Catalog::audit_log(Actor const& actor, int limit, std::int64_t before) const {
  if (!may_coordinate(actor)) return {};
  return state_->readers->read([&](Database& db) {
    // Without a story an entry is the operator's business; with one it follows the story's scope.
    return read_audit(db.query("SELECT a.number, a.at, a.actor, coalesce(p.name, ''), a.action, a.story, a.subject, a.detail FROM audit a"
                               " LEFT JOIN person p ON p.public_id = a.actor LEFT JOIN story s ON s.public_id = a.story"
                               " WHERE (?1 = 0 OR a.number < ?1) AND (?2 OR (s.institution = ?3 AND (?4 = '' OR s.unit = ?4))) ORDER BY a.number DESC LIMIT ?5",
                               before, actor.sees_everything(), actor.institution, actor.unit, std::clamp(limit, 1, 1000)));
  });
}

Catalog::Figures Catalog::figures() const {
  return state_->readers->read([&](Database& db) {
    Figures f;
    for (auto q = db.query("SELECT state, count(*) FROM story GROUP BY state"); q.step();) {
      auto const state = state_from_name(q.text()).value();
      f.stories[state] = q.integer();
    }
    auto count = [&](char const* sql) {
      auto q = db.query(sql);
      return q.step() ? q.integer() : 0;
    };
    f.tasks_waiting = count("SELECT count(*) FROM open_task WHERE state = 'waiting'");
    f.tasks_leased = count("SELECT count(*) FROM open_task WHERE state = 'leased'");
    f.tasks_quarantined = count("SELECT count(*) FROM task WHERE state = 'quarantined'");
    auto const now = state_->now();
    auto oldest = db.query("SELECT min(max(t.created_at, t.not_before)) FROM open_task t JOIN package p ON p.id = t.package_id WHERE t.state = 'waiting' AND p.state = 'making'");
    oldest.step();
    if (auto const since = oldest.maybe_time()) f.longest_waiting = std::max(milliseconds(0), now - *since);
    f.uploads_unfinished = count("SELECT count(*) FROM upload WHERE finished_at IS NULL");
    return f;
  });
}

std::string Catalog::check() {
  std::string wrong = state_->readers->read([](Database& db) {
    std::string found;
    for (auto q = db.query("PRAGMA integrity_check"); q.step();)
      if (auto line = q.text(); line != "ok") found += line + "\n";
    for (auto q = db.query("PRAGMA foreign_key_check"); q.step();) found += "a row of " + q.text() + " points at nothing\n";
    return found;
  });
  if (!state_->index) return wrong;
  if (auto const index = state_->index->check(); !index.empty()) wrong += "search index: " + index + "\n";
  auto const expected = state_->readers->read([](Database& db) { return indexed_stories(db); });
  SearchDrift drift;
  try {
    drift = state_->index->drift(expected);
  } catch (DatabaseError const& failure) {
    return wrong + "search index: " + failure.what() + "\n";
  }
  auto report = [&](std::vector<std::string> const& stories, char const* what) {
    constexpr std::size_t most_named = 20;
    if (stories.empty()) return;
    wrong += "search index: " + std::to_string(stories.size()) + what;
    for (std::size_t i = 0; i < std::min(stories.size(), most_named); ++i) wrong += " " + stories[i];
    wrong += stories.size() > most_named ? " …\n" : "\n";
  };
  report(drift.missing, " stories are missing or as they were before:");
  report(drift.surplus, " stories are in it that should not be:");
  return wrong;
}

} // namespace tarina::catalog
