// SearchIndex::suggestions.
#include "catalog/search/matches.hpp"
#include "catalog/search/query.hpp"
#include "catalog/search/state.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

constexpr std::size_t longest_typed = 200; // bytes
constexpr std::size_t most_typed = 8;      // words
constexpr int most_counted = 100;          // stories that several words have together: beyond, the number is a least one

bool is_name(Suggestion::Kind kind) { return kind == Suggestion::Kind::occupation || kind == Suggestion::Kind::field; }

/// Names first, then words, then stories; each kind leaves room for the others.
std::vector<Suggestion> mixed(std::vector<Suggestion> const& all, std::size_t limit) {
  auto const share = (limit + 2) / 3;
  std::vector<Suggestion> chosen;
  auto take = [&](auto const& wanted, std::size_t most) {
    std::size_t taken = 0;
    for (auto const& s : all) {
      if (taken == most || chosen.size() == limit) break;
      if (!wanted(s) || std::any_of(chosen.begin(), chosen.end(), [&](auto const& c) { return c.kind == s.kind && c.text == s.text && c.code == s.code; }))
        continue;
      chosen.push_back(s);
      ++taken;
    }
  };
  auto const name = [](Suggestion const& s) { return is_name(s.kind); };
  auto const word = [](Suggestion const& s) { return s.kind == Suggestion::Kind::word; };
  auto const story = [](Suggestion const& s) { return s.kind == Suggestion::Kind::story; };
  take(name, share);
  take(word, share);
  take(story, limit);
  take(word, limit);
  take(name, limit);
  std::stable_sort(chosen.begin(), chosen.end(), [](Suggestion const& a, Suggestion const& b) {
    auto const place = [](Suggestion const& s) { return is_name(s.kind) ? 0 : s.kind == Suggestion::Kind::word ? 1 : 2; };
    return place(a) < place(b);
  });
  return chosen;
}

} // namespace

std::vector<Suggestion> SearchIndex::suggestions(SuggestionQuery const& query) const {
  auto& state = *state_;
  auto const text = std::string_view(query.text).substr(0, longest_typed);
  std::vector<std::string> typed, shown;
  for (auto const& word : split_words(text)) {
    shown.emplace_back(word.in(text));
    typed.push_back(fold(shown.back()));
  }
  if (typed.empty() || typed.size() > most_typed || to_utf32(typed.back()).size() < 2) return {};
  auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 20));
  auto const own = index_language(query.page_language);
  std::string before; // the finished words, as typed
  for (std::size_t i = 0; i + 1 < shown.size(); ++i) before += shown[i] + " ";
  auto const finished = query_words(before);

  std::shared_lock files(state.files);
  for (bool dotless : {false, true}) {
    auto all = state.tables->suggestions.names(typed, own, dotless, limit);
    std::vector<std::string> names; // a word that is an occupation's whole name would only repeat it
    for (auto const& s : all)
      if (is_name(s.kind)) names.push_back(fold(s.text));
    std::vector<VocabularyWord> words; // none of a broken index, which may know words of a story that had to go
    for (std::size_t i = 0; !state.broken && i < word_languages && words.size() < limit; ++i) {
      auto const language = i == 0 ? own : i <= own ? i - 1 : i;
      for (auto& word : state.tables->suggestions.words(typed.back(), language, dotless, limit))
        if (std::none_of(words.begin(), words.end(), [&](auto const& w) { return w.text == word.text; })) words.push_back(std::move(word));
    }
    if (finished.empty()) {
      for (auto& word : words)
        if (std::find(names.begin(), names.end(), word.text) == names.end())
          all.push_back({Suggestion::Kind::word, before + word.text, {}, word.stories});
    } else {
      state.read([&](SearchConnection& connection) {
        for (auto const& word : words) {
          auto together = finished;
          together.push_back(word.text);
          if (auto const stories = count_stories(connection.database, together, most_counted); stories > 0)
            all.push_back({Suggestion::Kind::word, before + word.text, {}, stories});
        }
      });
    }
    if (!all.empty()) return mixed(all, limit);
  }
  return {};
}

} // namespace tarina::catalog
