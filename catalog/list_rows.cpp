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

constexpr std::size_t most_text = 64 * 1024; // bytes

/// The next code point of well-formed UTF-8.
char32_t take_character(std::string_view& text) {
  auto const lead = static_cast<unsigned char>(text.front());
  int const tail = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  char32_t character = tail == 0 ? lead : lead & (0x3Fu >> tail);
  for (int i = 1; i <= tail; ++i) character = character << 6 | (static_cast<unsigned char>(text[static_cast<std::size_t>(i)]) & 0x3Fu);
  text.remove_prefix(static_cast<std::size_t>(tail) + 1);
  return character;
}

/// Embeddings, overrides and isolates, which turn the text behind them around as well: UAX #9, 2.
bool turns_text(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

/// Spaces, controls and what else leaves no mark: White_Space and Default_Ignorable_Code_Point of the Unicode database.
bool leaves_no_mark(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  for (auto const& range : {Range{0x00, 0x20}, Range{0x7F, 0xA0}, Range{0xAD, 0xAD}, Range{0x34F, 0x34F}, Range{0x61C, 0x61C}, Range{0x115F, 0x1160}, Range{0x1680, 0x1680}, Range{0x17B4, 0x17B5},
                            Range{0x180B, 0x180F}, Range{0x2000, 0x200F}, Range{0x2028, 0x202F}, Range{0x205F, 0x206F}, Range{0x2800, 0x2800}, Range{0x3000, 0x3000}, Range{0x3164, 0x3164},
                            Range{0xFE00, 0xFE0F}, Range{0xFEFF, 0xFEFF}, Range{0xFFA0, 0xFFA0}, Range{0xFFF0, 0xFFF8}, Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A}, Range{0xE0000, 0xE0FFF}})
    if (c >= range.first && c <= range.last) return true;
  return false;
}

bool is_readable(std::string_view text) {
  if (!is_plain_text(text)) return false;
  bool marks = false;
  while (!text.empty()) {
    auto const character = take_character(text);
    if (turns_text(character)) return false;
    marks = marks || !leaves_no_mark(character);
  }
  return marks;
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
  if (!is_readable(contents.title)) return Error{Errc::invalid, "list.title_unreadable", "a title has visible characters, and none that turns text around"};
  if (too_long(contents.title, 200)) return Error{Errc::invalid, "list.title_too_long", "a title has at most 200 characters"};
  if (too_long(contents.description, 2000)) return Error{Errc::invalid, "list.text_too_long", "a description has at most 2000 characters"};
  if (contents.language != "fi" && contents.language != "sv" && contents.language != "en") return Error{Errc::invalid, "list.language_unknown", "the language is fi, sv or en"};
  if (contents.items.size() > most_items) return Error{Errc::invalid, "list.too_many_items", "a list has at most 100 items"};
  auto bytes = contents.title.size() + contents.description.size();
  for (auto const& item : contents.items) bytes += item.note.size() + item.question.size();
  if (bytes > most_text) return Error{Errc::invalid, "list.too_much_text", "the words of a list have at most 64 KiB together"};
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
