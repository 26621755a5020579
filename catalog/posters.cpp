// Which of a package's stills stands for the story.
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

std::vector<std::string> posters_in(Database& db, std::int64_t story_row) {
  return texts(db.query("SELECT 'stills/' || j.value FROM story s JOIN package p ON p.id = s.package_id, json_each(p.facts, '$.posters') j WHERE s.id = ?1 ORDER BY j.key", story_row));
}

} // namespace

result<std::vector<std::string>> Catalog::posters(Actor const& actor, std::string const& story) const {
  return state_->readers->read([&](Database& db) -> result<std::vector<std::string>> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    return posters_in(db, found->row);
  });
}

result<void> Catalog::choose_poster(Actor const& actor, std::string const& story, std::string const& poster) {
  if (!may_edit(actor)) return not_allowed();
  return state_->writer.write([&](Database& db) -> result<void> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    auto const all = posters_in(db, found->row);
    if (std::find(all.begin(), all.end(), poster) == all.end()) return Error{Errc::invalid, "story.poster_unknown", "the video has no such still"};
    auto const now = state_->now();
    db.run("UPDATE package SET poster = ?2 WHERE id = (SELECT package_id FROM story WHERE id = ?1) AND poster <> ?2", found->row, poster);
    if (db.changes() == 0) return {};
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "poster.chosen", story);
    return {};
  });
}

} // namespace tarina::catalog
