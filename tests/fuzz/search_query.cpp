// Any text as a query and as speech: it can be indexed, searched, marked and taken out again, and never is syntax.
#include "catalog/search/index.hpp"
#include "catalog/search/query.hpp"
#include "catalog/search/words.hpp"
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::catalog;
  static auto* const index = [] {
    std::string folder = (std::filesystem::temp_directory_path() / "tarina-fuzz-XXXXXX").string();
    if (!::mkdtemp(folder.data())) std::abort();
    return new SearchIndex({folder + "/search.sqlite", {}, 1});
  }();
  std::string const text(reinterpret_cast<char const*>(data), size);
  for (auto const& word : split_words(text))
    if (word.begin >= word.end || word.end > text.size()) std::abort();

  StoryDocument story;
  story.id = "fuzz";
  for (auto const* language : {"fi", "sv", "en"}) story.texts[language].title = text;
  story.tracks.push_back({"fi", {{std::chrono::seconds(0), std::chrono::seconds(4), text, {}, {}}}});
  index->update(story);
  SearchQuery query;
  query.text = text;
  query.as_you_type = size % 2 == 1;
  auto const found = index->search(query).value();
  // A text finds itself, unless it has no words or more than a query takes.
  if (!query_words(text).empty() && size <= longest_query && found.total != 1) std::abort();
  query.text.clear();
  query.cursor = text;
  (void)index->search(query);
  if (size % 64 == 0 && !index->check().empty()) std::abort(); // the same terms go out that went in
  for (auto const* language : {"fi", "sv", "xx"}) {
    SuggestionQuery typed;
    typed.text = text;
    typed.page_language = language;
    for (auto const& suggestion : index->suggestions(typed))
      if (suggestion.text.empty()) std::abort();
  }
  (void)index->moments("fuzz", text);
  index->remove("fuzz");
  SuggestionQuery typed;
  typed.text = text;
  if (!index->suggestions(typed).empty()) std::abort(); // nothing of a removed story is left
  return 0;
}
