// Fixity: what every kept file must be, the walks that read them, and what was found.
#include "catalog/fixity.hpp"
#include "catalog/package_rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tarina::catalog {
namespace {

using Kind = FixityTarget::Kind;

constexpr std::array<std::string_view, 3> problem_names{"damaged", "missing", "unreadable"};
constexpr std::array<std::string_view, 6> mending_names{"", "wanted", "begun", "failed", "impossible", "given_up"};

template <class Enum, std::size_t n> Enum from_name(std::array<std::string_view, n> const& names, std::string_view name) {
  return static_cast<Enum>(std::find(names.begin(), names.end(), name) - names.begin());
}

// What is to be verified. A withdrawn story's files may go at any moment, and a replaced original goes within days.
constexpr char originals_kept[] = "FROM original o JOIN story s ON s.id = o.story_id WHERE s.state <> 'withdrawn' AND o.superseded_at IS NULL";
constexpr char packages_kept[] = "FROM package p JOIN story s ON s.id = p.story_id WHERE s.state <> 'withdrawn' AND p.state = 'published'";

std::string sql(char const* before, char const* kept, char const* after) { return std::string(before).append(" ").append(kept).append(" ").append(after); }

std::optional<std::int64_t> kept_row(Database& db, Kind kind, std::string const& id) {
  auto q = kind == Kind::original ? db.query(sql("SELECT o.id", originals_kept, "AND o.public_id = ?1"), id) : db.query(sql("SELECT p.id", packages_kept, "AND p.public_id = ?1"), id);
  if (!q.step()) return std::nullopt;
  return q.integer();
}

std::optional<FixityTarget> load_target(Database& db, Kind kind, std::string const& id) {
  FixityTarget target;
  target.kind = kind;
  target.id = id;
  if (kind == Kind::original) {
    auto q = db.query(sql("SELECT s.public_id, o.bytes, o.sha256", originals_kept, "AND o.public_id = ?1"), id);
    if (!q.step()) return std::nullopt;
    target.story = q.text();
    auto const bytes = q.integer();
    target.files.push_back({"", bytes, q.text()});
    return target;
  }
  auto q = db.query(sql("SELECT p.id, s.public_id, p.facts", packages_kept, "AND p.public_id = ?1"), id);
  if (!q.step()) return std::nullopt;
  auto const row = q.integer();
  target.story = q.text();
  target.files = files_of_package(db, row, q.text());
  return target;
}

FixityWalk read_walk(Statement& q) {
  FixityWalk walk;
  walk.number = q.integer();
  walk.night = q.integer();
  walk.began_at = q.time();
  walk.finished_at = q.maybe_time();
  walk.files = q.integer();
  walk.bytes = q.integer();
  return walk;
}

std::optional<FixityWalk> find_walk(Database& db, char const* condition) {
  auto q = db.query(std::string("SELECT number, night, began_at, finished_at, files, bytes FROM fixity_walk WHERE ").append(condition).append(" ORDER BY number DESC LIMIT 1"));
  if (!q.step()) return std::nullopt;
  return read_walk(q);
}

std::string described(std::vector<FileTrouble> const& troubles) {
  auto const& first = troubles.front();
  auto text = fmt::format("{}{}{}", first.name, first.name.empty() ? "" : " ", problem_name(first.problem));
  return troubles.size() == 1 ? text : fmt::format("{} and {} more files", text, troubles.size() - 1);
}

/// The findings of a target become these troubles. True when one of them is new.
bool replace_findings(Database& db, Kind kind, std::int64_t row, std::vector<FileTrouble> const& troubles, Time now) {
  std::string const owner = kind == Kind::original ? "original_id" : "package_id";
  bool fresh = false;
  for (auto const& trouble : troubles) {
    db.run("UPDATE finding SET problem = ?3, detail = ?4, seen_at = ?5 WHERE " + owner + " = ?1 AND name = ?2", row, trouble.name, problem_name(trouble.problem), trouble.detail, now);
    if (db.changes() > 0) continue;
    db.run("INSERT INTO finding (" + owner + ", name, problem, detail, found_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)", row, trouble.name, problem_name(trouble.problem), trouble.detail, now);
    fresh = true;
  }
  std::vector<std::int64_t> over;
  for (auto q = db.query("SELECT id, name FROM finding WHERE " + owner + " = ?1 ORDER BY id", row); q.step();) {
    auto const finding = q.integer();
    auto const name = q.text();
    if (std::none_of(troubles.begin(), troubles.end(), [&](FileTrouble const& t) { return t.name == name; })) over.push_back(finding);
  }
  for (auto finding : over) db.run("DELETE FROM finding WHERE id = ?1", finding);
  return fresh;
}

/// What can be done about a damaged package.
std::string_view mending_of(Database& db, std::int64_t package_row) {
  auto q = db.query("SELECT o.id, o.repairs,"
                    " EXISTS (SELECT 1 FROM package n WHERE n.story_id = p.story_id AND n.state IN ('making', 'complete') AND n.repair = 1),"
                    " EXISTS (SELECT 1 FROM package n WHERE n.story_id = p.story_id AND n.state IN ('making', 'complete') AND n.repair = 0)"
                    " FROM package p JOIN original o ON o.id = p.original_id WHERE p.id = ?1", package_row);
  q.step();
  auto const original = q.integer();
  auto const repairs = q.integer();
  if (q.flag()) return "begun";
  if (q.flag()) return ""; // another video takes its place
  if (db.query("SELECT 1 FROM finding WHERE original_id = ?1", original).step()) return "impossible";
  return repairs >= Fixity::most_repairs ? "given_up" : "wanted";
}

} // namespace

