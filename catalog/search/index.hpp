// The search index: every published story, findable by its texts and by every word spoken in it.
// A database file of its own (`search.sqlite`) that holds nothing but what can be built again from the catalog.
#pragma once
#include "media/cues.hpp"
#include "media/error.hpp"
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// What a story says in one language. Vocabulary names (occupation, qualification, institution, fields) belong in all
/// three of fi, sv, en whenever known, so that "närvårdare" finds a story told and titled in Finnish.
struct StoryText {
  std::string title, summary, description; // empty where the story has none in this language
  std::string occupation, qualification, institution;
  std::vector<std::string> fields; // names, both levels
};

/// One subtitle track of a story.
struct TrackDocument {
  std::string language;          // BCP 47 primary subtag, lower case: "fi", "sv", "en", "uk"
  std::vector<media::Cue> cues;  // in time order
};

/// All that the index knows of one story. Only stories that are published and have consent to be watched belong in it:
/// the catalog calls `update` and `remove` accordingly, after its own transaction is durable.
struct StoryDocument {
  std::string id;                                // public id
  std::int64_t revision = 0;                     // the catalog's; compared by `drift`
  std::map<std::string, StoryText> texts;        // keys "fi", "sv", "en"
  std::string teller;                            // shown name, or empty
  std::vector<std::string> tags;
  std::string institution, unit;                 // codes, or empty
  std::string unit_name;                         // as shown, searchable; empty when there is none
  std::vector<std::string> fields;               // codes, both levels
  std::vector<std::string> languages;            // spoken
  std::vector<std::string> captions;             // subtitle languages
  bool plain_language = false;                   // has a subtitle track in easy language
  std::chrono::milliseconds duration{};
  std::chrono::sys_time<std::chrono::milliseconds> published{};
  std::vector<TrackDocument> tracks;
};

enum class SearchSort {
  relevance, // newest when there is no text
  newest,
  shortest,
  longest,
};

struct SearchQuery {
  std::string text;                 // what the person typed, any bytes; empty lists everything
  std::vector<std::string> fields;  // codes of either level; a story needs one of them. Likewise the next seven.
  std::vector<std::string> institutions;
  std::vector<std::string> units;
  std::vector<std::string> languages; // spoken
  std::vector<std::string> tags;
  std::vector<std::string> captions;  // subtitle languages
  std::vector<std::string> lengths;   // "short" below 3 minutes, "medium" below 10, "long" from there
  std::vector<std::string> years;     // of publication (UTC), "2026"
  bool plain_language = false;        // only those with subtitles in easy language
  SearchSort sort = SearchSort::relevance;
  std::string cursor;               // `SearchResult::next` of the page before, or empty
  int limit = 20;                   // 1…100, clamped
  int moments = 3;                  // most moments per hit; 0 for none
  std::string page_language = "fi"; // breaks ties and leads the suggestion
  bool as_you_type = false;         // the last word is unfinished: match words that begin with it
};

/// A place in a story where the words are spoken. `start` is that of the cue holding the first hit.
struct Moment {
  std::chrono::milliseconds start{}, end{};
  std::string language; // of the track
  std::string html;     // the sentence, escaped, with <mark> around the whole original words
};

struct SearchHit {
  std::string story; // public id
  std::vector<Moment> moments;
  double score = 0; // higher is better; comparable within one result only
};

struct FacetCount {
  std::string code;
  std::int64_t count = 0;
};

/// Counts under each facet follow every filter but the facet's own. Most frequent first, then by code.
struct SearchFacets {
  std::vector<FacetCount> field, institution, unit, language, captions, tag, length, year;
  std::int64_t plain_language = 0; // stories with subtitles in easy language
};

struct SearchResult {
  std::int64_t total = 0;
  std::vector<SearchHit> hits;
  SearchFacets facets;
  std::string suggestion; // "did you mean": whole query text with the unknown words put right, or empty
  std::string next;       // cursor of the next page, or empty
};

/// What somebody may mean who has typed so far.
struct Suggestion {
  enum class Kind { story, occupation, field, word };
  Kind kind = Kind::word;
  std::string text;         // as shown and, but for a story, as searched for
  std::string code;         // of a field; public id of a story; else empty
  std::int64_t stories = 0; // how many it finds
};

struct SuggestionQuery {
  std::string text;                 // typed so far, any bytes; nothing is suggested below two letters
  std::string page_language = "fi"; // its titles and words come first
  int limit = 8;                    // 1…20, clamped
};

/// What the catalog must do to bring the index in step with itself again.
struct SearchDrift {
  std::vector<std::string> missing; // not in the index, or there with another revision: call `update`
  std::vector<std::string> surplus; // in the index but should not be: call `remove`
  bool empty() const { return missing.empty() && surplus.empty(); }
};

struct SearchOptions {
  std::string file;                // path of search.sqlite; ":memory:" is not supported
  std::string voikko_dictionary;   // extra folder with Finnish dictionaries; empty for the system's; "none" for Snowball
  int readers = 4;                 // most searches at once; further ones wait
};

/// Safe to call from any thread; every call blocks (SQLite). One process owns the file at a time.
/// Writes are visible to searches that begin after they return. A database that is broken in use throws DatabaseError.
class SearchIndex {
public:
  /// Opens or creates the file. A file that is damaged, cannot be read or is of another schema is replaced by an empty one.
  explicit SearchIndex(SearchOptions);
  ~SearchIndex();
  SearchIndex(SearchIndex const&) = delete;
  SearchIndex& operator=(SearchIndex const&) = delete;

  /// True when the file is new, was built by another analyser or dictionary, or was found broken in use: it serves what it
  /// can, and `rebuild` should be run.
  bool needs_rebuild() const;
  /// While rebuild() runs.
  bool is_building() const;
  /// The analyser in use, for the log and /healthz: "voikko 4.3.1 (voikko-fi 2.5)…" or "snowball …, no dictionary: …".
  std::string describe() const;
  /// False when Finnish runs on Snowball because libvoikko or its dictionary is not there.
  bool has_dictionary() const;

  /// Puts or replaces one story, in one transaction. Nothing of the former revision stays.
  void update(StoryDocument const&);
  /// Takes one story out; nothing happens when it is not there.
  void remove(std::string_view story);
  /// Leaves no byte of removed stories in the file or its log, which `remove` alone does not promise. Rewrites the
  /// full-text segments, so it costs as much as the index is large. An index that `needs_rebuild` must be rebuilt instead.
  void purge();

  /// Builds a fresh index beside the present one, which serves meanwhile, then swaps. `each` must call its argument
  /// with every document that belongs in; updates and removals that come in meanwhile win over what it gives.
  /// An exception out of `each` leaves the present index as it was.
  void rebuild(std::function<void(std::function<void(StoryDocument const&)> const& add)> const& each);

  /// Compares with the stories that should be there: public id → revision.
  SearchDrift drift(std::map<std::string, std::int64_t> const& expected) const;
  /// SQLite's and FTS5's own checks; empty when sound, else what is wrong in plain English. Slow: reads everything.
  std::string check();

  std::int64_t size() const; // stories

  /// Fails only with Errc::invalid "search.cursor" for a cursor that this index did not give.
  result<SearchResult> search(SearchQuery const&) const;
  /// At most `limit`, the likeliest first: occupations and fields, words as they are found by, titles of stories.
  std::vector<Suggestion> suggestions(SuggestionQuery const&) const;
  /// Every moment of one story, in time order; empty when the story is not in the index or says nothing of the kind.
  std::vector<Moment> moments(std::string_view story, std::string_view text, int limit = 100) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace tarina::catalog
