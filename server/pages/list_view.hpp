// Lists as templates see them: what a door may show of them, and nothing of what it may not.
#pragma once
#include "catalog/lists.hpp"
#include "server/pages/story_view.hpp"

namespace tarina::server {

/// An item whose story access() allowed for the door's use.
struct ShownItem {
  catalog::ListItem item;
  catalog::StoryCard card;
};

struct ShownList {
  catalog::List list;
  std::vector<ShownItem> items; // in order; stories that may not be shown here are left out
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};

ShownList shown_list(catalog::Catalog& catalog, catalog::List list, catalog::Use use);
/// Of a public list: the errors of Lists::list.
result<ShownList> find_shown_list(catalog::Catalog& catalog, std::string const& id, catalog::Use use);

/// "0:06–0:20", within the story; the story's length for all of it.
std::string clip_words(catalog::ListItem const& item, std::chrono::milliseconds duration);
/// How long it takes: of the clip, within the story.
std::chrono::milliseconds clip_length(catalog::ListItem const& item, std::chrono::milliseconds duration);
/// "/stories/{id}?t=6"
std::string clip_href(catalog::ListItem const& item);

/// number, item, card (as card_view), title, href, clip, note, question (paragraphs), any_note, any_question.
nlohmann::json item_view(Naming const& naming, ShownItem const& shown, int number);
nlohmann::json item_views(Naming const& naming, ShownList const& shown);

/// id, title, description (paragraphs), words_lang (when not the page's), count_words, length_words, items, any, and the
/// addresses: address (read), class_href, print_href, embed_href; for lists, collections and their printed form.
nlohmann::json list_view(Naming const& naming, ShownList const& shown, std::string const& origin);

/// Cards of collections: href, title, lang, description, count_words, by, posters.
nlohmann::json collection_views(Naming const& naming, catalog::Catalog& catalog, std::vector<catalog::ListSummary> const& collections);

} // namespace tarina::server