std::string_view problem_name(FileProblem problem) { return problem_names[static_cast<std::size_t>(problem)]; }
std::string_view mending_name(Mending mending) { return mending_names[static_cast<std::size_t>(mending)]; }

void close_findings(Database& db, std::int64_t package_row, std::int64_t by_package, Time now) {
  db.run("DELETE FROM finding WHERE package_id = ?1", package_row);
  if (db.changes() == 0) return;
  db.run("UPDATE package SET mending = '' WHERE id = ?1", package_row);
  auto q = db.query("SELECT s.public_id, old.public_id, new.public_id, old.original_id = new.original_id FROM package old JOIN story s ON s.id = old.story_id JOIN package new ON new.id = ?2 WHERE old.id = ?1",
                    package_row, by_package);
  if (!q.step()) return;
  auto const story = q.text();
  auto const old_package = q.text();
  auto const new_package = q.text();
  if (q.flag()) record_audit(db, Actor::system(), now, "fixity.repaired", story, new_package, "in place of " + old_package);
}

std::optional<FixityWalk> Fixity::newest_walk() const {
  return state_.readers->read([](Database& db) { return find_walk(db, "number >= 0"); });
}

void Fixity::note_first_night(std::int64_t night) {
  state_.writer.write([&](Database& db) {
    db.run("INSERT INTO fixity_walk (number, night, began_at, finished_at) SELECT 0, ?1, ?2, ?2 WHERE NOT EXISTS (SELECT 1 FROM fixity_walk)", night, state_.now());
  });
}

FixityWalk Fixity::begin_walk(std::int64_t night) {
  constexpr int walks_kept = 100;
  return state_.writer.write([&](Database& db) {
    FixityWalk walk;
    walk.night = night;
    walk.began_at = state_.now();
    auto const newest = find_walk(db, "number >= 0");
    walk.number = newest ? newest->number + 1 : 1;
    db.run("INSERT INTO fixity_walk (number, night, began_at) VALUES (?1, ?2, ?3)", walk.number, walk.night, walk.began_at);
    db.run("DELETE FROM fixity_walk WHERE number <= ?1", walk.number - walks_kept);
    return walk;
  });
}

void Fixity::finish_walk(std::int64_t number) {
  state_.writer.write([&](Database& db) { db.run("UPDATE fixity_walk SET finished_at = ?2 WHERE number = ?1", number, state_.now()); });
}

std::optional<FixityTarget> Fixity::next(std::int64_t walk) const {
  return state_.readers->read([&](Database& db) -> std::optional<FixityTarget> {
    static auto const oldest_original = sql("SELECT o.public_id, o.verified_walk", originals_kept, "AND o.verified_walk < ?1 ORDER BY o.verified_walk, o.id LIMIT 1");
    static auto const oldest_package = sql("SELECT p.public_id, p.verified_walk", packages_kept, "AND p.verified_walk < ?1 ORDER BY p.verified_walk, p.id LIMIT 1");
    auto original = db.query(oldest_original, walk);
    auto package = db.query(oldest_package, walk);
    bool const has_original = original.step(), has_package = package.step();
    if (!has_original && !has_package) return std::nullopt;
    std::string const original_id = has_original ? original.text() : std::string(), package_id = has_package ? package.text() : std::string();
    if (has_original && (!has_package || original.integer() <= package.integer())) return load_target(db, Kind::original, original_id);
    return load_target(db, Kind::package, package_id);
  });
}

