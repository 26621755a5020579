// The studio's form of a story's details: from what was sent to values, and from values to the form.
#pragma once
#include "catalog/person.hpp"
#include "catalog/story.hpp"
#include "server/pages/story_view.hpp"
#include "server/request.hpp"

namespace tarina::server {

/// Reads the form as sent; the catalog checks it. An occupation that is the name of a title in any language becomes
/// its code, anything else stays free words. A year that is no number becomes -1, which the catalog refuses.
catalog::StoryDetails read_story_form(FormValues const& form, catalog::Vocabulary const& words);

/// Context "form" of {{> story-form}}.
nlohmann::json story_form_view(Naming const& naming, catalog::Person const& person, catalog::StoryDetails const& details);

/// What `theirs` has where it differs from `mine`: [{label, value}].
nlohmann::json story_differences(Naming const& naming, catalog::StoryDetails const& mine, catalog::StoryDetails const& theirs);

} // namespace tarina::server
