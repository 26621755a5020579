#include "catalog/scope.hpp"

namespace tarina::catalog {

std::optional<FoundStory> find_story(Database& db, std::string const& id) {
  auto q = db.query("SELECT id, public_id, state, revision, institution, unit, package_id FROM story WHERE public_id = ?1", id);
  if (!q.step()) return std::nullopt;
  FoundStory found;
  found.row = q.integer();
  found.id = q.text();
  found.state = state_from_name(q.text()).value();
  found.revision = q.integer();
  found.institution = q.text();
  found.unit = q.text();
  found.package = q.maybe_integer();
  return found;
}

bool in_scope(Actor const& actor, std::string const& institution, std::string const& unit, std::string const& story) {
  if (actor.sees_everything()) return true;
  if (actor.kind == Actor::Kind::teller) return !story.empty() && actor.story == story;
  if (!actor.institution.empty() && actor.institution != institution) return false;
  return actor.unit.empty() || actor.unit == unit;
}

result<FoundStory> story_in_scope(Database& db, Actor const& actor, std::string const& id) {
  auto found = find_story(db, id);
  if (!found || !in_scope(actor, found->institution, found->unit, found->id)) return Error{Errc::not_found, "story.unknown", "no such story"};
  return std::move(*found);
}

result<FoundStory> living_story(Database& db, Actor const& actor, std::string const& id) {
  auto found = story_in_scope(db, actor, id);
  if (found && found->state == StoryState::withdrawn) return Error{Errc::gone, "story.withdrawn", "the story was withdrawn"};
  return found;
}

Error not_allowed() { return {Errc::forbidden, "actor.not_allowed", "your role does not allow this"}; }

bool may_coordinate(Actor const& actor) {
  return actor.kind == Actor::Kind::system || (actor.kind == Actor::Kind::person && actor.role != Role::editor);
}

bool may_edit(Actor const& actor) { return actor.kind != Actor::Kind::teller; }

std::string actor_name(Actor const& actor) {
  switch (actor.kind) {
    case Actor::Kind::system: return "system";
    case Actor::Kind::teller: return "teller";
    case Actor::Kind::person: return actor.person;
  }
  return "system";
}

void record_audit(Database& db, Actor const& actor, Time at, std::string_view action, std::string_view story, std::string_view subject, std::string_view detail) {
  db.run("INSERT INTO audit (at, actor, action, story, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", at, actor_name(actor), action, story, subject, detail);
}

void touch_story(Database& db, std::int64_t row, Time at) {
  db.run("UPDATE story SET content_revision = content_revision + 1, changed_at = ?2 WHERE id = ?1", row, at);
}

} // namespace tarina::catalog