std::vector<FixityTarget> Fixity::everything() const {
  return state_.readers->read([](Database& db) {
    std::vector<FixityTarget> all;
    auto add = [&](Kind kind, Statement q) {
      while (q.step()) {
        auto& target = all.emplace_back();
        target.kind = kind;
        target.id = q.text();
        target.story = q.text();
      }
    };
    add(Kind::original, db.query(sql("SELECT o.public_id, s.public_id", originals_kept, "ORDER BY o.id")));
    add(Kind::package, db.query(sql("SELECT p.public_id, s.public_id", packages_kept, "ORDER BY p.id")));
    return all;
  });
}

std::optional<FixityTarget> Fixity::target(Kind kind, std::string const& id) const {
  return state_.readers->read([&](Database& db) { return load_target(db, kind, id); });
}

bool Fixity::may_be_wanted(Kind kind, std::string const& id) const {
  std::string const table = kind == Kind::original ? "original" : "package";
  return state_.readers->read([&](Database& db) {
    return db.query("SELECT 1 FROM " + table + " f JOIN story s ON s.id = f.story_id WHERE f.public_id = ?1 AND s.erase_at IS NOT 0", id).step();
  });
}

bool Fixity::record(FixityTarget const& target, FixityOutcome const& outcome, std::int64_t walk) {
  return state_.writer.write([&](Database& db) {
    auto const now = state_.now();
    db.run("UPDATE fixity_walk SET files = files + ?2, bytes = bytes + ?3 WHERE number = ?1 AND ?1 > 0", walk, outcome.files, outcome.bytes);
    auto const row = kept_row(db, target.kind, target.id);
    if (!row) return false;
    bool const is_package = target.kind == Kind::package;
    std::string const table = is_package ? "package" : "original";
    db.run("UPDATE " + table + " SET verified_walk = max(verified_walk, ?2), verified_at = ?3 WHERE id = ?1", *row, walk, now);
    for (auto const& sum : outcome.first_seen)
      db.run("INSERT INTO package_file (package_id, name, bytes, sha256, first_seen) VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT DO NOTHING", *row, sum.name, sum.bytes, sum.sha256);
    bool const was_damaged = db.query("SELECT 1 FROM finding WHERE " + table + "_id = ?1", *row).step();
    bool const fresh = replace_findings(db, target.kind, *row, outcome.troubles, now);
    if (fresh) record_audit(db, Actor::system(), now, "fixity.damaged", target.story, target.id, described(outcome.troubles));
    if (was_damaged && outcome.troubles.empty()) record_audit(db, Actor::system(), now, "fixity.sound_again", target.story, target.id);
    if (is_package) db.run("UPDATE package SET mending = ?2 WHERE id = ?1 AND mending <> ?2", *row, outcome.troubles.empty() ? std::string_view("") : mending_of(db, *row));
    return true;
  });
}

std::vector<Finding> Fixity::findings() const {
  return state_.readers->read([](Database& db) {
    constexpr std::size_t shown = 3;
    std::vector<Finding> all;
    auto add = [&](Kind kind, Statement q) {
      while (q.step()) {
        auto id = q.text();
        auto story = q.text();
        auto mending = q.text();
        auto filename = q.text();
        FileTrouble trouble;
        trouble.name = q.text();
        trouble.problem = from_name<FileProblem>(problem_names, q.text());
        trouble.detail = q.text();
        auto const found_at = q.time();
        if (all.empty() || all.back().kind != kind || all.back().id != id) {
          auto& finding = all.emplace_back();
          finding.kind = kind;
          finding.id = std::move(id);
          finding.story = std::move(story);
          finding.mending = from_name<Mending>(mending_names, mending);
          finding.filename = std::move(filename);
          finding.found_at = found_at;
        }
        auto& finding = all.back();
        ++finding.files;
        finding.found_at = std::min(finding.found_at, found_at);
        if (finding.first.size() < shown) finding.first.push_back(std::move(trouble));
      }
    };
    add(Kind::original, db.query("SELECT o.public_id, s.public_id, '', o.filename, f.name, f.problem, f.detail, f.found_at FROM finding f JOIN original o ON o.id = f.original_id"
                                 " JOIN story s ON s.id = o.story_id WHERE s.state <> 'withdrawn' ORDER BY o.id, f.name"));
    add(Kind::package, db.query("SELECT p.public_id, s.public_id, p.mending, o.filename, f.name, f.problem, f.detail, f.found_at FROM finding f JOIN package p ON p.id = f.package_id"
                                " JOIN original o ON o.id = p.original_id JOIN story s ON s.id = p.story_id WHERE s.state <> 'withdrawn' ORDER BY p.id, f.name"));
    return all;
  });
}

