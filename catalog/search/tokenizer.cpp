#include "catalog/search/tokenizer.hpp"
#include "catalog/search/fts5.hpp"

namespace tarina::catalog {
namespace {

// FTS5 is C: nothing may be thrown through it. The user data is the language itself; a tokenizer has no state of its own,
// so every table of the connection shares one dictionary handle and one cache.
int create(void* language, char const**, int, Fts5Tokenizer** out) {
  *out = static_cast<Fts5Tokenizer*>(language);
  return SQLITE_OK;
}
void destroy(Fts5Tokenizer*) {}

using Take = int (*)(void*, int, char const*, int, int, int);

int give(void* context, Take take, std::vector<std::string> const& terms, Word const& word) {
  int flags = 0;
  for (auto const& term : terms) {
    int const code = take(context, flags, term.data(), static_cast<int>(term.size()), static_cast<int>(word.begin),
                          static_cast<int>(word.end));
    if (code != SQLITE_OK) return code;
    flags = FTS5_TOKEN_COLOCATED;
  }
  return SQLITE_OK;
}

void note_words(Tokenizers::Language const& language, std::vector<std::string> const& terms) {
  for (auto const& term : terms) {
    bool const written = term.starts_with('=');
    if (written == language.lemmas || term.starts_with('~')) continue;
    auto const word = std::string_view(term).substr(written ? 1 : 0);
    if (word.size() >= 2) language.sink->into->emplace(word);
  }
}

int tokenize(Fts5Tokenizer* self, void* context, int reason, char const* bytes, int size, Take take) {
  try {
    auto& language = *reinterpret_cast<Tokenizers::Language*>(self);
    auto& analyser = *language.analyser;
    std::string_view const text(bytes ? bytes : "", static_cast<std::size_t>(size));
    auto const words = split_words(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::vector<std::string> terms;
      if (reason & FTS5_TOKENIZE_AUX) terms = {"-"}; // only positions are asked for
      else if (reason & FTS5_TOKENIZE_PREFIX) terms = prefix_terms(words[i].in(text));
      else if (reason & FTS5_TOKENIZE_QUERY) terms = analyser.query_terms(words[i].in(text));
      else terms = analyser.index_terms(text, words, i);
      if (language.sink->into && (reason & FTS5_TOKENIZE_DOCUMENT)) note_words(language, terms);
      if (int const code = give(context, take, terms, words[i]); code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
  } catch (std::bad_alloc const&) {
    return SQLITE_NOMEM;
  } catch (...) {
    return SQLITE_ERROR;
  }
}

} // namespace

Tokenizers::Tokenizers(Analysers& analysers, WordSink& sink) {
  for (std::size_t i = 0; i < languages_.size(); ++i)
    languages_[i] = {&analysers.of(i), &sink, i == 0 && analysers.finnish.has_dictionary()};
}

void Tokenizers::register_with(sqlite3* database) {
  auto& api = fts5_of(database);
  fts5_tokenizer calls{create, destroy, tokenize};
  for (std::size_t i = 0; i < index_languages.size(); ++i)
    if (api.xCreateTokenizer(&api, std::string(index_languages[i]).c_str(), &languages_[i], &calls, nullptr) != SQLITE_OK)
      throw std::runtime_error("SQLite refused a tokenizer");
}

} // namespace tarina::catalog
