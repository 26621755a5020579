// The analysers as FTS5 tokenizers "fi", "sv", "en", "xx" (sqlite.org/fts5.html section 7), and our two ranking functions.
#pragma once

struct sqlite3;

namespace tarina::catalog {

struct Analysers;

/// Registers them with a connection; `analysers` must outlive it. Every word is one position: further terms are
/// colocated and carry the whole word's bytes, so that highlighting marks the word as written. In a query a word's terms
/// are alternatives; a prefix query takes the word as it is.
void register_tokenizers(sqlite3*, Analysers& analysers);

/// story_rank(table): how well a row answers, higher is better: the mean over the query's words, weighted by their rarity,
/// of the worth of the best column each is in. How often a word occurs only decides within a column, so that a title
/// hit is never outshouted by speech. Columns are those of the story tables, see schema.hpp.
/// words_hit(table): how many of the query's words the row has.
void register_ranking(sqlite3*);

} // namespace tarina::catalog