FixityFigures Fixity::figures() const {
  return state_.readers->read([](Database& db) {
    FixityFigures figures;
    for (auto q = db.query("SELECT f.problem, count(*) FROM finding f LEFT JOIN original o ON o.id = f.original_id LEFT JOIN package p ON p.id = f.package_id"
                           " JOIN story s ON s.id = coalesce(o.story_id, p.story_id) WHERE s.state <> 'withdrawn' GROUP BY 1"); q.step();) {
      auto const problem = q.text();
      (problem == "damaged" ? figures.damaged : problem == "missing" ? figures.missing : figures.unreadable) = q.integer();
    }
    figures.finished = find_walk(db, "number > 0 AND finished_at IS NOT NULL");
    figures.under_way = find_walk(db, "number = (SELECT max(number) FROM fixity_walk) AND finished_at IS NULL");
    return figures;
  });
}

std::optional<Fixity::Repair> Fixity::next_repair() const {
  return state_.readers->read([](Database& db) -> std::optional<Repair> {
    auto q = db.query("SELECT p.public_id, o.public_id FROM package p JOIN story s ON s.id = p.story_id JOIN original o ON o.id = p.original_id"
                      " WHERE p.mending = 'wanted' AND p.state = 'published' AND s.state <> 'withdrawn' AND o.superseded_at IS NULL ORDER BY p.id LIMIT 1");
    if (!q.step()) return std::nullopt;
    Repair repair;
    repair.package = q.text();
    auto original = load_target(db, Kind::original, q.text());
    if (!original) return std::nullopt;
    repair.original = std::move(*original);
    return repair;
  });
}

bool Fixity::begin_repair(std::string const& package) {
  return state_.writer.write([&](Database& db) {
    auto q = db.query("SELECT p.id, s.id, s.public_id, p.original_id FROM package p JOIN story s ON s.id = p.story_id"
                      " WHERE p.public_id = ?1 AND p.mending = 'wanted' AND p.state = 'published' AND s.state <> 'withdrawn'", package);
    if (!q.step()) return false;
    auto const row = q.integer();
    auto const story_row = q.integer();
    auto const story = q.text();
    auto const original = q.integer();
    auto const now = state_.now();
    auto const fresh = start_repair(db, story_row, original, now);
    db.run("UPDATE package SET mending = 'begun' WHERE id = ?1", row);
    db.run("UPDATE original SET repairs = repairs + 1 WHERE id = ?1", original);
    record_audit(db, Actor::system(), now, "fixity.repair_begun", story, fresh, "in place of " + package);
    return true;
  });
}

void Fixity::refuse_repair(std::string const& package) {
  state_.writer.write([&](Database& db) { db.run("UPDATE package SET mending = 'impossible' WHERE public_id = ?1 AND mending = 'wanted'", package); });
}

result<void> Fixity::want_repair(Actor const& actor, std::string const& package) {
  if (actor.kind != Actor::Kind::system && !(actor.kind == Actor::Kind::person && actor.role == Role::administrator)) return not_allowed();
  return state_.writer.write([&](Database& db) -> result<void> {
    auto const row = kept_row(db, Kind::package, package);
    if (!row || !db.query("SELECT 1 FROM finding WHERE package_id = ?1", *row).step()) return Error{Errc::not_found, "fixity.nothing_to_repair", "the package has no damage that is known"};
    if (auto const now = mending_of(db, *row); now.empty() || now == "begun") return {}; // something better is under way
    db.run("UPDATE original SET repairs = 0 WHERE id = (SELECT original_id FROM package WHERE id = ?1)", *row);
    db.run("UPDATE package SET mending = 'wanted' WHERE id = ?1", *row);
    auto q = db.query("SELECT s.public_id FROM package p JOIN story s ON s.id = p.story_id WHERE p.id = ?1", *row);
    q.step();
    record_audit(db, actor, state_.now(), "fixity.repair_wanted", q.text(), package);
    return {};
  });
}

} // namespace tarina::catalog
