// What a SearchIndex holds; shared by its files only.
#pragma once
#include "catalog/search/connection.hpp"
#include "catalog/search/facets.hpp"
#include "catalog/search/fair_mutex.hpp"
#include "catalog/search/index.hpp"
#include "catalog/search/suggestion_table.hpp"
#include <atomic>
#include <optional>

namespace tarina::catalog {

struct SearchIndex::State {
  explicit State(SearchOptions);

  SearchOptions const options;
  std::filesystem::path const file;

  // Lock order: rebuilding, writing, files. Searches take `files` shared; whoever swaps the file takes it whole, so that
  // no connection is open on a file that is going.
  std::mutex rebuilding;
  mutable std::mutex writing;
  mutable FairMutex files;

  // Both null after a swap that failed on a broken disk.
  std::unique_ptr<SearchConnection> writer;
  std::unique_ptr<SearchReaders> readers;
  std::string analyser; // of the writer
  bool has_dictionary = false;
  /// What is in memory beside the file; replaced with it.
  struct Tables {
    FacetTable facets;
    SuggestionTable suggestions; // without words while `stale`: those left behind would stay in them
  };
  std::unique_ptr<Tables> tables = std::make_unique<Tables>();
  std::atomic<bool> stale = false;      // another analyser built what is in the file
  std::atomic<bool> incomplete = false; // never built whole
  mutable std::atomic<bool> broken = false; // damage or a failing disk was met in use
  std::atomic<bool> building = false;

  /// What came in during a rebuild: the story as it is now, or nothing when it was removed. Guarded by `writing`.
  std::optional<std::map<std::string, std::optional<StoryDocument>>> meanwhile;

  /// Replaces a broken file by an empty one. Nothing `loaded`: reads the tables from the file.
  void open(std::unique_ptr<Tables> loaded = {});
  void attach(std::unique_ptr<Tables> loaded);
  void apply(std::string const& story, StoryDocument const*); // null: out with it
  void forget(std::string const& story);                      // in memory, whatever the file still says
  SearchConnection& writing_connection() const; // DatabaseError when there is none
  /// Runs `look(SearchConnection&)` on a reader.
  template <class F> auto read(F&& look) const {
    return watch([&] {
      if (!readers) throw_not_open();
      return readers->read(look);
    });
  }
  /// Runs `act`; the index asks to be rebuilt when that meets a broken file.
  template <class F> auto watch(F&& act) const {
    try {
      return act();
    } catch (DatabaseError const& failure) {
      if (failure.file_broken()) broken = true;
      throw;
    }
  }
  [[noreturn]] static void throw_not_open();
};

} // namespace tarina::catalog
