// From review to the public and back, and withdrawal down to the last row.
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"

namespace tarina::catalog {

result<std::vector<std::string>> Catalog::publish_gate(Actor const& actor, std::string const& story) const {
  return state_->readers->read([&](Database& db) -> result<std::vector<std::string>> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    return missing_in(db, found->row);
  });
}

result<void> Catalog::publish(Actor const& actor, std::string const& story) {
  if (!may_edit(actor)) return not_allowed();
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    if (auto const missing = missing_in(db, found->row); !missing.empty()) return Error{Errc::conflict, missing.front(), "the story is not complete yet"};
    if (found->state != StoryState::review) return Error{Errc::conflict, "story.not_in_review", "only a story in review can be published"};
    auto const now = state_->now();
    db.run("UPDATE story SET state = 'published', published_at = coalesce(published_at, ?2) WHERE id = ?1", found->row, now);
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "story.published", story);
    return {};
  });
  if (!done) return done;
  state_->access_changed();
  state_->refresh_search(story);
  return {};
}

result<void> Catalog::unpublish(Actor const& actor, std::string const& story) {
  if (!may_edit(actor)) return not_allowed();
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    if (found->state != StoryState::published) return Error{Errc::conflict, "story.not_published", "the story is not published"};
    auto const now = state_->now();
    db.run("UPDATE story SET state = 'review' WHERE id = ?1", found->row);
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "story.unpublished", story);
    return {};
  });
  if (!done) return done;
  state_->access_changed();
  state_->refresh_search(story);
  return {};
}

result<void> Catalog::withdraw(Actor const& actor, std::string const& story) {
  if (actor.kind != Actor::Kind::teller && !may_coordinate(actor)) return not_allowed();
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto const found = story_in_scope(db, actor, story);
    if (!found) return found.error();
    if (found->state == StoryState::withdrawn) return {};
    auto const now = state_->now();
    db.run("UPDATE story SET state = 'withdrawn', withdrawn_at = ?2 WHERE id = ?1", found->row, now);
    db.run("UPDATE consent SET ended_at = ?2, withdrawn = 1 WHERE story_id = ?1 AND ended_at IS NULL", found->row, now);
    db.run("UPDATE task SET state = 'cancelled', finished_at = ?2 WHERE state IN ('waiting', 'leased') AND package_id IN (SELECT id FROM package WHERE story_id = ?1)", found->row, now);
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "story.withdrawn", story);
    return {};
  });
  if (!done) return done;
  state_->access_changed();
  state_->refresh_search(story);
  return {};
}

namespace {
std::vector<std::string> ids(Statement q) {
  std::vector<std::string> all;
  while (q.step()) all.push_back(q.text());
  return all;
}
}

std::vector<Erasure> Catalog::pending_erasures() const {
  return state_->readers->read([](Database& db) {
    std::vector<Erasure> pending;
    for (auto q = db.query("SELECT id, public_id FROM story WHERE state = 'withdrawn' AND erased_at IS NULL ORDER BY id"); q.step();) {
      auto& erasure = pending.emplace_back();
      auto const row = q.integer();
      erasure.story = q.text();
      erasure.uploads = ids(db.query("SELECT public_id FROM upload WHERE story_id = ?1 ORDER BY id", row));
      // An upload's file may lie under its future name already when a crash came in between.
      erasure.originals = ids(db.query("SELECT original FROM upload WHERE story_id = ?1 UNION SELECT public_id FROM original WHERE story_id = ?1 ORDER BY 1", row));
      erasure.packages = ids(db.query("SELECT public_id FROM package WHERE story_id = ?1 ORDER BY id", row));
    }
    return pending;
  });
}

void Catalog::finish_erasure(std::string const& story) {
  state_->writer.write([&](Database& db) {
    auto const found = find_story(db, story);
    if (!found || found->state != StoryState::withdrawn) return;
    auto const row = found->row;
    auto const now = state_->now();
    db.run("UPDATE story SET title_fi = '', title_sv = '', title_en = '', summary_fi = '', summary_sv = '', summary_en = '', description_fi = '', description_sv = '', description_en = '',"
           " shown_name = '', qualification = '', occupation = '', occupation_text = '', graduation_year = 0, captions_exemption = '', package_id = NULL, erased_at = coalesce(erased_at, ?2) WHERE id = ?1", row, now);
    for (auto const* table : {"story_field", "story_tag", "story_language", "track", "upload", "package", "original"})
      db.run(std::string("DELETE FROM ") + table + " WHERE story_id = ?1", row); // versions and tasks go with them
    db.run("UPDATE invite SET teller = '' WHERE story_id = ?1", row);
    record_audit(db, Actor::system(), now, "story.erased", story);
  });
  // What was overwritten still stands in the write-ahead log until it is emptied. A reader may hold it back for a
  // moment; closing the catalog and every later erasure empty it too.
  for (int attempt = 0; attempt < 5 && !state_->writer.checkpoint(); ++attempt) {}
  state_->purge_search(story);
}

result<Tombstone> Catalog::tombstone(std::string const& story) const {
  return state_->readers->read([&](Database& db) -> result<Tombstone> {
    auto q = db.query("SELECT coalesce(published_at, 0), withdrawn_at, erased_at FROM story WHERE public_id = ?1 AND state = 'withdrawn'", story);
    if (!q.step()) return Error{Errc::not_found, "story.unknown", "no such withdrawn story"};
    Tombstone t;
    t.story = story;
    t.published_at = q.time();
    t.withdrawn_at = q.time();
    t.erased_at = q.maybe_time();
    return t;
  });
}

} // namespace tarina::catalog
