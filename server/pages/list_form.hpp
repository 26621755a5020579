// The form in which a list is edited: one form for everything, so that no button loses what was typed beside it.
#pragma once
#include "server/pages/list_view.hpp"
#include "server/request.hpp"

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

/// What the form says after its button was pressed: save, up:{item}, down:{item}, remove:{item} or add.
struct SentList {
  catalog::ListContents contents; // stories of items by id are the record's to fill in
  std::int64_t revision = 0;
  std::string touched;            // the item to come back to
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

/// For parts/list-form.html: `contents` are the record's or, after a refused save, what was typed.
nlohmann::json list_form_view(Naming const& naming, ListKnowledge const& known, catalog::ListContents const& contents);

} // namespace tarina::server
