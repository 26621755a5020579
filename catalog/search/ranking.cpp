#include "catalog/search/ranking.hpp"
#include "catalog/search/fts5.hpp"
#include "catalog/search/schema.hpp"
#include <algorithm>
#include <cmath>
#include <memory>

namespace tarina::catalog {
namespace {

// What a hit in a column is worth. Steps are at least 1, the most that repetition can add.
constexpr double column_worth[story_column_count] = {8, 8, 6, 5, 3, 2, 1};

/// One word's hits in the current row. Walks the position list as it lies there: FTS5's xInst would first merge all words'.
double worth_of(Fts5ExtensionApi const& api, Fts5Context* context, int phrase) {
  Fts5PhraseIter at;
  int column = -1, offset = 0;
  double best = 0, count = 0;
  if (api.xPhraseFirst(context, phrase, &at, &column, &offset) != SQLITE_OK) return 0;
  for (; column >= 0; api.xPhraseNext(context, &at, &column, &offset)) {
    best = std::max(best, column_worth[column]);
    count += column_worth[column];
  }
  return count > 0 ? best + count / (count + 1.2) : 0;
}

int count_row(Fts5ExtensionApi const*, Fts5Context*, void* count) {
  ++*static_cast<sqlite3_int64*>(count);
  return SQLITE_OK;
}

/// Kept by FTS5 for the time of one query.
using Rarity = std::vector<double>;

Rarity* rarity(Fts5ExtensionApi const& api, Fts5Context* context, Ranking& ranking) {
  if (auto* known = static_cast<Rarity*>(api.xGetAuxdata(context, 0))) return known;
  auto fresh = std::make_unique<Rarity>();
  sqlite3_int64 rows = 0;
  api.xRowCount(context, &rows);
  auto* counts = ranking.counts;
  if (counts && std::abs(counts->of - rows) > 100 + rows / 100) counts->rows.clear(), counts->of = rows;
  if (counts && counts->rows.size() > 20'000) counts->rows.clear();
  for (int i = 0; i < api.xPhraseCount(context); ++i) {
    auto const* const word = counts && ranking.words && static_cast<std::size_t>(i) < ranking.words->size()
                                 ? &(*ranking.words)[static_cast<std::size_t>(i)] : nullptr;
    sqlite3_int64 hits = 0;
    if (word && counts->rows.contains(*word)) {
      hits = std::min<sqlite3_int64>(counts->rows[*word], rows);
    } else {
      if (api.xQueryPhrase(context, i, &hits, count_row) != SQLITE_OK) return nullptr;
      if (word) counts->rows[*word] = hits;
    }
    // Never zero or less, unlike FTS5's bm25: a word that every story has still prefers those with it in the title.
    fresh->push_back(std::log(1 + (static_cast<double>(rows - hits) + 0.5) / (static_cast<double>(hits) + 0.5)));
  }
  auto* const kept = fresh.get();
  if (api.xSetAuxdata(context, fresh.release(), [](void* old) { delete static_cast<Rarity*>(old); }) != SQLITE_OK)
    return nullptr;
  return kept;
}

void story_rank(Fts5ExtensionApi const* api, Fts5Context* context, sqlite3_context* out, int, sqlite3_value**) {
  try {
    if (api->xPhraseCount(context) == 1) return sqlite3_result_double(out, worth_of(*api, context, 0));
    auto const* const rare = rarity(*api, context, *static_cast<Ranking*>(api->xUserData(context)));
    if (!rare) return sqlite3_result_error_nomem(out);
    double score = 0, all = 0;
    for (std::size_t i = 0; i < rare->size(); ++i) {
      all += (*rare)[i];
      score += (*rare)[i] * worth_of(*api, context, static_cast<int>(i));
    }
    // A mean, so that scores out of different languages' tables, where words are differently rare, compare.
    sqlite3_result_double(out, all > 0 ? score / all : 0);
  } catch (...) {
    sqlite3_result_error(out, "story_rank failed", -1);
  }
}

int take_row(Fts5ExtensionApi const* api, Fts5Context* context, void* into) {
  try {
    static_cast<std::vector<Match>*>(into)->push_back({api->xRowid(context), worth_of(*api, context, 0)});
    return SQLITE_OK;
  } catch (...) {
    return SQLITE_NOMEM;
  }
}

void story_ranks(Fts5ExtensionApi const* api, Fts5Context* context, sqlite3_context* out, int, sqlite3_value**) {
  auto* const all = static_cast<Ranking*>(api->xUserData(context))->all;
  if (!all || api->xPhraseCount(context) != 1) return sqlite3_result_error(out, "story_ranks is for one word", -1);
  if (api->xQueryPhrase(context, 0, all, take_row) != SQLITE_OK) return sqlite3_result_error_nomem(out);
  sqlite3_result_int64(out, static_cast<sqlite3_int64>(all->size()));
}

void speech_hits(Fts5ExtensionApi const* api, Fts5Context* context, sqlite3_context* out, int, sqlite3_value**) {
  try {
    std::vector<std::uint32_t> hits;
    for (int phrase = 0; phrase < api->xPhraseCount(context); ++phrase) {
      Fts5PhraseIter at;
      int column = -1, offset = 0;
      if (api->xPhraseFirst(context, phrase, &at, &column, &offset) != SQLITE_OK) continue;
      for (; column >= 0; api->xPhraseNext(context, &at, &column, &offset))
        if (column == speech_column) hits.insert(hits.end(), {static_cast<std::uint32_t>(phrase), static_cast<std::uint32_t>(offset)});
    }
    sqlite3_result_blob64(out, hits.data(), hits.size() * sizeof(std::uint32_t), SQLITE_TRANSIENT);
  } catch (...) {
    sqlite3_result_error(out, "speech_hits failed", -1);
  }
}

} // namespace

void register_ranking(sqlite3* database, Ranking& ranking) {
  auto& api = fts5_of(database);
  if (api.xCreateFunction(&api, "story_rank", &ranking, story_rank, nullptr) != SQLITE_OK ||
      api.xCreateFunction(&api, "story_ranks", &ranking, story_ranks, nullptr) != SQLITE_OK ||
      api.xCreateFunction(&api, "speech_hits", &ranking, speech_hits, nullptr) != SQLITE_OK)
    throw std::runtime_error("SQLite refused a ranking function");
}

} // namespace tarina::catalog
