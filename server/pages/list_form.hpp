// The form in which a list is edited: one form for everything, so that no button loses what was typed beside it.
#pragma once
#include "server/pages/list_view.hpp"
#include "server/request.hpp"
#include <map>

namespace tarina::server {

/// Read from an address of ours ("https://…/stories/abc?t=83"), or from a story's id alone; times as given, may be broken.
struct ClipAddress {
  std::string story;
  std::string start;
};
ClipAddress clip_address(std::string_view text);

/// The token of ".../lists/edit/{token}", or the text itself.
std::string token_of_link(std::string_view text);

/// An item of times as people type them. Errc::invalid "list.time_invalid".
result<catalog::ListItem> clip_of(std::string const& story, std::string const& start, std::string const& end);

/// An item's times as they were typed, so that a refused form shows them again.
struct TypedTimes {
  std::string start, end;
  bool start_unread = false, end_unread = false; // no time at all
};

/// What the form says after its button was pressed: save, up:{item}, down:{item}, remove:{item} or add.
struct SentList {
  catalog::ListContents contents; // stories of items by id are the record's to fill in
  std::int64_t revision = 0;
  std::map<std::string, TypedTimes> times; // by item
  std::string address;            // of what is to be added, as typed
  std::string touched;            // the item to come back to
  std::string removed;            // the item taken out
  std::optional<Error> error;     // what could not be read
};
SentList read_list_form(FormValues const& form);

/// What the form shows of each story, under every use.
struct ListKnowledge {
  catalog::List list;
  std::vector<catalog::StoryCard> watch, in_class, embed;
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};
ListKnowledge know_list(catalog::Catalog& catalog, catalog::List list);

/// For parts/list-form.html: the record's words or, after a refused save, those that were typed. Where the list was changed
/// meanwhile, what was added to it since comes behind them, so that saving again loses nothing.
nlohmann::json list_form_view(Naming const& naming, ListKnowledge const& known, SentList const* typed);

} // namespace tarina::server
