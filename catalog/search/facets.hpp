// What stories are filtered, counted and sorted by, in memory: some 100 bytes a story.
#pragma once
#include "catalog/search/fair_mutex.hpp"
#include "catalog/search/index.hpp"
#include <array>
#include <unordered_map>

namespace tarina::catalog {

/// The order is stored in search.sqlite (story_code.kind); append only.
enum class Facet { field, institution, unit, language, captions, tag };
constexpr std::size_t facet_count = 6;

/// A story as its index row has it.
struct StoryRow {
  std::string id; // public
  std::int64_t revision = 0, published_ms = 0, duration_ms = 0;
  std::array<std::vector<std::string>, facet_count> codes; // each sorted, without repetition
};

StoryRow row_of(StoryDocument const&);

/// A story that a query matched.
struct Match {
  std::int64_t row = 0;
  double score = 0;
};

/// A story that passes, in the order wanted.
struct Ranked {
  std::int64_t row = 0;
  double score = 0;
  std::int64_t published_ms = 0, duration_ms = 0;
  std::string id;
};

/// Safe from any thread.
class FacetTable {
public:
  void put(std::int64_t row, StoryRow const&);
  void erase(std::int64_t row);
  void clear();
  std::int64_t size() const;
  std::vector<Match> everything() const;

  struct Selection {
    std::vector<Ranked> stories; // unsorted; matches that pass every filter
    SearchFacets facets;
  };
  /// Rows that are not here are passed over: they were removed a moment ago.
  Selection select(std::vector<Match> const&, SearchQuery const&) const;

private:
  using Code = std::uint32_t;
  struct Row {
    std::string id;
    std::int64_t published_ms = 0, duration_ms = 0;
    std::array<std::vector<Code>, facet_count> codes;
  };
  struct Names {
    std::unordered_map<std::string, Code> codes;
    std::vector<std::string> names;
  };

  mutable FairMutex mutex_;
  std::unordered_map<std::int64_t, Row> rows_;
  std::array<Names, facet_count> names_;
};

} // namespace tarina::catalog
