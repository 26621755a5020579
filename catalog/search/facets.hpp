// What stories are filtered, counted and sorted by, in memory: some 150 bytes a story.
#pragma once
#include "catalog/search/fair_mutex.hpp"
#include "catalog/search/index.hpp"
#include <array>
#include <optional>
#include <unordered_map>

namespace tarina::catalog {

/// The numbers are stored in search.sqlite (story.codes); append only.
enum class Facet { field, institution, unit, language, captions, tag, length, year, plain_language };
constexpr std::size_t facet_count = 9;
/// Tags are free text: a large archive has more of them than anybody reads. The commonest, and those asked for.
constexpr std::size_t most_tags = 100;

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

/// Safe from any thread. Rows are numbered from 1 with few gaps: they index an array.
class FacetTable {
public:
  void put(std::int64_t row, StoryRow const&);
  void erase(std::int64_t row);
  void clear();
  std::int64_t size() const;
  /// Looks through all of them.
  std::optional<std::int64_t> row_of(std::string_view story) const;

  struct Page {
    std::int64_t total = 0;      // matches that pass every filter
    std::vector<Ranked> stories; // at most `limit` of them, in order
    bool more = false;
    SearchFacets facets;
  };
  /// The page behind `last`, or the first one. `matches` null: every story. Rows that are not here are passed over: they
  /// were removed a moment ago.
  Page select(std::vector<Match> const* matches, SearchQuery const&, SearchSort, std::optional<Ranked> const& last,
              std::size_t limit) const;

private:
  using Code = std::uint32_t;
  struct Row {
    std::string id; // empty: no such row
    std::int64_t published_ms = 0, duration_ms = 0;
    std::uint32_t first = 0, count = 0; // in pool_
  };
  struct Name {
    Facet facet{};
    std::string text;
  };
  void take_codes(Row&, StoryRow const&);
  void pack();

  mutable FairMutex mutex_;
  std::vector<Row> rows_; // by row number
  std::int64_t size_ = 0;
  std::vector<Code> pool_; // every row's codes, side by side
  std::size_t unused_ = 0; // codes in pool_ that no row has any more
  std::array<std::unordered_map<std::string, Code>, facet_count> codes_;
  std::vector<Name> names_; // by code
};

} // namespace tarina::catalog
