// A real catalog in a temporary folder, with clocks that stand still until told otherwise.
#pragma once
#include "catalog/catalog.hpp"
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <unistd.h>

namespace tarina::catalog {

inline constexpr Time day_one{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

class TempFolder {
public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "catalog-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TempFolder(TempFolder const&) = delete;
  std::filesystem::path path;
};

struct Record {
  TempFolder folder;
  std::atomic<std::int64_t> wall{day_one.time_since_epoch().count()};
  std::atomic<std::int64_t> steady{1'000};
  media::Profile profile;
  std::function<void(TaskEnd const&)> task_ended;
  std::unique_ptr<Catalog> catalog;

  Record() { open(); }
  void open(SearchStart search = SearchStart::open) {
    catalog.reset();
    CatalogOptions options;
    options.folder = folder.path;
    options.clock = [this] { return Time(milliseconds(wall.load())); };
    options.steady = [this] { return milliseconds(steady.load()); };
    options.profile = profile;
    options.task_ended = task_ended;
    options.readers = 2;
    options.search = search;
    catalog = std::make_unique<Catalog>(std::move(options));
  }
  /// Both clocks go on.
  void pass(milliseconds time) {
    wall += time.count();
    steady += time.count();
  }
  Time now() const { return Time(milliseconds(wall.load())); }
  Catalog* operator->() const { return catalog.get(); }
};

inline Actor person_actor(Role role, std::string institution = {}, std::string unit = {}) {
  Actor a;
  a.person = "someone";
  a.role = role;
  a.institution = std::move(institution);
  a.unit = std::move(unit);
  return a;
}

inline StoryDetails sample_details(std::string institution = "osao", std::string unit = {}) {
  StoryDetails d;
  d.title.fi = "Lähihoitajaksi Kontinkankaalta";
  d.summary.fi = "Maija kertoo opinnoistaan.";
  d.shown_name = "Maija";
  d.institution = std::move(institution);
  d.unit = std::move(unit);
  d.fields = {"091"};
  d.qualification = "371101";
  d.occupation = "10008";
  d.graduation_year = 2019;
  d.tags = {"hoiva-ala"};
  d.languages = {"fi"};
  return d;
}

inline NewConsent consent_to(Uses uses) { return {uses, "2026-1", std::string(64, 'a'), "fi"}; }
inline constexpr Uses everything{true, true, true, true};

inline media::SourceFacts portrait_facts() {
  media::SourceFacts f;
  f.container = "mov";
  f.duration = milliseconds(20'000);
  media::VideoFacts v;
  v.codec = "hevc";
  v.coded_width = v.width = 360;
  v.coded_height = v.height = 640;
  v.frame_rate = {30, 1};
  f.video = v;
  media::AudioFacts a;
  a.codec = "aac";
  a.stream = 1;
  a.channels = 1;
  a.sample_rate = 48'000;
  a.language = "fin";
  f.audio = a;
  return f;
}

/// What an honest worker would report for a task.
inline media::TaskResult honest_result(media::Task const& task, media::SourceFacts const& facts = portrait_facts()) {
  auto track = [](std::string name, int scale, int first, int count, std::int64_t length) {
    media::Track t;
    t.name = std::move(name);
    t.timescale = scale;
    for (int i = 0; i < count; ++i) {
      std::string number = std::to_string(first + i + 1);
      t.segments.push_back({std::string(5 - number.size(), '0') + number + ".m4s", (first + i) * length, length, 1000, std::string(64, 'b')});
    }
    return t;
  };
  if (std::holds_alternative<media::ProbeTask>(task)) return facts;
  if (auto const* video = std::get_if<media::VideoTask>(&task)) {
    std::vector<media::Track> tracks;
    for (auto const& r : video->renditions) {
      tracks.push_back(track(r.name, 30, video->first_segment, video->segment_count, 180));
      tracks.back().width = r.width;
      tracks.back().height = r.height;
      tracks.back().frame_rate = {30, 1};
      tracks.back().codecs = r.codec == media::VideoCodec::av1 ? "av01.0.01M.08" : r.codec == media::VideoCodec::hevc ? "hvc1.1.6.L63.90" : "avc1.64001e";
    }
    return tracks;
  }
  if (auto const* audio = std::get_if<media::AudioTask>(&task)) {
    auto t = track(audio->rendition.name, 48'000, 0, 4, 288'000);
    t.channels = 1;
    t.sample_rate = 48'000;
    t.codecs = "mp4a.40.2";
    return std::vector<media::Track>{t};
  }
  media::StillsResult stills;
  stills.posters = {"poster.jpg"};
  return stills;
}

inline std::string upload_whole(Record& r, Actor const& actor, std::string const& story, std::string filename = "puhelin.mov") {
  NewUpload fresh;
  fresh.story = story;
  fresh.size = 1000;
  fresh.filename = std::move(filename);
  fresh.content_type = "video/quicktime";
  fresh.expires_at = r.now() + std::chrono::hours(24);
  auto const upload = r->create_upload(actor, fresh).value();
  r->advance_upload(upload.id, 0, 1000, fresh.expires_at).value();
  return r->finish_upload(upload.id, std::string(64, 'c')).value().package;
}

/// Works until there is nothing to lease; returns the packages that became complete.
inline std::vector<std::string> work_off(Record& r, media::SourceFacts const& facts = portrait_facts()) {
  std::vector<std::string> complete;
  while (auto lease = r->lease_task("worker")) {
    auto const done = r->complete_task(lease->task_id, lease->token, honest_result(lease->task, facts)).value();
    if (done.package_complete) complete.push_back(done.package);
  }
  return complete;
}

inline SaveTrack sample_track(bool checked, std::int64_t expected = 0, std::string text = "Opiskelin lähihoitajaksi.") {
  SaveTrack t;
  t.language = "fi";
  t.checked = checked;
  t.expected_revision = expected;
  t.lines = {{milliseconds(1000), milliseconds(4000), std::move(text), {}, {}}, {milliseconds(5000), milliseconds(8000), "Työ on ollut hyvää.", {}, {}}};
  return t;
}

/// A story with details and its teller's consent to everything, without a video.
inline std::string draft(Record& r) {
  auto const id = r->create_story(Actor::system(), sample_details()).value().id;
  r->give_consent(Actor::teller(id), id, consent_to(everything)).value();
  return id;
}

inline Processing progress(Record& r, std::string const& story) { return r->processing(Actor::system(), story).value(); }

/// A story with details, through upload and work, in review.
inline std::string story_in_review(Record& r, StoryDetails const& details = sample_details(), Uses uses = everything) {
  auto const id = r->create_story(Actor::system(), details).value().id;
  r->give_consent(Actor::system(), id, consent_to(uses)).value();
  upload_whole(r, Actor::system(), id);
  for (auto const& package : work_off(r)) r->publish_package(package).value();
  return id;
}

inline std::string published_story(Record& r, StoryDetails const& details = sample_details(), Uses uses = everything) {
  auto const id = story_in_review(r, details, uses);
  r->save_track(Actor::system(), id, sample_track(true)).value();
  r->publish(Actor::system(), id).value();
  return id;
}

/// The error of a call that must fail.
template <class T> Error error_of(result<T> const& r) {
  REQUIRE(r.has_error());
  return r.error();
}

} // namespace tarina::catalog
