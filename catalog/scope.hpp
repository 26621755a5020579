// Who may see and change which story, and the trace every change leaves.
#pragma once
#include "catalog/database.hpp"
#include "catalog/person.hpp"
#include "catalog/story.hpp"
#include "media/error.hpp"

namespace tarina::catalog {

/// The part of a story that decides who may do what.
struct FoundStory {
  std::int64_t row = 0;
  std::string id;
  StoryState state = StoryState::draft;
  std::int64_t revision = 0;
  std::string institution;
  std::string unit;
  std::optional<std::int64_t> package; // row
};

std::optional<FoundStory> find_story(Database&, std::string const& id);
/// Errc::not_found "story.unknown" for a story that does not exist or lies outside the actor's scope.
result<FoundStory> story_in_scope(Database&, Actor const&, std::string const& id);
/// The same, and Errc::gone "story.withdrawn" for one that was withdrawn.
result<FoundStory> living_story(Database&, Actor const&, std::string const& id);

/// True when something of this institution and unit (and, for tellers, this story) is the actor's business.
bool in_scope(Actor const&, std::string const& institution, std::string const& unit, std::string const& story = {});

/// Errc::forbidden "actor.not_allowed".
Error not_allowed();
/// Administrator, coordinator or the system itself.
bool may_coordinate(Actor const&);
/// Any person with an account, or the system itself.
bool may_edit(Actor const&);

/// "system", "teller" or the person's id.
std::string actor_name(Actor const&);
void record_audit(Database&, Actor const&, Time, std::string_view action, std::string_view story, std::string_view subject = {}, std::string_view detail = {});

/// Marks that something the search index, feeds or lists know of the story has changed.
void touch_story(Database&, std::int64_t row, Time);

} // namespace tarina::catalog
