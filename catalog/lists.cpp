// Lesson lists and collections. A list keeps references; whether a story may be shown is asked at every door.
#include "catalog/lists.hpp"
#include "catalog/ids.hpp"
#include "catalog/list_rows.hpp"
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::catalog {
namespace {

constexpr auto empty_lists_stay = std::chrono::days(30);

/// As access_in() says of Use::watch.
constexpr char watchable[] = "s.state = 'published' AND s.package_id IS NOT NULL AND EXISTS (SELECT 1 FROM consent c WHERE c.story_id = s.id AND c.ended_at IS NULL AND c.watch)";

/// Begins within the story and ends with it at the latest.
result<void> fit_times(Database& db, ListItem& item) {
  auto q = db.query("SELECT p.duration_ms FROM story s JOIN package p ON p.id = s.package_id WHERE s.public_id = ?1 AND p.duration_ms > 0", item.story);
  if (!q.step()) return {};
  auto const duration = q.duration();
  if (item.start && *item.start >= duration) return Error{Errc::invalid, "list.time_invalid", "a clip starts within its story"};
  if (item.end && *item.end > duration) item.end = duration;
  return {};
}

/// New items get an id and must be watchable; those the list had before keep their story, whatever became of it, and times that were not touched.
result<std::vector<ListItem>> settle_items(Database& db, std::vector<ListItem> items, std::vector<ListItem> const& before) {
  std::vector<std::string> seen;
  for (auto& item : items) {
    auto const known = std::find_if(before.begin(), before.end(), [&](ListItem const& old) { return !item.id.empty() && old.id == item.id; });
    bool const twice = std::find(seen.begin(), seen.end(), item.id) != seen.end();
    if (known != before.end() && !twice) {
      item.story = known->story;
    } else {
      item.id = random_id(8);
      if (auto const fine = check_story(db, item.story); !fine) return fine.error();
    }
    seen.push_back(item.id);
    if (known != before.end() && known->start == item.start && known->end == item.end) continue;
    if (auto const fine = fit_times(db, item); !fine) return fine.error();
  }
  return items;
}

result<std::int64_t> insert_list(Database& db, ListKind kind, std::optional<std::string> const& edit_hash, std::string const& institution, ListContents const& contents, std::string const& id, Time now) {
  auto const items = settle_items(db, contents.items, {});
  if (!items) return items.error();
  db.run("INSERT INTO list (public_id, kind, edit_hash, institution, title, description, language, created_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
         id, kind == ListKind::lesson ? "lesson" : "collection", edit_hash, institution, contents.title, contents.description, contents.language, now);
  auto const row = db.last_id();
  store_items(db, row, *items);
  return row;
}

void note_change(Database& db, ListKeeper const& keeper, List const& list, std::string_view action, Time now) {
  if (list.kind == ListKind::collection) record_audit(db, keeper.actor, now, action, {}, list.id);
}

std::vector<ListSummary> read_summaries(Database& db, Statement q) {
  std::vector<ListSummary> found;
  while (q.step()) {
    auto& one = found.emplace_back();
    one.id = q.text();
    one.title = q.text();
    one.description = q.text();
    one.language = q.text();
    one.institution = q.text();
    one.published = q.flag();
    one.changed_at = q.time();
    one.items = q.number();
    one.stories = texts(db.query(fmt::format("SELECT s.public_id FROM list_item i JOIN list l ON l.id = i.list_id JOIN story s ON s.id = i.story_id WHERE l.public_id = ?1 AND {} ORDER BY i.position LIMIT 8", watchable), one.id));
  }
  return found;
}

/// `items`: which of a list's items (i, of a story s or none) count; `lists`: which lists, also by their `items`.
std::string select_summaries(std::string_view items, std::string_view lists) {
  return fmt::format("SELECT public_id, title, description, language, institution, published, changed_at,"
                     " (SELECT count(*) FROM list_item i LEFT JOIN story s ON s.id = i.story_id WHERE i.list_id = list.id AND {}) AS items FROM list WHERE kind = 'collection' AND {}",
                     items, lists);
}

} // namespace

result<CreatedList> Lists::create(ListContents const& contents) {
  if (auto const fine = check_words(contents); !fine) return fine.error();
  return state_.writer.write([&](Database& db) -> result<CreatedList> {
    auto const now = state_.now();
    db.run("DELETE FROM list WHERE kind = 'lesson' AND changed_at < ?1 AND NOT EXISTS (SELECT 1 FROM list_item i WHERE i.list_id = list.id)", state_.patient_now() - empty_lists_stay);
    CreatedList created{random_id(10), random_id(32)};
    auto const row = insert_list(db, ListKind::lesson, hash_token(created.token), {}, contents, created.id, now);
    if (!row) return row.error();
    return created;
  });
}

result<List> Lists::list(std::string const& id) const {
  return state_.readers->read([&](Database& db) -> result<List> {
    auto found = find_list(db, id);
    if (!found || (found->list.kind == ListKind::collection && !found->list.published)) return Error{Errc::not_found, "list.unknown", "no such list"};
    found->list.contents.items = load_items(db, found->row);
    return std::move(found->list);
  });
}

result<List> Lists::open(ListKeeper const& keeper) const {
  return state_.readers->read([&](Database& db) -> result<List> {
    auto found = kept_list(db, keeper);
    if (!found) return found.error();
    found->list.contents.items = load_items(db, found->row);
    return std::move(found->list);
  });
}

result<std::int64_t> Lists::save(ListKeeper const& keeper, ListContents const& contents, std::int64_t expected_revision) {
  if (auto const fine = check_words(contents); !fine) return fine.error();
  return state_.writer.write([&](Database& db) -> result<std::int64_t> {
    auto const found = kept_list(db, keeper);
    if (!found) return found.error();
    if (found->list.revision != expected_revision) return Error{Errc::conflict, "list.changed_meanwhile", "the list was changed meanwhile"};
    auto const items = settle_items(db, contents.items, load_items(db, found->row));
    if (!items) return items.error();
    if (items->empty() && found->list.published) return Error{Errc::conflict, "list.empty", "a published collection needs a story"};
    auto const now = state_.now();
    db.run("UPDATE list SET title = ?2, description = ?3, language = ?4, revision = revision + 1, changed_at = ?5 WHERE id = ?1", found->row, contents.title, contents.description, contents.language, now);
    store_items(db, found->row, *items);
    note_change(db, keeper, found->list, "collection.edited", now);
    return expected_revision + 1;
  });
}

result<std::string> Lists::add(ListKeeper const& keeper, ListItem const& item) {
  if (auto const fine = check_item(item); !fine) return fine.error();
  return state_.writer.write([&](Database& db) -> result<std::string> {
    auto const found = kept_list(db, keeper);
    if (!found) return found.error();
    auto items = load_items(db, found->row);
    auto const before = items;
    items.push_back(item);
    items.back().id.clear();
    ListContents grown = found->list.contents;
    grown.items = items;
    if (auto const fine = check_words(grown); !fine) return fine.error();
    auto const settled = settle_items(db, std::move(items), before);
    if (!settled) return settled.error();
    auto const now = state_.now();
    db.run("UPDATE list SET revision = revision + 1, changed_at = ?2 WHERE id = ?1", found->row, now);
    store_items(db, found->row, *settled);
    note_change(db, keeper, found->list, "collection.edited", now);
    return settled->back().id;
  });
}

result<void> Lists::remove(ListKeeper const& keeper) {
  return state_.writer.write([&](Database& db) -> result<void> {
    auto const found = kept_list(db, keeper);
    if (!found) return found.error();
    db.run("DELETE FROM list WHERE id = ?1", found->row);
    note_change(db, keeper, found->list, "collection.deleted", state_.now());
    return {};
  });
}

result<std::string> Lists::create_collection(Actor const& actor, std::string const& institution, ListContents const& contents) {
  if (!may_edit(actor)) return not_allowed();
  if (auto const fine = check_words(contents); !fine) return fine.error();
  if (!institution.empty() && !state_.words()->find_institution(institution)) return Error{Errc::invalid, "list.institution_unknown", "no such institution"};
  if (!actor.sees_everything() && !actor.institution.empty() && actor.institution != institution) return Error{Errc::invalid, "list.institution_unknown", "not your institution"};
  return state_.writer.write([&](Database& db) -> result<std::string> {
    auto const id = random_id(10);
    auto const now = state_.now();
    auto const row = insert_list(db, ListKind::collection, std::nullopt, institution, contents, id, now);
    if (!row) return row.error();
    record_audit(db, actor, now, "collection.created", {}, id);
    return id;
  });
}

std::vector<ListSummary> Lists::collections(Actor const& actor) const {
  if (!may_edit(actor)) return {};
  auto const institution = actor.sees_everything() ? std::string() : actor.institution;
  return state_.readers->read([&](Database& db) { return read_summaries(db, db.query(select_summaries("TRUE", "(?1 = '' OR institution = ?1) ORDER BY title, id"), institution)); });
}

result<void> Lists::set_published(Actor const& actor, std::string const& id, bool published) {
  return state_.writer.write([&](Database& db) -> result<void> {
    auto const keeper = ListKeeper::curator(actor, id);
    auto const found = kept_list(db, keeper);
    if (!found) return found.error();
    if (found->list.published == published) return {};
    auto const now = state_.now();
    if (published && load_items(db, found->row).empty()) return Error{Errc::conflict, "list.empty", "a collection without a story is not published"};
    db.run("UPDATE list SET published = ?2, changed_at = ?3 WHERE id = ?1", found->row, published, now);
    note_change(db, keeper, found->list, published ? "collection.published" : "collection.unpublished", now);
    return {};
  });
}

std::vector<ListSummary> Lists::published_collections(int limit) const {
  return state_.readers->read([&](Database& db) { return read_summaries(db, db.query(select_summaries(watchable, "published AND items > 0 ORDER BY changed_at DESC, id DESC LIMIT ?1"), std::clamp(limit, 1, 200))); });
}

} // namespace tarina::catalog
