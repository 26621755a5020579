// The analysers as FTS5 tokenizers "fi", "sv", "en", "xx" (sqlite.org/fts5.html section 7).
#pragma once
#include "catalog/search/analysers.hpp"
#include <unordered_set>

struct sqlite3;


namespace tarina::catalog {

/// Where the words of a text go while it is written or taken out: the base forms of a language with a dictionary, of others
/// the words as written (without "="). Stems are no words.
struct WordSink {
  std::unordered_set<std::string>* into = nullptr; // null: nobody asks
};

/// Both, and this, must outlive the connections they are registered with. Every word is one position: further terms are
/// colocated and carry the whole word's bytes, so that highlighting marks the word as written. In a query a word's terms
/// are alternatives; a prefix query takes the word as it is.
class Tokenizers {
public:
  Tokenizers(Analysers&, WordSink&);
  void register_with(sqlite3*);

  struct Language {
    Analyser* analyser = nullptr;
    WordSink* sink = nullptr;
    bool lemmas = false;
  };

private:
  std::array<Language, index_languages.size()> languages_;
};

} // namespace tarina::catalog
