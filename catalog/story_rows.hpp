// Stories as rows: whole, as cards, and with what is missing.
#pragma once
#include "catalog/consent.hpp"
#include "catalog/database.hpp"
#include "catalog/story.hpp"
#include "catalog/vocabulary.hpp"
#include "media/error.hpp"

namespace tarina::catalog {

/// See Catalog::access.
result<Access> access_in(Database&, std::string const& story, Use);

std::optional<Story> load_story(Database&, std::string const& id);
Processing load_processing(Database&, std::int64_t story_row);
/// Publish gate keys of one story, in the order to show.
std::vector<std::string> missing_in(Database&, std::int64_t story_row);
/// The first key that is in `after` and was not in `before`: what a change would take from a story.
std::optional<std::string> newly_missing(std::vector<std::string> const& before, std::vector<std::string> const& after);
/// SQL that is true for the story `s` when the item of this gate key is missing; nothing for an unknown key.
std::optional<std::string> gate_condition(std::string_view key);

/// For read_card: "SELECT …" of a card's columns FROM story s LEFT JOIN package p; a WHERE on s may follow.
std::string const& select_cards();
/// One card; `use` decides which stream key a published story's card carries.
StoryCard read_card(Database&, Statement&, Use use);

/// Errc::invalid with the keys of Catalog::edit_story.
result<void> check_details(StoryDetails const&, Vocabulary const&);
void store_details(Database&, std::int64_t story_row, StoryDetails const&);

} // namespace tarina::catalog
