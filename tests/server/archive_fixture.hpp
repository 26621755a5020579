// Published stories with real files, without a server around them: a record, a store, and clocks that only the test moves.
#pragma once
#include "../media/temp_folder.hpp"
#include "catalog/fixity.hpp"
#include "media/store.hpp"
#include "server/digest.hpp"
#include "server/fixity/nightly.hpp"
#include "server/work.hpp"
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <spdlog/spdlog.h>

namespace fixture {

using namespace tarina;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using catalog::Actor;
using catalog::Fixity;
using Kind = catalog::FixityTarget::Kind;

inline std::string slurp(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void spill(fs::path const& file, std::string const& bytes) { std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes; }
inline void flip_byte(fs::path const& file, std::size_t at) {
  auto bytes = slurp(file);
  bytes.at(at) ^= 1;
  spill(file, bytes);
}

struct Archive {
  Archive() {
    spdlog::set_level(spdlog::level::off);
    fs::create_directories(folder.path() / "secrets");
    open();
  }
  /// As a process that starts again; what its newest walk of files knew is gone as well.
  void open() {
    nightly.reset();
    catalog.reset();
    catalog::CatalogOptions options;
    options.folder = folder.path();
    options.clock = [this] { return catalog::Time(wall); };
    options.steady = [this] { return steady; };
    catalog = std::make_unique<catalog::Catalog>(std::move(options));
    server::FixityOptions fixity;
    fixity.bytes_per_second = rate;
    fixity.clock = [this] { return catalog::Time(wall); };
    fixity.steady = [this] { return steady; };
    fixity.work_begun = [this] { ++repairs_begun; };
    nightly = std::make_unique<server::NightlyFixity>(*catalog, store, std::move(fixity));
  }
  void pass(std::chrono::milliseconds time) {
    wall += time;
    steady += time;
  }
  /// One look; waiting only moves the clocks. `before_each` runs before every piece that is read and may say stop.
  void look(std::function<bool()> const& before_each = [] { return true; }) {
    nightly->look([&](std::chrono::milliseconds time) {
      pass(time);
      return before_each();
    });
  }
  /// The next night, and its walk.
  void night() {
    pass(24h);
    look();
  }

  /// What an honest worker does until nothing is left, short of a network; complete packages are published.
  void work() {
    while (auto const lease = catalog->lease_task("worker")) {
      auto const package = catalog->leased_task(lease->task_id, lease->token).value().package;
      auto const done = catalog->complete_task(lease->task_id, lease->token, make(package, lease->task)).value();
      if (done.package_complete) REQUIRE(server::publish_complete_package(*catalog, store, done.package));
    }
  }
  std::string uploaded_story() {
    catalog::StoryDetails details;
    details.institution = "osao";
    details.title.fi = "Tarina";
    details.fields = {"091"};
    details.languages = {"fi"};
    details.captions_exemption = "music only";
    auto const story = catalog->create_story(Actor::system(), details).value().id;
    catalog::NewConsent consent;
    consent.uses = {.watch = true, .class_download = true, .embed = true, .feeds = true};
    consent.text_version = "1";
    consent.text_hash = std::string(64, 'a');
    consent.language = "fi";
    REQUIRE(catalog->give_consent(Actor::system(), story, consent));
    send_video(story);
    return story;
  }
  void send_video(std::string const& story) {
    std::string const video(300'000, static_cast<char>('v' + videos++ % 3));
    catalog::NewUpload wanted;
    wanted.story = story;
    wanted.size = static_cast<std::int64_t>(video.size());
    wanted.filename = "puhelin.mov";
    wanted.expires_at = catalog::Time(wall) + 1h;
    auto const upload = catalog->create_upload(Actor::system(), wanted).value();
    REQUIRE(store.create_upload(upload.id));
    REQUIRE(store.write_upload(upload.id, 0, video));
    REQUIRE(catalog->advance_upload(upload.id, 0, *wanted.size, wanted.expires_at));
    REQUIRE(server::finish_full_upload(*catalog, store, upload.id));
  }
  std::string published_story() {
    auto const story = uploaded_story();
    work();
    REQUIRE(catalog->publish(Actor::system(), story));
    return story;
  }

  std::string package_of(std::string const& story) const { return catalog->story(Actor::system(), story).value().package; }
  std::string original_of(std::string const& story) const {
    for (auto const& target : Fixity(*catalog).everything())
      if (target.kind == Kind::original && target.story == story) return target.id;
    return {};
  }
  fs::path file_of(std::string const& story, std::string const& name) const { return folder.path() / "media" / "packages" / package_of(story) / name; }
  fs::path original_file(std::string const& story) const { return folder.path() / "media" / "originals" / original_of(story); }
  std::vector<catalog::Finding> findings() const { return Fixity(*catalog).findings(); }
  std::int64_t walks() const {
    auto const newest = Fixity(*catalog).newest_walk();
    return newest ? newest->number : 0;
  }
  /// Actions of the story's trail that are about fixity, oldest first.
  std::vector<std::string> trail(std::string const& story) const {
    std::vector<std::string> actions;
    for (auto const& entry : catalog->audit_of(Actor::system(), story).value())
      if (entry.action.starts_with("fixity.")) actions.insert(actions.begin(), entry.action);
    return actions;
  }
  struct Kept { std::int64_t files = 0, bytes = 0; };
  Kept kept() const {
    Kept all;
    for (auto const* room : {"originals", "packages"})
      for (auto const& entry : fs::recursive_directory_iterator(folder.path() / "media" / room))
        if (entry.is_regular_file()) all.files += 1, all.bytes += static_cast<std::int64_t>(entry.file_size());
    return all;
  }

  TempFolder folder;
  std::chrono::milliseconds wall = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}.time_since_epoch() + 12h;
  std::chrono::milliseconds steady = 1h;
  std::int64_t rate = 1 << 20;
  int repairs_begun = 0;
  int videos = 0;
  media::MediaStore store{folder.path() / "media"};
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<server::NightlyFixity> nightly;

  media::Track make_track(std::string const& package, std::string const& name, int timescale, int first, int count, std::int64_t ticks) {
    media::Track track;
    track.name = name;
    track.timescale = timescale;
    auto write = [&](std::string const& file, std::string const& bytes) {
      REQUIRE(store.write_staged(package, name + "/" + file, bytes));
      return server::sha256_of(bytes);
    };
    auto const init = "init of " + name;
    track.init_sha256 = write("init.mp4", init);
    track.init_bytes = static_cast<std::int64_t>(init.size());
    for (int i = first; i < first + count; ++i) {
      auto const number = std::to_string(i + 1);
      auto const file = std::string(5 - number.size(), '0') + number + ".m4s";
      auto const bytes = name + " segment " + number + std::string(40'000, static_cast<char>('a' + i));
      track.segments.push_back({file, i * ticks, ticks, static_cast<std::int64_t>(bytes.size()), write(file, bytes)});
    }
    return track;
  }

  media::TaskResult make(std::string const& package, media::Task const& task) {
    if (std::holds_alternative<media::ProbeTask>(task)) {
      media::SourceFacts facts;
      facts.container = "mov,mp4";
      facts.duration = 24s;
      facts.video.emplace();
      facts.video->codec = "h264";
      facts.video->width = facts.video->coded_width = 640;
      facts.video->height = facts.video->coded_height = 360;
      facts.video->frame_rate = {25, 1};
      facts.audio.emplace();
      facts.audio->codec = "aac";
      facts.audio->stream = 1;
      facts.audio->channels = 2;
      facts.audio->sample_rate = 48'000;
      return facts;
    }
    if (auto const* video = std::get_if<media::VideoTask>(&task)) {
      std::vector<media::Track> tracks;
      for (auto const& rendition : video->renditions) {
        auto& track = tracks.emplace_back(make_track(package, rendition.name, 25, video->first_segment, video->segment_count, 150));
        track.codecs = "avc1.640028";
        track.width = rendition.width;
        track.height = rendition.height;
        track.frame_rate = {25, 1};
      }
      return tracks;
    }
    if (auto const* audio = std::get_if<media::AudioTask>(&task)) {
      auto track = make_track(package, audio->rendition.name, 48'000, 0, 4, 288'000);
      track.codecs = "mp4a.40.2";
      track.channels = 2;
      track.sample_rate = 48'000;
      return std::vector<media::Track>{track};
    }
    if (std::holds_alternative<media::DownloadTask>(task)) {
      std::string const film(100'000, 'd');
      REQUIRE(store.write_staged(package, media::download_name, film));
      return media::Download{static_cast<std::int64_t>(film.size()), server::sha256_of(film)};
    }
    if (std::holds_alternative<media::TextsTask>(task)) return media::TextsResult{};
    for (auto const* name : {"poster.jpg", "poster-2.jpg", "storyboard-001.jpg"}) REQUIRE(store.write_staged(package, std::string("stills/") + name, std::string("picture ") + name));
    media::StillsResult stills;
    stills.posters = {"poster.jpg", "poster-2.jpg"};
    stills.storyboard = media::Storyboard{160, 90, 5, 5, 1s, 24, {"storyboard-001.jpg"}};
    return stills;
  }
};

} // namespace fixture
