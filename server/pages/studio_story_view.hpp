// The story page of the studio, also shown again with what was typed when a save was refused.
#pragma once
#include "catalog/catalog.hpp"
#include "media/package.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/story_view.hpp"
#include <map>

namespace tarina::server {

/// Everything the page shows, read in one visit to the catalog.
struct StudioStory {
  catalog::Story story;
  std::vector<std::string> gate;
  std::vector<catalog::Consent> consents;
  std::vector<catalog::AuditEntry> audit;
  std::optional<catalog::Upload> unfinished;
  std::optional<catalog::Tombstone> tombstone; // of a withdrawn story
  std::vector<std::string> posters;            // candidates, names in the package
  std::shared_ptr<catalog::Vocabulary const> words;
  std::vector<media::Track> sounds; // of the previewed package, as far as they are made; without segments
  std::vector<media::milliseconds> shots; // of its picture as well: the story times at which a new one begins
};

result<StudioStory> load_studio_story(catalog::Catalog& catalog, catalog::Actor const& actor, std::string const& id);

/// What one answer adds to the page.
struct StudioStoryExtras {
  std::string notice;
  std::vector<std::string> problems;
  std::optional<catalog::StoryDetails> typed; // instead of what is stored
  bool conflict = false;                      // somebody else saved first: also show the differences
  std::string mine_link;                      // a link just made, shown this once
  std::vector<std::string> warnings;          // of a subtitle file just read, in words
  nlohmann::json undo;                        // of a deletion: {url, text, revision}
  bool withdraw_open = false;                 // the confirmation was wrong
  unsigned status = 200;
};

Response show_studio_story(App& app, Request const& request, PersonPtr person, StudioStory const& shown, StudioStoryExtras extras);

/// What ids in the list of changes are called.
struct AuditNames {
  std::map<std::string, std::string> people;
  std::map<std::string, nlohmann::json> stories; // {text, lang}
};
/// One line of the list of changes: {when, who, what, story, story_name}.
nlohmann::json audit_line(Naming const& naming, catalog::AuditEntry const& entry, AuditNames const& names = {});

/// load + show, for the handlers that answer with the page itself.
awaitable<Response> studio_story_page(App& app, Request& request, PersonPtr person, StudioStoryExtras extras);

} // namespace tarina::server
