// SearchIndex::search and ::moments.
#include "catalog/search/cursor.hpp"
#include "catalog/search/index.hpp"
#include "catalog/search/matches.hpp"
#include "catalog/search/moments.hpp"
#include "catalog/search/query.hpp"
#include "catalog/search/rows.hpp"
#include "catalog/search/state.hpp"
#include "catalog/search/suggestion.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

constexpr int most_hits = 100;
constexpr int most_corrected = 4;    // words: a query with more is no slip of the pen
constexpr std::int64_t nearly_nothing = 2; // stories: with no more, something else may have been meant
constexpr std::int64_t clearly_more = 5;   // times as many, to be proposed instead of what was found

/// The nearest written form of a Finnish word that stories have, or empty. The table of known words has base forms only, to
/// which the slip of an inflected compound ("lähihoitajksi") and its ending together are too far.
std::string nearest_form(SearchConnection& connection, std::string const& word) {
  NearestWord nearest(word);
  for (auto const& form : connection.analysers.finnish.spellings(word))
    if (form.find(' ') == form.npos)
      if (auto const stories = count_stories(connection.database, {form}, most_hits); stories > 0) nearest.consider(fold(form), stories);
  return nearest.best();
}

/// The query with its unknown words put right, or empty when one cannot be. Where all words are known but find nearly
/// nothing together, a rare one may be wrong by one letter; then what is proposed must find clearly more.
std::string suggest(SearchConnection& connection, std::vector<std::string> const& words, std::int64_t found, SuggestionTable const& known,
                    std::string_view page_language) {
  auto& database = connection.database;
  std::vector<std::int64_t> stories;
  for (auto const& word : words) stories.push_back(count_stories(database, {word}, nearly_nothing + 1));
  bool const all_known = std::find(stories.begin(), stories.end(), 0) == stories.end();
  auto const errors = all_known ? NearestWord::one_error : NearestWord::by_length;
  auto const own = index_language(page_language);
  auto better = words;
  int changed = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (stories[i] > (all_known ? nearly_nothing : 0)) continue;
    if (++changed > most_corrected) return {};
    auto nearest = known.nearest(words[i], own, errors);
    for (std::size_t other = 0; nearest.empty() && other < word_languages; ++other)
      if (other != own) nearest = known.nearest(words[i], other, errors);
    if (nearest.empty() && stories[i] == 0) nearest = nearest_form(connection, words[i]);
    if (!nearest.empty()) better[i] = std::move(nearest);
    else if (!all_known) return {};
  }
  if (better == words) return {};
  auto const enough = std::max<std::int64_t>(found, 1) * clearly_more;
  if (all_known && count_stories(database, better, enough) < enough) return {};
  std::string text;
  for (auto const& word : better) text += (text.empty() ? "" : " ") + word;
  return text;
}

} // namespace

result<SearchResult> SearchIndex::search(SearchQuery const& query) const {
  auto& state = *state_;
  bool const listing = query.text.find_first_not_of(" \t\r\n\f\v") == query.text.npos;
  auto const sort = listing && query.sort == SearchSort::relevance ? SearchSort::newest : query.sort;
  std::optional<Ranked> last;
  if (!query.cursor.empty() && !(last = read_cursor(sort, query.cursor)))
    return Error{Errc::invalid, "search.cursor", "the cursor does not belong to this search"};
  auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, most_hits));
  std::shared_lock files(state.files);
  auto asked = wanted(query.text, query.as_you_type, state.tables->suggestions);
  bool const reads_swedish = query.page_language == "sv";
  return state.read([&](SearchConnection& connection) -> result<SearchResult> {
    std::vector<Match> matches;
    if (!asked.words.empty()) {
      if (reads_swedish && !query.as_you_type) add_compounds(connection.database, asked, true);
      matches = match_stories(connection, asked, query.page_language);
      // Others are shown them only when there is nothing else.
      if (matches.empty() && !reads_swedish && !query.as_you_type && add_compounds(connection.database, asked, false))
        matches = match_stories(connection, asked, query.page_language);
    }
    auto page = state.tables->facets.select(listing ? nullptr : &matches, query, sort, last, limit);
    SearchResult result;
    result.facets = std::move(page.facets);
    result.total = page.total;
    for (auto const& story : page.stories) {
      SearchHit hit{story.id, {}, story.score};
      if (!asked.words.empty() && query.moments > 0) hit.moments = find_moments(connection, story.row, asked, query.page_language, query.moments, false);
      result.hits.push_back(std::move(hit));
    }
    if (page.more) result.next = write_cursor(sort, page.stories.back());
    auto const found = static_cast<std::int64_t>(matches.size());
    if (!asked.words.empty() && !last && found <= nearly_nothing && !state.broken)
      result.suggestion = suggest(connection, asked.words, found, state.tables->suggestions, query.page_language);
    return result;
  });
}

std::vector<Moment> SearchIndex::moments(std::string_view story, std::string_view text, int limit) const {
  std::shared_lock files(state_->files);
  auto asked = wanted(text, false, state_->tables->suggestions);
  if (asked.words.empty()) return {};
  return state_->read([&](SearchConnection& connection) -> std::vector<Moment> {
    auto const row = find_story_row(connection.database, story);
    if (!row) return {};
    add_compounds(connection.database, asked, true);
    return find_moments(connection, *row, asked, {}, limit, true);
  });
}

} // namespace tarina::catalog
