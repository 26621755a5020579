#include "catalog/search/fts5.hpp"
#include "catalog/search/schema.hpp"
#include "catalog/search/tokenizer.hpp"
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace tarina::catalog {
namespace {

// What a hit in a column is worth. Steps are at least 1, the most that repetition can add.
constexpr double column_worth[story_column_count] = {8, 8, 6, 5, 3, 2, 1};

/// Kept by FTS5 for the time of one query.
struct Rarity {
  std::vector<double> of_word;
  double mean_length = 1;
};

int count_row(Fts5ExtensionApi const*, Fts5Context*, void* count) {
  ++*static_cast<sqlite3_int64*>(count);
  return SQLITE_OK;
}

Rarity* rarity(Fts5ExtensionApi const& api, Fts5Context* context) {
  if (auto* known = static_cast<Rarity*>(api.xGetAuxdata(context, 0))) return known;
  auto fresh = std::make_unique<Rarity>();
  sqlite3_int64 rows = 0, words = 0;
  api.xRowCount(context, &rows);
  api.xColumnTotalSize(context, -1, &words);
  fresh->mean_length = std::max(1.0, static_cast<double>(words) / static_cast<double>(std::max<sqlite3_int64>(rows, 1)));
  for (int i = 0; i < api.xPhraseCount(context); ++i) {
    sqlite3_int64 hits = 0;
    if (api.xQueryPhrase(context, i, &hits, count_row) != SQLITE_OK) return nullptr;
    // Never zero or less, unlike FTS5's bm25: a word that every story has still prefers those with it in the title.
    fresh->of_word.push_back(std::log(1 + (static_cast<double>(rows - hits) + 0.5) / (static_cast<double>(hits) + 0.5)));
  }
  auto* const kept = fresh.get();
  if (api.xSetAuxdata(context, fresh.release(), [](void* old) { delete static_cast<Rarity*>(old); }) != SQLITE_OK)
    return nullptr;
  return kept;
}

void story_rank(Fts5ExtensionApi const* api, Fts5Context* context, sqlite3_context* out, int, sqlite3_value**) {
  try {
    auto const* const rare = rarity(*api, context);
    if (!rare) return sqlite3_result_error_nomem(out);
    struct Seen { double worth = 0, count = 0; };
    std::vector<Seen> seen(rare->of_word.size());
    int hits = 0, length = 0;
    if (api->xInstCount(context, &hits) != SQLITE_OK) return sqlite3_result_error_nomem(out);
    for (int i = 0; i < hits; ++i) {
      int word = 0, column = 0, offset = 0;
      if (api->xInst(context, i, &word, &column, &offset) != SQLITE_OK) return sqlite3_result_error_nomem(out);
      auto& s = seen.at(static_cast<std::size_t>(word));
      s.worth = std::max(s.worth, column_worth[column]);
      s.count += column_worth[column];
    }
    api->xColumnSize(context, -1, &length);
    double const long_for = 0.25 + 0.75 * length / rare->mean_length; // bm25's b = 0.75
    double score = 0, all = 0;
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (all += rare->of_word[i]; seen[i].count > 0)
        score += rare->of_word[i] * (seen[i].worth + seen[i].count / (seen[i].count + 1.2 * long_for));
    // A mean, so that scores out of different languages' tables, where words are differently rare, compare.
    sqlite3_result_double(out, all > 0 ? score / all : 0);
  } catch (...) {
    sqlite3_result_error(out, "story_rank failed", -1);
  }
}

void words_hit(Fts5ExtensionApi const* api, Fts5Context* context, sqlite3_context* out, int, sqlite3_value**) {
  int hits = 0, different = 0;
  if (api->xInstCount(context, &hits) != SQLITE_OK) return sqlite3_result_error_nomem(out);
  unsigned long long seen = 0;
  for (int i = 0; i < hits; ++i) {
    int word = 0, column = 0, offset = 0;
    if (api->xInst(context, i, &word, &column, &offset) != SQLITE_OK) return sqlite3_result_error_nomem(out);
    if (word < 64 && !(seen >> word & 1)) seen |= 1ull << word, ++different;
  }
  sqlite3_result_int(out, different);
}

} // namespace

void register_ranking(sqlite3* database) {
  auto& api = fts5_of(database);
  if (api.xCreateFunction(&api, "story_rank", nullptr, story_rank, nullptr) != SQLITE_OK ||
      api.xCreateFunction(&api, "words_hit", nullptr, words_hit, nullptr) != SQLITE_OK)
    throw std::runtime_error("SQLite refused a ranking function");
}

} // namespace tarina::catalog
