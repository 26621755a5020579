// What a watch page tells machines in its head: schema.org, OpenGraph, oEmbed.
#pragma once
#include "server/pages/player_view.hpp"
#include <string>

namespace tarina::server {

struct StoryMarkup {
  ShownStory const& shown;  // under Use::watch
  std::string origin;
  bool embeddable = false;
  std::string feeds_key;    // the stream key of Use::feeds; empty without that consent, and then no machine is told of the story
};

/// schema.org VideoObject (AudioObject for sound alone) with LRMI's properties, as search engines read it:
/// https://developers.google.com/search/docs/appearance/structured-data/video
nlohmann::json story_json_ld(Naming const&, StoryMarkup const&);

/// Markup for <head>, safe whatever the story's texts hold.
std::string story_head(Naming const&, StoryMarkup const&);

} // namespace tarina::server
