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

inline SearchResult search(SearchIndex const& index, SearchQuery const& query) { return index.search(query).value(); }
inline std::vector<std::string> found(SearchIndex const& index, std::string const& text) { return ids(search(index, words(text))); }

inline StoryDocument nurse() {
  auto story = finnish_story("nurse", "Hoitotyön arki",
                             {cue(0, "Hei, olen Maija."), cue(5, "Valmistuin lähihoitajaksi"), cue(10, "keväällä 2019 Oulusta."),
                              cue(60, "Nyt työskentelen <päivystyksessä> & viihdyn.")});
  story.texts["fi"].occupation = "lähihoitaja";
  story.texts["sv"].occupation = "närvårdare";
  story.texts["en"].occupation = "practical nurse";
  story.texts["fi"].fields = {"Terveys- ja hyvinvointialat"};
  story.fields = {"9", "913"};
  story.institution = "osao";
  story.unit = "kontinkangas";
  story.tags = {"Hoiva"};
  story.published = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(3000));
  story.duration = std::chrono::seconds(64);
  return story;
}

inline StoryDocument gardener() {
  auto story = finnish_story("garden", "Ympäristönhoitaja puistossa", {cue(2, "Hoidan puistoja kesällä.")});
  story.fields = {"8"};
  story.institution = "luovi";
  story.languages = {"fi", "sv"};
  story.captions = {"fi", "sv"};
  story.tracks.push_back({"sv", {cue(2, "Jag sköter parkerna på sommaren.")}});
  story.published = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(2000));
  story.duration = std::chrono::seconds(30);
  return story;
}

inline StoryDocument welder() {
  auto story = finnish_story("welder", "Hitsaajan työ", {cue(1, "Hitsaaminen on kivaa, ja lähihoitaja on siskoni.")});
  story.fields = {"7"};
  story.institution = "osao";
  story.published = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1000));
  story.duration = std::chrono::seconds(90);
  return story;
}

inline void fill(SearchIndex& index) {
  for (auto const& story : {nurse(), gardener(), welder()}) index.update(story);
}

inline std::int64_t count_of(std::vector<FacetCount> const& facet, std::string const& code) {
  for (auto const& f : facet)
    if (f.code == code) return f.count;
  return 0;
}

} // namespace tarina::catalog
