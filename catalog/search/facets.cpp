#include "catalog/search/facets.hpp"
#include "catalog/search/cursor.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <bit>
#include <fmt/format.h>
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

std::string length_of(std::chrono::milliseconds duration) {
  using namespace std::chrono_literals;
  return duration < 3min ? "short" : duration < 10min ? "medium" : "long";
}

std::string year_of(std::chrono::sys_time<std::chrono::milliseconds> time) {
  std::chrono::year_month_day const day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}", static_cast<int>(day.year()));
}

constexpr char const* is_plain = "yes";

/// The query's filters in the order of Facet. Tags are free text: their case does not matter.
std::array<std::vector<std::string>, facet_count> filters_of(SearchQuery const& q) {
  return {q.fields,       q.institutions, q.units, q.languages,
          q.captions,     folded(q.tags), q.lengths, q.years,
          q.plain_language ? std::vector<std::string>{is_plain} : std::vector<std::string>{}};
}

bool more_frequent(FacetCount const& a, FacetCount const& b) { return a.count != b.count ? a.count > b.count : a.code < b.code; }

} // namespace

StoryRow row_of(StoryDocument const& d) {
  return {d.id,
          d.revision,
          d.published.time_since_epoch().count(),
          d.duration.count(),
          {sorted(d.fields), sorted({d.institution}), sorted({d.unit}), sorted(d.languages), sorted(d.captions),
           sorted(folded(d.tags)), {length_of(d.duration)}, {year_of(d.published)},
           sorted({d.plain_language ? is_plain : ""})}};
}

/// Where a changed story has no more codes than before they stay in place; otherwise they go to the end.
void FacetTable::take_codes(Row& row, StoryRow const& from) {
  std::vector<Code> fresh;
  for (std::size_t facet = 0; facet < facet_count; ++facet)
    for (auto const& name : from.codes[facet]) {
      auto const [at, is_new] = codes_[facet].emplace(name, static_cast<Code>(names_.size()));
      if (is_new) names_.push_back({static_cast<Facet>(facet), name});
      fresh.push_back(at->second);
    }
  auto const count = static_cast<std::uint32_t>(fresh.size());
  if (count > row.count) {
    unused_ += row.count;
    row.first = static_cast<std::uint32_t>(pool_.size());
    pool_.resize(pool_.size() + count);
  } else {
    unused_ += row.count - count;
  }
  row.count = count;
  std::copy(fresh.begin(), fresh.end(), pool_.begin() + row.first);
}

void FacetTable::pack() {
  std::vector<Code> packed;
  packed.reserve(pool_.size() - unused_);
  for (auto& row : rows_) {
    auto const begin = pool_.begin() + row.first;
    row.first = static_cast<std::uint32_t>(packed.size());
    packed.insert(packed.end(), begin, begin + row.count);
  }
  pool_ = std::move(packed);
  unused_ = 0;
}

void FacetTable::put(std::int64_t id, StoryRow const& from) {
  std::unique_lock lock(mutex_);
  auto const at = static_cast<std::size_t>(id);
  if (at >= rows_.size()) rows_.resize(at + 1);
  auto& row = rows_[at];
  if (row.id.empty()) ++size_;
  row.id = from.id;
  row.published_ms = from.published_ms;
  row.duration_ms = from.duration_ms;
  take_codes(row, from);
  if (unused_ > 1000 && unused_ > pool_.size() / 2) pack();
}

void FacetTable::erase(std::int64_t id) {
  std::unique_lock lock(mutex_);
  auto const at = static_cast<std::size_t>(id);
  if (at >= rows_.size() || rows_[at].id.empty()) return;
  unused_ += rows_[at].count;
  rows_[at] = {};
  --size_;
}

void FacetTable::clear() {
  std::unique_lock lock(mutex_);
  rows_.clear();
  pool_.clear();
  names_.clear();
  codes_ = {};
  size_ = 0;
  unused_ = 0;
}

std::int64_t FacetTable::size() const {
  std::shared_lock lock(mutex_);
  return size_;
}

std::optional<std::int64_t> FacetTable::row_of(std::string_view story) const {
  std::shared_lock lock(mutex_);
  auto const found = std::find_if(rows_.begin(), rows_.end(), [&](Row const& row) { return row.id == story; });
  if (story.empty() || found == rows_.end()) return std::nullopt;
  return found - rows_.begin();
}

