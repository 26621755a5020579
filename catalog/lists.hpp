// Lists of stories and clips: a teacher's lesson list, and an editor's public collection.
#pragma once
#include "catalog/catalog.hpp"
#include <optional>
#include <string>
#include <vector>

namespace tarina::catalog {

enum class ListKind { lesson, collection };

/// A whole story, or the part of it between two times.
struct ListItem {
  std::string id;       // within the list; empty for one that is added
  std::string story;    // public id; empty once the story was erased
  std::optional<milliseconds> start;
  std::optional<milliseconds> end; // after `start`; one behind the story's end is kept as the story's end
  std::string note;     // at most 1000 characters: read before the clip
  std::string question; // at most 1000 characters: talked about after it
};

/// What its keeper writes.
struct ListContents {
  std::string title;          // 1…200 characters, some of them visible, none that turns the text around
  std::string description;    // at most 2000
  std::string language = "fi"; // of the words: "fi", "sv", "en"
  std::vector<ListItem> items; // at most 100, in order; all words of the list together at most 64 KiB
};

struct List {
  std::string id;
  ListKind kind = ListKind::lesson;
  std::string institution; // of a collection; empty: everybody's
  bool published = false;  // of a collection
  std::int64_t revision = 1; // rises with every change
  ListContents contents;   // items whose stories nobody may see are still in here: ask cards() for each use
  Time created_at{};
  Time changed_at{};
};

struct ListSummary {
  std::string id;
  std::string title;
  std::string description;
  std::string language;
  std::string institution;
  bool published = false;
  int items = 0; // in published_collections() only those that people may watch now
  Time changed_at{};
  std::vector<std::string> stories; // the first few that people may watch now
};

struct CreatedList {
  std::string id;
  std::string token; // of the edit link; kept only as a hash
};

/// Who changes a list: whoever holds a lesson list's edit link, or a person with an account for a collection.
struct ListKeeper {
  std::string token;
  Actor actor;
  std::string collection; // public id
  static ListKeeper by_link(std::string token) { return {std::move(token), {}, {}}; }
  static ListKeeper curator(Actor actor, std::string id) { return {{}, std::move(actor), std::move(id)}; }
};

/// Part of the Catalog, in a header of its own; made where it is needed: `Lists(catalog).list(id)`. The same promises:
/// calls block, changes are durable when they return.
/// Lists without a story go a month after they were last changed; others stay until their keeper deletes them.
class Lists {
public:
  explicit Lists(Catalog& catalog) : state_(*catalog.state_) {}

  /// A lesson list, from anybody. Errc::invalid "list.title_missing", "list.title_unreadable", "list.title_too_long",
  /// "list.text_too_long", "list.too_much_text", "list.too_many_items", "list.time_invalid", "list.story_unknown", "list.language_unknown".
  result<CreatedList> create(ListContents const&);
  /// For everybody: a lesson list, or a published collection. Errc::not_found "list.unknown".
  result<List> list(std::string const& id) const;
  /// For its keeper, published or not. Errc::not_found "list.unknown", "list.link_unknown".
  result<List> open(ListKeeper const&) const;
  /// Replaces the contents; gives the new revision. An item with a known id keeps its story, also one that may not be seen
  /// at present. Errc::conflict "list.changed_meanwhile"; the errors of create() and open().
  result<std::int64_t> save(ListKeeper const&, ListContents const&, std::int64_t expected_revision);
  /// One more at the end; gives the item's id. The errors of create() and open().
  result<std::string> add(ListKeeper const&, ListItem const&);
  result<void> remove(ListKeeper const&);

  /// Editors and above, for their own institution, or for everybody when they see all of them. Errc::invalid
  /// "list.institution_unknown" and the errors of create().
  result<std::string> create_collection(Actor const&, std::string const& institution, ListContents const&);
  std::vector<ListSummary> collections(Actor const&) const;              // in scope, by title
  /// Errc::conflict "list.empty": a collection without a story is not published.
  result<void> set_published(Actor const&, std::string const& id, bool published);
  std::vector<ListSummary> published_collections(int limit) const;       // the most recently changed first; none without a story to watch

private:
  Catalog::State& state_;
};

} // namespace tarina::catalog
