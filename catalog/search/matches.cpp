#include "catalog/search/matches.hpp"
#include "catalog/search/query.hpp"
#include "catalog/search/swedish.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tarina::catalog {
namespace {

/// A name found in another language than it was typed in ranks below every literal hit: those score from 1 to below 10.
constexpr double worth_of_translation = 0.1;
constexpr std::size_t most_endings = 30; // words that an unfinished one may stand for

/// The best score of each row.
class Scores {
public:
  void note(std::int64_t row, double score) {
    auto const at = static_cast<std::size_t>(row);
    if (at >= scores_.size()) scores_.resize(std::max(at + 1, scores_.size() * 2), -1);
    if (scores_[at] < 0) rows_.push_back(row);
    scores_[at] = std::max(scores_[at], score);
  }
  std::vector<Match> take() const {
    std::vector<Match> matches;
    matches.reserve(rows_.size());
    for (auto const row : rows_) matches.push_back({row, scores_[static_cast<std::size_t>(row)]});
    return matches;
  }

private:
  std::vector<double> scores_; // by row; below 0: none yet
  std::vector<std::int64_t> rows_;
};

} // namespace

Wanted wanted(std::string_view text, bool as_you_type, SuggestionTable const& known) {
  Wanted w;
  w.words = query_words(text);
  if (w.words.empty()) return w;
  if (!as_you_type) {
    Translation const translation(w.words);
    w.all.fill(match_all(w.words));
    for (std::size_t i = 0; i < index_languages.size(); ++i) {
      w.translated[i] = translation.all(i);
      w.any[i] = translation.any(i);
      w.phrases[i] = translation.phrases(i);
    }
    return w;
  }
  w.plain = false;
  auto const head = match_all({w.words.begin(), w.words.end() - 1});
  for (std::size_t i = 0; i < index_languages.size(); ++i) {
    std::vector<std::string> endings{w.words.back()};
    for (auto& word : known.words(fold(w.words.back()), i, false, most_endings)) endings.push_back(std::move(word.text));
    // A beginning of no known word ("lähihoitajaks") is looked for as it is written.
    auto const last = match_any(endings, endings.size() == 1);
    w.all[i] = (head.empty() ? "" : head + " AND ") + "(" + last + ")";
    w.any[i] = match_any({w.words.begin(), w.words.end() - 1});
    w.any[i] += (w.any[i].empty() ? "" : " OR ") + last;
    for (std::size_t piece = 0; piece + 1 < w.words.size(); ++piece) w.phrases[i].push_back({piece, 0});
    for (std::size_t ending = 0; ending < endings.size(); ++ending) w.phrases[i].push_back({w.words.size() - 1, ending});
  }
  return w;
}

bool add_compounds(Database& database, Wanted& wanted, bool of_all) {
  static auto const swedish = index_language("sv");
  Translation translation(wanted.words);
  bool found = false;
  for (auto const& word : wanted.words) {
    if (!of_all && count_stories(database, {word}, 1) > 0) continue;
    auto const compounds = swedish_compounds(database, word);
    found |= !compounds.empty();
    translation.add(word, swedish, compounds);
  }
  if (!found) return false;
  wanted.translated[swedish] = translation.all(swedish);
  wanted.any[swedish] = translation.any(swedish);
  wanted.phrases[swedish] = translation.phrases(swedish);
  return true;
}

std::vector<Match> match_stories(SearchConnection& connection, Wanted const& wanted, std::string_view page_language) {
  Scores scores;
  auto& ranking = connection.ranking;
  for (std::size_t i = 0; i < index_languages.size(); ++i) {
    auto const language = index_languages[i];
    // The reader's own language breaks what would be a tie.
    double const nearness = language == page_language ? 1.01 : 1.0;
    ranking.words = wanted.plain ? &wanted.words : nullptr;
    ranking.counts = &connection.counts[i];
    if (wanted.plain && wanted.words.size() == 1) {
      std::vector<Match> found;
      ranking.all = &found;
      auto row = connection.database.query(fmt::format("SELECT story_ranks(story_{0}) FROM story_{0} WHERE story_{0} MATCH ?1 LIMIT 1", language), wanted.all[i]);
      row.step();
      ranking.all = nullptr;
      for (auto const& match : found) scores.note(match.row, match.score * nearness);
    } else {
      auto rows = connection.database.query(fmt::format("SELECT rowid, story_rank(story_{0}) FROM story_{0} WHERE story_{0} MATCH ?1", language), wanted.all[i]);
      while (rows.step()) {
        auto const row = rows.integer();
        scores.note(row, rows.real() * nearness);
      }
    }
    ranking.words = nullptr;
    ranking.counts = nullptr;
    if (wanted.translated[i].empty()) continue;
    auto rows = connection.database.query(fmt::format("SELECT rowid, story_rank(story_{0}) FROM story_{0} WHERE story_{0} MATCH ?1", language), wanted.translated[i]);
    while (rows.step()) {
      auto const row = rows.integer();
      scores.note(row, rows.real() * nearness * worth_of_translation);
    }
  }
  return scores.take();
}

std::int64_t count_stories(Database& database, std::vector<std::string> const& words, std::int64_t most) {
  auto const query = match_all(words);
  std::set<std::int64_t> stories;
  for (auto language : index_languages) {
    auto rows = database.query(fmt::format("SELECT rowid FROM story_{0} WHERE story_{0} MATCH ?1 LIMIT ?2", language), query, most);
    while (rows.step()) stories.insert(rows.integer());
  }
  return std::min(static_cast<std::int64_t>(stories.size()), most);
}

} // namespace tarina::catalog