FacetTable::Page FacetTable::select(std::vector<Match> const* matches, SearchQuery const& query, SearchSort sort,
                                    std::optional<Ranked> const& last, std::size_t limit) const {
  std::shared_lock lock(mutex_);
  auto const wanted = filters_of(query);
  unsigned asked = 0;                                  // bits: facets that are filtered by
  std::vector<unsigned> answers(names_.size(), 0);     // by code: the bit of the filter that it satisfies
  std::vector<std::int64_t> counts(names_.size(), 0);
  for (std::size_t facet = 0; facet < facet_count; ++facet)
    for (auto const& name : wanted[facet]) {
      asked |= 1u << facet;
      if (auto const found = codes_[facet].find(name); found != codes_[facet].end()) answers[found->second] = 1u << facet;
    }

  Page page;
  std::vector<Ranked> passed;
  auto look = [&](std::int64_t id, double score) {
    auto const& row = rows_[static_cast<std::size_t>(id)];
    if (row.id.empty()) return;
    auto const* const codes = pool_.data() + row.first;
    unsigned answered = 0;
    if (asked)
      for (std::uint32_t i = 0; i < row.count; ++i) answered |= answers[codes[i]];
    // A story that fails one filter alone still counts in that filter's own facet; failing two, nowhere.
    unsigned const failed = asked & ~answered;
    if (failed == 0) {
      for (std::uint32_t i = 0; i < row.count; ++i) ++counts[codes[i]];
      passed.push_back({id, score, row.published_ms, row.duration_ms, row.id});
    } else if (std::has_single_bit(failed)) {
      auto const own = static_cast<Facet>(std::countr_zero(failed));
      for (std::uint32_t i = 0; i < row.count; ++i) counts[codes[i]] += names_[codes[i]].facet == own;
    }
  };
  if (matches) {
    passed.reserve(matches->size());
    for (auto const& match : *matches)
      if (static_cast<std::size_t>(match.row) < rows_.size()) look(match.row, match.score);
  } else {
    passed.reserve(static_cast<std::size_t>(size_));
    for (std::size_t id = 0; id < rows_.size(); ++id) look(static_cast<std::int64_t>(id), 0);
  }
  page.total = static_cast<std::int64_t>(passed.size());

  if (last) {
    // A story published meanwhile changes every score a little: the last story itself is the better mark.
    auto const same = std::find_if(passed.begin(), passed.end(), [&](Ranked const& r) { return r.id == last->id; });
    auto const mark = same == passed.end() ? *last : *same;
    std::erase_if(passed, [&](Ranked const& r) { return !comes_before(sort, mark, r); });
  }
  auto const shown = std::min(limit, passed.size());
  page.more = passed.size() > shown;
  std::partial_sort(passed.begin(), passed.begin() + static_cast<std::ptrdiff_t>(shown), passed.end(),
                    [&](Ranked const& a, Ranked const& b) { return comes_before(sort, a, b); });
  passed.resize(shown);
  page.stories = std::move(passed);

  auto& f = page.facets;
  std::array<std::vector<FacetCount>*, facet_count> const into{&f.field, &f.institution, &f.unit, &f.language, &f.captions,
                                                               &f.tag,   &f.length,      &f.year, nullptr};
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0) continue;
    if (auto* const list = into[static_cast<std::size_t>(names_[c].facet)]) list->push_back({names_[c].text, counts[c]});
    else f.plain_language = counts[c];
  }
  for (auto* const list : into)
    if (list) std::sort(list->begin(), list->end(), more_frequent);
  if (f.tag.size() > most_tags) {
    auto const& asked_for = wanted[static_cast<std::size_t>(Facet::tag)];
    std::vector<FacetCount> kept(f.tag.begin(), f.tag.begin() + most_tags);
    for (auto tag = f.tag.begin() + most_tags; tag != f.tag.end(); ++tag)
      if (std::find(asked_for.begin(), asked_for.end(), tag->code) != asked_for.end()) kept.push_back(*tag);
    f.tag = std::move(kept);
  }
  return page;
}

} // namespace tarina::catalog
