// A story as the record knows it, and the forms in which it is edited and listed.
#pragma once
#include "catalog/consent.hpp"
#include "catalog/job.hpp"
#include "catalog/subtitle.hpp"
#include "catalog/text.hpp"
#include <optional>
#include <string>
#include <vector>

namespace tarina::catalog {

enum class StoryState { draft, processing, review, published, withdrawn };
std::string_view state_name(StoryState);
std::optional<StoryState> state_from_name(std::string_view);

/// What people write about a story. Codes, never labels.
struct StoryDetails {
  LocalText title;        // at most 200 characters each
  LocalText summary;      // at most 500
  LocalText description;  // at most 20000
  std::string shown_name; // the teller's; empty: no name is shown
  std::string institution;
  std::string unit;       // or empty
  std::vector<std::string> fields;    // codes, main one first
  std::string qualification;          // code or empty
  std::string occupation;             // title code or empty
  std::string occupation_text;        // free words when no title fits
  int graduation_year = 0;            // 0: not given
  std::vector<std::string> tags;      // at most 30, each at most 60 characters
  std::vector<std::string> languages; // spoken, BCP 47, main one first
  std::string captions_exemption;     // why a story may be published without checked captions; empty: it may not
};


/// Everything about one story, for studio, own page and (after access was checked) the public pages.
struct Story {
  std::string id;
  StoryState state = StoryState::draft;
  std::int64_t revision = 0;  // rises with every edit of `details`
  StoryDetails details;
  Uses uses;                  // of the consent in force
  bool consent_in_force = false;
  std::string package;        // current generation, empty before the first is ready
  milliseconds duration{};
  int width = 0;              // of the highest rendition; 0: sound only
  int height = 0;
  bool has_sound = false;
  std::string poster;         // name in the package, "stills/poster.jpg", or empty
  std::int64_t download_bytes = 0;    // of the MP4 to take along; 0: there is none
  std::vector<TrackSummary> tracks;
  Processing processing;
  Time created_at{};
  Time changed_at{};
  std::optional<Time> published_at;   // first time
  std::optional<Time> withdrawn_at;
};

/// One line of a list.
struct StoryCard {
  std::string id;
  StoryState state = StoryState::draft;
  LocalText title;
  LocalText summary;
  std::string shown_name;
  std::string institution;
  std::string unit;
  std::vector<std::string> fields;
  std::string occupation;
  std::string occupation_text;
  std::vector<std::string> languages;
  std::vector<std::string> caption_languages;
  milliseconds duration{};
  int width = 0;
  int height = 0;
  std::string package;
  std::string stream_key;     // of Use::watch when published, for the poster; else empty
  std::string poster;
  std::vector<std::string> missing; // gate keys, for studio lists only
  Processing processing;            // for studio lists only
  bool watchable = false;           // consent in force lets the site show it; for studio lists only
  Time changed_at{};
  std::optional<Time> published_at;
};

/// What the studio asks for. Empty parts do not narrow.
struct StudioFilter {
  std::optional<StoryState> state;
  std::string institution;
  std::string missing;        // a gate key: only stories that lack it
  std::string words;          // part of a title or shown name, or a whole story id
  int limit = 50;             // 1…200
  int offset = 0;
};

struct PublishedFilter {
  std::string institution;
  std::string field;          // broad or narrow code
  Use use = Use::watch;       // only stories whose consent allows it
  int limit = 24;             // 1…1000
  int offset = 0;
};

struct StoryList {
  std::vector<StoryCard> items;
  int total = 0;              // without limit and offset
};

/// Files that are to be erased after a withdrawal; repeat until finish_erasure.
struct Erasure {
  std::string story;
  std::vector<std::string> uploads;
  std::vector<std::string> originals;
  std::vector<std::string> packages;
};

/// What remains of a withdrawn story.
struct Tombstone {
  std::string story;
  Time published_at{};        // 0 when it never was
  Time withdrawn_at{};
  std::optional<Time> erases_at; // may be undone until then; nothing once erasure is due, asked for at once, or done
  std::optional<Time> erased_at;
};

} // namespace tarina::catalog
