// SearchIndex::search and ::moments.
#include "catalog/search/cursor.hpp"
#include "catalog/search/index.hpp"
#include "catalog/search/moments.hpp"
#include "catalog/search/query.hpp"
#include "catalog/search/rows.hpp"
#include "catalog/search/schema.hpp"
#include "catalog/search/state.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::catalog {
namespace {

constexpr int most_hits = 100;
constexpr int most_corrected = 4; // words: a query with more is no slip of the pen

/// Every story with all the words in one language's row; the best language counts.
std::vector<Match> match_stories(Database& database, std::string const& query, std::string_view page_language) {
  std::unordered_map<std::int64_t, double> scores;
  for (auto language : index_languages) {
    // The reader's own language breaks what would be a tie.
    double const nearness = language == page_language ? 1.01 : 1.0;
    auto rows = database.query(
        fmt::format("SELECT rowid, story_rank(story_{0}) FROM story_{0} WHERE story_{0} MATCH ?1", language), query);
    while (rows.step()) {
      auto const row = rows.integer();
      auto& score = scores[row];
      score = std::max(score, rows.real() * nearness);
    }
  }
  std::vector<Match> matches;
  matches.reserve(scores.size());
  for (auto const& [row, score] : scores) matches.push_back({row, score});
  return matches;
}

/// The story's cue groups with the most different words. `all`: every cue with a hit, not only each group's first.
std::vector<Moment> find_moments(Database& database, std::int64_t story, std::string const& any_word, int limit, bool all) {
  struct Group { int words; std::int64_t id; std::string marked, language, cues; };
  std::vector<Group> groups;
  auto const first = story * moments_per_story;
  for (auto language : index_languages) {
    // "+rowid" is not asked for: FTS5 walks only the range it is given.
    auto rows = database.query(
        fmt::format("SELECT words_hit(moment_{0}), moment_{0}.rowid, highlight(moment_{0}, 0, char(2), char(3)), moment.language, "
                    "moment.cues FROM moment_{0} JOIN moment ON moment.id = moment_{0}.rowid "
                    "WHERE moment_{0} MATCH ?1 AND moment_{0}.rowid BETWEEN ?2 AND ?3",
                    language),
        any_word, first, first + moments_per_story - 1);
    while (rows.step()) {
      Group group;
      group.words = rows.number();
      group.id = rows.integer();
      group.marked = rows.text();
      group.language = rows.text();
      group.cues = rows.text();
      groups.push_back(std::move(group));
    }
  }
  int most = 0;
  for (auto const& group : groups) most = std::max(most, group.words);
  std::erase_if(groups, [&](Group const& g) { return g.words < most; });
  std::vector<Moment> moments;
  auto is_new = [&](Moment const& m) {
    return std::none_of(moments.begin(), moments.end(), [&](Moment const& other) {
      return other.language == m.language && (other.start == m.start || other.html == m.html);
    });
  };
  for (auto const& group : groups) {
    auto found = read_moments(group.marked, read_times(group.cues), group.language);
    if (!all && found.size() > 1) found.resize(1);
    for (auto& moment : found)
      if (is_new(moment)) moments.push_back(std::move(moment));
  }
  std::stable_sort(moments.begin(), moments.end(), [](Moment const& a, Moment const& b) { return a.start < b.start; });
  if (moments.size() > static_cast<std::size_t>(std::max(limit, 0))) moments.resize(static_cast<std::size_t>(std::max(limit, 0)));
  return moments;
}

bool is_known(Database& database, std::string const& word) {
  auto const query = match_all({word});
  for (auto language : index_languages) {
    auto found = database.query(fmt::format("SELECT 1 FROM story_{0} WHERE story_{0} MATCH ?1 LIMIT 1", language), query);
    if (found.step()) return true;
  }
  return false;
}

/// The query with its unknown words put right, or empty when one cannot be, or all are known.
std::string suggest(Database& database, std::vector<std::string> const& words, SuggestionTable const& known, std::string_view page_language) {
  std::string text;
  int changed = 0;
  auto const own = index_language(page_language);
  for (auto const& word : words) {
    auto better = word;
    if (!is_known(database, word)) {
      if (++changed > most_corrected) return {};
      better = known.nearest(word, own);
      for (std::size_t other = 0; better.empty() && other < word_languages; ++other)
        if (other != own) better = known.nearest(word, other);
      if (better.empty()) return {};
    }
    text += (text.empty() ? "" : " ") + better;
  }
  return changed ? text : std::string();
}

} // namespace

result<SearchResult> SearchIndex::search(SearchQuery const& query) const {
  auto& state = *state_;
  auto const words = query_words(query.text);
  bool const listing = query.text.find_first_not_of(" \t\r\n\f\v") == query.text.npos;
  auto const sort = listing && query.sort == SearchSort::relevance ? SearchSort::newest : query.sort;
  std::optional<Ranked> last;
  if (!query.cursor.empty() && !(last = read_cursor(sort, query.cursor)))
    return Error{Errc::invalid, "search.cursor", "the cursor does not belong to this search"};
  std::shared_lock files(state.files);
  return state.readers->read([&](SearchConnection& connection) -> result<SearchResult> {
    auto& database = connection.database;
    SearchResult result;
    std::vector<Match> matches;
    if (!listing && !words.empty()) matches = match_stories(database, match_all(words, query.as_you_type), query.page_language);
    auto page = state.facets.select(listing ? nullptr : &matches, query, sort, last, static_cast<std::size_t>(std::clamp(query.limit, 1, most_hits)));
    result.facets = std::move(page.facets);
    result.total = page.total;
    for (auto const& story : page.stories) {
      SearchHit hit{story.id, {}, story.score};
      if (!words.empty() && query.moments > 0)
        hit.moments = find_moments(database, story.row, match_any(words, query.as_you_type), query.moments, false);
      result.hits.push_back(std::move(hit));
    }
    if (page.more) result.next = write_cursor(sort, page.stories.back());
    if (matches.empty() && !words.empty()) result.suggestion = suggest(database, words, state.suggestions, query.page_language);
    return result;
  });
}

std::vector<Moment> SearchIndex::moments(std::string_view story, std::string_view text, int limit) const {
  auto const words = query_words(text);
  if (words.empty()) return {};
  std::shared_lock files(state_->files);
  return state_->readers->read([&](SearchConnection& connection) -> std::vector<Moment> {
    auto const row = find_story_row(connection.database, story);
    if (!row) return {};
    return find_moments(connection.database, *row, match_any(words), limit, true);
  });
}

} // namespace tarina::catalog
