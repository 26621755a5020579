// A published story that says something: title, fields, place and spoken lines, for tests of search.
#pragma once
#include "worker_fixture.hpp"

namespace fixture {

struct Told {
  std::string title;
  std::vector<std::string> lines = {}; // spoken, 3 s each, with checked captions
  std::vector<std::string> fields = {};
  std::string institution = "osao", unit = {};
  bool plain = false;                  // subtitles in easy language too
  std::vector<std::string> tags = {};
};

inline std::vector<media::Cue> cues_of(std::vector<std::string> const& lines) {
  std::vector<media::Cue> cues;
  for (auto const& line : lines) {
    auto const start = std::chrono::milliseconds(3000 * static_cast<int>(cues.size()));
    cues.push_back({start, start + std::chrono::milliseconds(3000), line, "", ""});
  }
  return cues;
}

inline std::string told_story(Site& site, Told const& told) {
  auto const staff = catalog::Actor::system();
  auto const id = uploaded_story(site);
  auto const story = site.catalog().story(staff, id).value();
  auto details = story.details;
  details.title.fi = told.title;
  details.institution = told.institution;
  details.unit = told.unit;
  details.tags = told.tags;
  if (!told.fields.empty()) details.fields = told.fields;
  REQUIRE(site.catalog().edit_story(staff, id, details, story.revision));
  auto save = [&](catalog::TrackKind kind) {
    catalog::SaveTrack track;
    track.language = "fi";
    track.kind = kind;
    track.checked = true;
    track.lines = cues_of(told.lines);
    REQUIRE(site.catalog().save_track(staff, id, track));
  };
  if (!told.lines.empty()) save(catalog::TrackKind::captions);
  if (told.plain) save(catalog::TrackKind::plain);
  Worker(site).work_until_ready();
  REQUIRE(site.catalog().publish(staff, id));
  return id;
}

} // namespace fixture
