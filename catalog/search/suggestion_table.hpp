// What there is to suggest while somebody types, in memory and in step with every change: names of occupations and fields,
// titles, words.
#pragma once
#include "catalog/search/fair_mutex.hpp"
#include "catalog/search/index.hpp"
#include "catalog/search/names.hpp"
#include "catalog/search/word_list.hpp"
#include <optional>
#include <set>

namespace tarina::catalog {

/// A story's part in it. As stored: plain lines.
struct StoryNames {
  std::string id; // public
  std::int64_t published_ms = 0;
  LocalNames titles, occupations;
  std::vector<std::string> fields; // codes
};

StoryNames names_of(StoryDocument const&);
/// Names of the document's fields, where it has one for each code.
std::map<std::string, LocalNames> field_names_of(StoryDocument const&);

constexpr std::size_t word_languages = 4; // as index_languages
/// So many stories more or fewer, by language and word.
using WordChanges = std::array<std::unordered_map<std::string, std::int64_t>, word_languages>;

/// Safe from any thread.
class SuggestionTable {
public:
  void put(std::int64_t row, StoryNames const&);
  void erase(std::int64_t row);
  void name_field(std::string const& code, LocalNames const&);
  void change(WordChanges const&);
  void clear();

  /// Occupations and fields, then titles: at most `most` of each kind. `typed`: folded words, the last unfinished.
  std::vector<Suggestion> names(std::vector<std::string> const& typed, std::size_t language, bool dotless, std::size_t most) const;
  /// Words of one language's index that begin so.
  std::vector<VocabularyWord> words(std::string_view with, std::size_t language, bool dotless, std::size_t most) const;
  std::int64_t stories_with(std::string_view word, std::size_t language) const;
  std::string nearest(std::string_view typed, std::size_t language, int most) const; // see WordList

private:
  struct Story {
    std::string id;
    std::int64_t published_ms = 0;
    std::optional<std::uint32_t> occupation;
    std::vector<std::uint32_t> fields;
  };
  struct Counted {
    std::string code;
    std::int64_t stories = 0;
  };
  /// Occupations, or fields: their names, and how many stories have each.
  struct Group {
    NameIndex names;
    std::vector<Counted> counted;                      // by id
    std::map<std::string, std::uint32_t> ids;          // by code; of occupations: all three names
    std::uint32_t id_of(std::string const& key);
  };
  void erase_story(std::int64_t row);
  static void suggest_group(Group const&, Suggestion::Kind, std::vector<std::string> const& typed, std::size_t language,
                            bool dotless, std::size_t most, std::vector<Suggestion>& into);

  mutable FairMutex mutex_;
  std::unordered_map<std::uint32_t, Story> stories_;
  NameIndex titles_;
  Group occupations_, fields_;
  std::array<WordList, word_languages> words_;
};

} // namespace tarina::catalog
