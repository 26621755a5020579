// A list's clips with all that a player needs, for class mode and embeds.
#pragma once
#include "server/pages/list_view.hpp"
#include "server/pages/player_view.hpp"

namespace tarina::server {

struct PlayedItem {
  ShownItem shown;
  ShownStory story; // under the door's use
};

struct PlayedList {
  catalog::List list;
  std::vector<PlayedItem> items; // those access() allowed for this use
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};
/// The errors of Lists::list.
result<PlayedList> load_played_list(catalog::Catalog& catalog, std::string const& id, catalog::Use use);

/// The item that ?item= (1, 2, …) asks for, as an index; the first when it asks for none of them.
std::size_t asked_item(Request const& request, PlayedList const& played);

/// "12.5", or empty.
std::string seconds_text(std::optional<std::chrono::milliseconds> const& time);

} // namespace tarina::server
