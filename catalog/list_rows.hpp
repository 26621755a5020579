// Lists as rows.
#pragma once
#include "catalog/database.hpp"
#include "catalog/lists.hpp"

namespace tarina::catalog {

struct FoundList {
  std::int64_t row = 0;
  List list; // without its items
};

std::optional<FoundList> find_list(Database&, std::string const& id);
/// See Lists::open.
result<FoundList> kept_list(Database&, ListKeeper const&);
std::vector<ListItem> load_items(Database&, std::int64_t list_row);
/// In place of what was there; every item has an id and a story or none.
void store_items(Database&, std::int64_t list_row, std::vector<ListItem> const&);

/// The keys of Lists::create but those about stories.
result<void> check_words(ListContents const&);
result<void> check_item(ListItem const&);
/// Whether people may watch the story now: only such a one is added. Errc::invalid "list.story_unknown".
result<void> check_story(Database&, std::string const& story);

} // namespace tarina::catalog
