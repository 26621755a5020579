// What open catalogs harvest: stories whose tellers agreed to feeds, and what they must forget again.
#pragma once
#include "catalog/story.hpp"

namespace tarina::catalog {

/// A place in the order of harvesting: oldest change first, then by id.
struct HarvestPlace {
  Time changed_at{};
  std::string story;
};

/// Empty parts do not narrow. What was erased has lost its fields and belongs to each of them: a harvester that never
/// heard of it may ignore it, one that did must be told.
struct HarvestQuery {
  std::optional<Time> from;    // whole seconds, both included, compared with HarvestItem::stamp
  std::optional<Time> until;
  std::string institution;
  std::string unit;
  std::string field;           // broad or narrow code
  std::optional<HarvestPlace> after; // the last item of the page before
  int limit = 100;             // 1…1000
  bool whole = false;          // with `record` of what is not deleted
};

struct HarvestItem {
  HarvestPlace place;
  Time stamp{};                // changed_at, rounded up to a whole second: a change is never older than an answer that missed it
  bool deleted = false;        // was told to catalogs once, and may not be told any more
  bool erased = false;
  std::string institution;
  std::string unit;
  std::vector<std::string> fields;
  std::optional<Story> record; // with tracks in their newest checked versions
  std::string stream_key;      // of Use::feeds, with `record`
};

struct HarvestPage {
  std::vector<HarvestItem> items;
  int total = 0;               // without `after` and `limit`
  bool more = false;
};

} // namespace tarina::catalog
