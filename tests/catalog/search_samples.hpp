// Stories for the search tests.
#pragma once
#include "catalog/search/index.hpp"
#include <filesystem>
#include <unistd.h>

namespace tarina::catalog {

/// A folder that goes with the test.
struct SearchFolder {
  std::filesystem::path path;
  SearchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tarina-search-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~SearchFolder() { std::filesystem::remove_all(path); }
  SearchFolder(SearchFolder const&) = delete;
  SearchOptions options(int readers = 2) const { return {(path / "search.sqlite").string(), {}, readers}; }
};

/// A cue of four seconds at second `at`.
inline media::Cue cue(int at, std::string text) {
  return {std::chrono::seconds(at), std::chrono::seconds(at + 4), std::move(text), {}, {}};
}

inline StoryDocument finnish_story(std::string id, std::string title, std::vector<media::Cue> cues) {
  StoryDocument story;
  story.id = std::move(id);
  story.revision = 1;
  story.texts["fi"].title = std::move(title);
  story.languages = story.captions = {"fi"};
  story.tracks.push_back({"fi", std::move(cues)});
  return story;
}

inline std::vector<std::string> ids(SearchResult const& result) {
  std::vector<std::string> found;
  for (auto const& hit : result.hits) found.push_back(hit.story);
  return found;
}

inline SearchQuery words(std::string text) {
  SearchQuery query;
  query.text = std::move(text);
  return query;
}

} // namespace tarina::catalog
