// What open catalogs harvest. Nothing is kept for it: the record itself knows what was ever told, as stories and
// consents stay as tombstone and receipt.
#include "catalog/harvest.hpp"
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/track_rows.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

/// Catalogs point at the watch page, so a story needs both consents.
constexpr char listed[] = "(s.state = 'published' AND s.package_id IS NOT NULL AND EXISTS (SELECT 1 FROM consent c WHERE c.story_id = s.id AND c.ended_at IS NULL AND c.feeds AND c.watch))";
/// Was or is: some consent to both held while or after the story was first published.
constexpr char ever_told[] = "s.published_at IS NOT NULL AND EXISTS (SELECT 1 FROM consent c WHERE c.story_id = s.id AND c.feeds AND c.watch AND (c.ended_at IS NULL OR c.ended_at > s.published_at))";

std::string select_items() {
  return std::string("SELECT s.id, s.public_id, s.changed_at, s.institution, s.unit, s.erased_at IS NOT NULL, ") + listed + " FROM story s WHERE " + ever_told;
}

Time rounded_up(Time t) { return Time(std::chrono::ceil<std::chrono::seconds>(t.time_since_epoch())); }

HarvestItem read_item(Database& db, Statement& q, bool whole) {
  HarvestItem item;
  auto const row = q.integer();
  item.place.story = q.text();
  item.place.changed_at = q.time();
  item.stamp = rounded_up(item.place.changed_at);
  item.institution = q.text();
  item.unit = q.text();
  item.erased = q.flag();
  item.deleted = !q.flag();
  item.fields = texts(db.query("SELECT field FROM story_field WHERE story_id = ?1 ORDER BY position", row));
  if (whole && !item.deleted) {
    item.record = load_story(db, item.place.story);
    item.record->tracks = load_checked_tracks(db, row);
    if (auto const access = access_in(db, item.place.story, Use::feeds)) item.stream_key = access->stream_key;
  }
  return item;
}

} // namespace

HarvestPage Catalog::harvest(HarvestQuery const& query) const {
  using std::chrono::seconds;
  // stamp >= from and stamp <= until, said of changed_at itself so that its index serves.
  auto const from = query.from ? *query.from - seconds(1) + milliseconds(1) : Time(milliseconds(0));
  auto const until = query.until ? *query.until : Time(milliseconds(std::numeric_limits<std::int64_t>::max()));
  std::string const where =
      " AND s.changed_at BETWEEN ?1 AND ?2 AND (?3 = '' OR s.institution = ?3) AND (?4 = '' OR s.unit = ?4)"
      " AND (?5 = '' OR s.erased_at IS NOT NULL OR EXISTS (SELECT 1 FROM story_field f JOIN field v ON v.code = f.field WHERE f.story_id = s.id AND (f.field = ?5 OR v.parent = ?5)))";
  auto const limit = std::clamp(query.limit, 1, 1000);
  auto const after = query.after.value_or(HarvestPlace{});
  return state_->readers->read([&](Database& db) {
    HarvestPage page;
    if (auto q = db.query(std::string("SELECT count(*) FROM story s WHERE ") + ever_told + where, from, until, query.institution, query.unit, query.field); q.step()) page.total = q.number();
    auto q = db.query(select_items() + where + " AND (s.changed_at, s.public_id) > (?6, ?7) ORDER BY s.changed_at, s.public_id LIMIT ?8", from, until, query.institution, query.unit,
                      query.field, after.changed_at, after.story, limit + 1);
    while (q.step()) {
      if (static_cast<int>(page.items.size()) == limit) page.more = true;
      else page.items.push_back(read_item(db, q, query.whole));
    }
    return page;
  });
}

std::optional<HarvestItem> Catalog::harvest_one(std::string const& story) const {
  return state_->readers->read([&](Database& db) -> std::optional<HarvestItem> {
    auto q = db.query(select_items() + " AND s.public_id = ?1", story);
    if (!q.step()) return std::nullopt;
    return read_item(db, q, true);
  });
}

Time Catalog::earliest_change() const {
  return state_->readers->read([&](Database& db) {
    auto q = db.query("SELECT coalesce(min(changed_at), ?1) FROM story", state_->now());
    q.step();
    return Time(std::chrono::floor<std::chrono::seconds>(q.time().time_since_epoch()));
  });
}

} // namespace tarina::catalog
