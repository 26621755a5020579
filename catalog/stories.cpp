// Making, reading and editing one story.
#include "catalog/ids.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/track_rows.hpp"

namespace tarina::catalog {

result<Story> Catalog::create_story(Actor const& actor, StoryDetails const& details) {
  if (!may_edit(actor)) return not_allowed();
  if (auto const sound = check_details(details, *state_->words()); !sound) return sound.error();
  if (!in_scope(actor, details.institution, details.unit)) return not_allowed();
  return state_->writer.write([&](Database& db) -> result<Story> {
    auto const now = state_->now();
    auto const id = random_id(10);
    db.run("INSERT INTO story (public_id, state, institution, created_at, changed_at) VALUES (?1, 'draft', ?2, ?3, ?3)", id, details.institution, now);
    store_details(db, db.last_id(), details);
    record_audit(db, actor, now, "story.created", id);
    return *load_story(db, id);
  });
}

result<Story> Catalog::story(Actor const& actor, std::string const& id) const {
  return state_->readers->read([&](Database& db) -> result<Story> {
    auto const found = story_in_scope(db, actor, id);
    if (!found) return found.error();
    return *load_story(db, id);
  });
}

result<Story> Catalog::public_story(std::string const& id, Use use) const {
  return state_->readers->read([&](Database& db) -> result<Story> {
    if (auto const allowed = access_in(db, id, use); !allowed) return allowed.error();
    auto story = *load_story(db, id);
    story.tracks = load_checked_tracks(db, find_story(db, id)->row);
    return story;
  });
}

result<std::int64_t> Catalog::edit_story(Actor const& actor, std::string const& id, StoryDetails const& wanted, std::int64_t expected_revision) {
  auto const words = state_->words();
  auto const revision = state_->writer.write([&](Database& db) -> result<std::int64_t> {
    auto const found = living_story(db, actor, id);
    if (!found) return found.error();
    auto details = wanted;
    if (actor.kind == Actor::Kind::teller) {
      if (found->state == StoryState::published) return not_allowed();
      details = load_story(db, id)->details;
      details.title = wanted.title;
      details.summary = wanted.summary;
      details.description = wanted.description;
      details.shown_name = wanted.shown_name;
      details.graduation_year = wanted.graduation_year;
      details.languages = wanted.languages;
    }
    if (auto const sound = check_details(details, *words); !sound) return sound.error();
    // Nobody may push a story out of, or pull one into, another's scope.
    if (actor.kind == Actor::Kind::person && !in_scope(actor, details.institution, details.unit)) return not_allowed();
    if (found->revision != expected_revision) return Error{Errc::conflict, "story.changed_meanwhile", "somebody else saved this story meanwhile"};
    auto const now = state_->now();
    auto const before = missing_in(db, found->row);
    store_details(db, found->row, details);
    if (found->state == StoryState::published)
      if (auto const lost = newly_missing(before, missing_in(db, found->row))) return Error{Errc::conflict, *lost, "a published story keeps what it was published with"};
    db.run("UPDATE story SET revision = revision + 1 WHERE id = ?1", found->row);
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "story.edited", id);
    return found->revision + 1;
  });
  if (revision) state_->refresh_search(id);
  return revision;
}

} // namespace tarina::catalog
