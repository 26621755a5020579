// From review to the public and back.
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

} // namespace tarina::catalog
