#include "catalog/list_rows.hpp"
#include "catalog/ids.hpp"
#include "catalog/scope.hpp"
#include "catalog/story_rows.hpp"

namespace tarina::catalog {
namespace {

constexpr char select_list[] = "SELECT id, public_id, kind = 'collection', institution, published, title, description, language, revision, created_at, changed_at FROM list";
constexpr std::size_t most_items = 100;
constexpr milliseconds longest = std::chrono::days(7);

std::optional<FoundList> read_list(Statement q) {
  if (!q.step()) return std::nullopt;
  FoundList found;
  found.row = q.integer();
  auto& l = found.list;
  l.id = q.text();
  l.kind = q.flag() ? ListKind::collection : ListKind::lesson;
  l.institution = q.text();
  l.published = q.flag();
  l.contents.title = q.text();
  l.contents.description = q.text();
  l.contents.language = q.text();
  l.revision = q.integer();
  l.created_at = q.time();
  l.changed_at = q.time();
  return found;
}

bool too_long(std::string const& text, std::size_t most) { return !is_plain_text(text) || count_characters(text) > most; }

} // namespace

std::optional<FoundList> find_list(Database& db, std::string const& id) { return read_list(db.query(std::string(select_list) + " WHERE public_id = ?1", id)); }

result<FoundList> kept_list(Database& db, ListKeeper const& keeper) {
  if (!keeper.token.empty()) {
    auto found = read_list(db.query(std::string(select_list) + " WHERE edit_hash = ?1", hash_token(keeper.token)));
    if (!found) return Error{Errc::not_found, "list.link_unknown", "no list has this edit link"};
    return std::move(*found);
  }
  Error const unknown{Errc::not_found, "list.unknown", "no such list"};
  auto const& actor = keeper.actor;
  auto found = keeper.collection.empty() || !may_edit(actor) ? std::nullopt : find_list(db, keeper.collection);
  if (!found || found->list.kind != ListKind::collection) return unknown;
  if (!actor.sees_everything() && !actor.institution.empty() && actor.institution != found->list.institution) return unknown;
  return std::move(*found);
}

std::vector<ListItem> load_items(Database& db, std::int64_t list_row) {
  std::vector<ListItem> items;
  auto q = db.query("SELECT i.public_id, coalesce(s.public_id, ''), i.start_ms, i.end_ms, i.note, i.question FROM list_item i LEFT JOIN story s ON s.id = i.story_id"
                    " WHERE i.list_id = ?1 ORDER BY i.position", list_row);
  while (q.step()) {
    auto& item = items.emplace_back();
    item.id = q.text();
    item.story = q.text();
    if (auto const start = q.maybe_integer()) item.start = milliseconds(*start);
    if (auto const end = q.maybe_integer()) item.end = milliseconds(*end);
    item.note = q.text();
    item.question = q.text();
  }
  return items;
}

void store_items(Database& db, std::int64_t list_row, std::vector<ListItem> const& items) {
  db.run("DELETE FROM list_item WHERE list_id = ?1", list_row);
  int position = 0;
  for (auto const& item : items)
    db.run("INSERT INTO list_item (list_id, position, public_id, story_id, start_ms, end_ms, note, question)"
           " VALUES (?1, ?2, ?3, (SELECT id FROM story WHERE public_id = ?4 AND erased_at IS NULL), ?5, ?6, ?7, ?8)",
           list_row, ++position, item.id, item.story, item.start, item.end, item.note, item.question);
}

result<void> check_words(ListContents const& contents) {
  if (contents.title.find_first_not_of(" \t\r\n") == std::string::npos) return Error{Errc::invalid, "list.title_missing", "a list needs a title"};
  if (too_long(contents.title, 200)) return Error{Errc::invalid, "list.title_too_long", "a title has at most 200 characters"};
  if (too_long(contents.description, 2000)) return Error{Errc::invalid, "list.text_too_long", "a description has at most 2000 characters"};
  if (contents.language != "fi" && contents.language != "sv" && contents.language != "en") return Error{Errc::invalid, "list.language_unknown", "the language is fi, sv or en"};
  if (contents.items.size() > most_items) return Error{Errc::invalid, "list.too_many_items", "a list has at most 100 items"};
  for (auto const& item : contents.items)
    if (auto const fine = check_item(item); !fine) return fine;
  return {};
}

result<void> check_item(ListItem const& item) {
  if (too_long(item.note, 1000) || too_long(item.question, 1000)) return Error{Errc::invalid, "list.text_too_long", "a note or question has at most 1000 characters"};
  auto const wrong = [](std::optional<milliseconds> const& time) { return time && (*time < milliseconds(0) || *time > longest); };
  if (wrong(item.start) || wrong(item.end) || (item.end && *item.end <= item.start.value_or(milliseconds(0))))
    return Error{Errc::invalid, "list.time_invalid", "a clip ends after it starts"};
  return {};
}

result<void> check_story(Database& db, std::string const& story) {
  if (!access_in(db, story, Use::watch)) return Error{Errc::invalid, "list.story_unknown", "no such story, or nobody may watch it"};
  return {};
}

} // namespace tarina::catalog
