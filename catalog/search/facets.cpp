#include "catalog/search/facets.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <mutex>

namespace tarina::catalog {
namespace {

std::vector<std::string> sorted(std::vector<std::string> codes) {
  std::erase(codes, "");
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::vector<std::string> folded(std::vector<std::string> tags) {
  for (auto& tag : tags) tag = fold(tag);
  return tags;
}

/// The query's filters in the order of Facet. Tags are free text: their case does not matter.
std::array<std::vector<std::string>, facet_count> filters_of(SearchQuery const& q) {
  return {q.fields, q.institutions, q.units, q.languages, q.captions, folded(q.tags)};
}

} // namespace

StoryRow row_of(StoryDocument const& d) {
  return {d.id, d.revision, d.published.time_since_epoch().count(), d.duration.count(),
          {sorted(d.fields), sorted({d.institution}), sorted({d.unit}), sorted(d.languages), sorted(d.captions),
           sorted(folded(d.tags))}};
}

void FacetTable::put(std::int64_t id, StoryRow const& from) {
  std::unique_lock lock(mutex_);
  Row row{from.id, from.published_ms, from.duration_ms, {}};
  for (std::size_t facet = 0; facet < facet_count; ++facet)
    for (auto const& name : from.codes[facet]) {
      auto& names = names_[facet];
      auto const [at, fresh] = names.codes.emplace(name, static_cast<Code>(names.names.size()));
      if (fresh) names.names.push_back(name);
      row.codes[facet].push_back(at->second);
    }
  rows_[id] = std::move(row);
}

void FacetTable::erase(std::int64_t row) {
  std::unique_lock lock(mutex_);
  rows_.erase(row);
}

void FacetTable::clear() {
  std::unique_lock lock(mutex_);
  rows_.clear();
  names_ = {};
}

std::int64_t FacetTable::size() const {
  std::shared_lock lock(mutex_);
  return static_cast<std::int64_t>(rows_.size());
}

std::vector<Match> FacetTable::everything() const {
  std::shared_lock lock(mutex_);
  std::vector<Match> all;
  all.reserve(rows_.size());
  for (auto const& [row, story] : rows_) all.push_back({row, 0});
  return all;
}

FacetTable::Selection FacetTable::select(std::vector<Match> const& matches, SearchQuery const& query) const {
  std::shared_lock lock(mutex_);
  Selection selection;
  auto const wanted = filters_of(query);
  std::array<std::vector<Code>, facet_count> filters;
  std::array<std::vector<std::int64_t>, facet_count> counts;
  for (std::size_t facet = 0; facet < facet_count; ++facet) {
    counts[facet].resize(names_[facet].names.size());
    for (auto const& name : wanted[facet]) {
      auto const found = names_[facet].codes.find(name);
      filters[facet].push_back(found == names_[facet].codes.end() ? static_cast<Code>(-1) : found->second);
    }
  }
  for (auto const& match : matches) {
    auto const found = rows_.find(match.row);
    if (found == rows_.end()) continue;
    auto const& row = found->second;
    // A story that fails one filter alone still counts in that filter's own facet; failing two, nowhere.
    std::size_t failed = facet_count, failures = 0;
    for (std::size_t facet = 0; facet < facet_count; ++facet) {
      auto const& codes = row.codes[facet];
      if (!filters[facet].empty() && std::none_of(filters[facet].begin(), filters[facet].end(), [&](Code c) {
            return std::find(codes.begin(), codes.end(), c) != codes.end();
          }))
        failed = facet, ++failures;
    }
    if (failures > 1) continue;
    for (std::size_t facet = 0; facet < facet_count; ++facet)
      if (failures == 0 || facet == failed)
        for (Code c : row.codes[facet]) ++counts[facet][c];
    if (failures == 0) selection.stories.push_back({match.row, match.score, row.published_ms, row.duration_ms, row.id});
  }
  std::array<std::vector<FacetCount>*, facet_count> const into{&selection.facets.field,    &selection.facets.institution,
                                                               &selection.facets.unit,     &selection.facets.language,
                                                               &selection.facets.captions, &selection.facets.tag};
  for (std::size_t facet = 0; facet < facet_count; ++facet) {
    for (std::size_t c = 0; c < counts[facet].size(); ++c)
      if (counts[facet][c] > 0) into[facet]->push_back({names_[facet].names[c], counts[facet][c]});
    std::sort(into[facet]->begin(), into[facet]->end(), [](auto const& a, auto const& b) {
      return a.count != b.count ? a.count > b.count : a.code < b.code;
    });
  }
  return selection;
}

} // namespace tarina::catalog
