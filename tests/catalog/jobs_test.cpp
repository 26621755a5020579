#include "tests/catalog/record.hpp"
#include <utility>

namespace tarina::catalog {
TEST_CASE("a probe leads to the planned tasks, and the last task completes the package once") {
  Record r;
  auto const story = draft(r);
  CHECK(progress(r, story).state == ProcessingState::none);
  auto const package = upload_whole(r, Actor::system(), story);
  CHECK(progress(r, story).state == ProcessingState::waiting);
  auto const probe = r->lease_task("w").value();
  CHECK(std::holds_alternative<media::ProbeTask>(probe.task));
  CHECK(probe.source_bytes == 1000);
  CHECK(probe.source_sha256 == std::string(64, 'c'));
  CHECK(r->leased_task(probe.task_id, probe.token).value().package == package);
  CHECK_FALSE(r->lease_task("w2")); // nothing else before the probe
  auto const facts = portrait_facts();
  CHECK_FALSE(r->complete_task(probe.task_id, probe.token, facts).value().package_complete);

  auto const plan = media::plan_tasks(facts);
  std::vector<media::Lease> leases;
  while (auto lease = r->lease_task("w")) leases.push_back(*lease);
  REQUIRE(leases.size() == plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) CHECK(nlohmann::json(leases[i].task) == nlohmann::json(plan[i]));

  CHECK_FALSE(progress(r, story).left); // nothing to judge by
  int last_percent = progress(r, story).percent;
  for (std::size_t i = 0; i < leases.size(); ++i) {
    auto const done = r->complete_task(leases[i].task_id, leases[i].token, honest_result(leases[i].task)).value();
    CHECK(done.package_complete == (i + 1 == leases.size()));
    auto const now = progress(r, story).percent;
    CHECK(now >= last_percent);
    last_percent = now;
  }
  CHECK(progress(r, story).left == milliseconds(0));
  CHECK(r->complete_packages() == std::vector<std::string>{package});
  r.open(); // a crash between completion and the flip
  CHECK(r->complete_packages() == std::vector<std::string>{package});
  r->publish_package(package).value();
  r->publish_package(package).value(); // repeating is fine
  CHECK(r->complete_packages().empty());
  auto const after = r->story(Actor::system(), story).value();
  CHECK(after.state == StoryState::review);
  CHECK(after.package == package);
  CHECK(after.duration == milliseconds(24'000));
  CHECK(after.has_sound);
  CHECK(after.poster == "stills/poster.jpg");
  CHECK(progress(r, story).percent == 100);
  auto const record = r->package(package).value();
  CHECK(record.published);
  for (auto const& track : record.facts.video) {
    CHECK(track.segments.size() == 4);
    for (std::size_t i = 1; i < track.segments.size(); ++i) CHECK(track.segments[i].start == track.segments[i - 1].start + track.segments[i - 1].duration);
  }
  REQUIRE(record.facts.audio.size() == 1);
  CHECK(record.facts.audio[0].language == "fin");
}

TEST_CASE("a part of a picture that begins unlike those which are done is refused, and made again by another worker") {
  Record r;
  upload_whole(r, Actor::system(), draft(r));
  auto const probe = r->lease_task("w").value();
  r->complete_task(probe.task_id, probe.token, portrait_facts()).value();
  std::vector<media::Lease> parts;
  while (auto lease = r->lease_task("w"))
    if (std::holds_alternative<media::VideoTask>(lease->task)) parts.push_back(*lease);
  REQUIRE(parts.size() == 2);
  auto const made_by = [](media::Lease const& part, char encoder) {
    auto result = honest_result(part.task);
    for (auto& track : std::get<std::vector<media::Track>>(result)) track.init_sha256 = std::string(64, encoder);
    return result;
  };
  r->complete_task(parts[0].task_id, parts[0].token, made_by(parts[0], 'a')).value();
  CHECK(error_of(r->complete_task(parts[1].task_id, parts[1].token, made_by(parts[1], 'e'))).key == "task.outputs_differ");
  r->fail_task(parts[1].task_id, parts[1].token, {"worker.failed", "the server refuses", false}).value();
  r.pass(milliseconds(4'000));
  auto const again = r->lease_task("other").value();
  CHECK(again.task_id == parts[1].task_id);
  r->complete_task(again.task_id, again.token, made_by(again, 'a')).value();
}

TEST_CASE("how long it will take follows from how long the work so far took, by as many as are at it") {
  auto const left_after = [](milliseconds worked, double progress_made, int workers) {
    Record r;
    auto const story = draft(r);
    upload_whole(r, Actor::system(), story);
    auto const probe = r->lease_task("w").value();
    r->complete_task(probe.task_id, probe.token, portrait_facts()).value();
    std::vector<media::Lease> leases;
    for (int n = 0; n < workers; ++n) leases.push_back(r->lease_task("w" + std::to_string(n)).value());
    r.pass(worked);
    for (auto const& lease : leases) r->renew_task(lease.task_id, lease.token, progress_made, {}).value();
    return progress(r, story).left;
  };
  CHECK_FALSE(left_after(milliseconds(10'000), 0, 1));
  CHECK_FALSE(left_after(milliseconds(10'000), 0.001, 1)); // too little to judge by
  auto const left = left_after(milliseconds(10'000), 0.5, 1).value();
  CHECK(left > milliseconds(10'000)); // of the first task alone as long again
  CHECK(left_after(milliseconds(20'000), 0.5, 1).value() / 2 == left);
  CHECK(left_after(milliseconds(10'000), 0.9, 1).value() < left);
  CHECK(left_after(milliseconds(10'000), 0.5, 2).value() < left);
}

TEST_CASE("a story's other sounds are kept with their languages, except channels nobody used") {
  Record r;
  auto const story = draft(r);
  auto facts = portrait_facts();
  facts.alternates = {*facts.audio, *facts.audio, *facts.audio};
  facts.alternates[0].language = "swe";
  facts.alternates[1].language.clear();
  facts.alternates[2].language.clear();
  auto const package = upload_whole(r, Actor::system(), story);
  while (auto lease = r->lease_task("worker")) {
    auto made = honest_result(lease->task, facts);
    if (auto const* audio = std::get_if<media::AudioTask>(&lease->task)) {
      auto& track = std::get<std::vector<media::Track>>(made).front();
      track.loudness = media::Loudness{.integrated = audio->rendition.name == "a96-3" ? media::Loudness::silent : -23, .range = 3, .true_peak = -5, .gain = 7};
    }
    r->complete_task(lease->task_id, lease->token, made).value();
  }
  auto const record = r->package(package).value();
  REQUIRE(record.facts.audio.size() == 3);
  CHECK(record.facts.audio[0].language == "fin");
  CHECK(record.facts.audio[1].language == "swe");
  CHECK(record.facts.audio[2].name == "a96-4");
  CHECK(record.facts.audio[2].language.empty());
  CHECK(record.facts.audio[2].loudness->gain == 7);
}

TEST_CASE("a story without picture has the drawing of its sound for a poster") {
  Record r;
  auto const story = draft(r);
  auto facts = portrait_facts();
  facts.video.reset();
  upload_whole(r, Actor::system(), story);
  while (auto lease = r->lease_task("worker")) {
    auto made = honest_result(lease->task, facts);
    if (auto* tracks = std::get_if<std::vector<media::Track>>(&made)) tracks->front().data = {{"peaks.dat", 100, std::string(64, 'c')}, {"cover.jpg", 100, std::string(64, 'd')}};
    auto const done = r->complete_task(lease->task_id, lease->token, made).value();
    if (done.package_complete) r->publish_package(done.package).value();
  }
  CHECK(r->story(Actor::system(), story)->poster == "a96/cover.jpg");
}

TEST_CASE("a package in the making shows each track only up to its first gap, the lowest rendition first") {
  Record r;
  auto const story = draft(r);
  auto facts = portrait_facts();
  facts.video->width = 480;
  facts.video->height = 854;
  facts.duration = milliseconds(36'000); // an opening of two segments, and five of one
  auto const package = upload_whole(r, Actor::system(), story);
  auto const probe = r->lease_task("w").value();
  r->complete_task(probe.task_id, probe.token, facts).value();
  std::vector<media::Lease> video, audio;
  while (auto lease = r->lease_task("w")) {
    if (std::holds_alternative<media::VideoTask>(lease->task)) video.push_back(*lease);
    if (std::holds_alternative<media::AudioTask>(lease->task)) audio.push_back(*lease);
  }
  REQUIRE(video.size() == 6);
  auto finish = [&](media::Lease const& l) { r->complete_task(l.task_id, l.token, honest_result(l.task, facts)).value(); };
  auto shown = [&] {
    std::string text;
    for (auto const& track : r->package(package).value().facts.video) text += track.name + ":" + std::to_string(track.segments.size()) + " ";
    return text;
  };
  auto version = r->package_version(package);
  auto grew = [&] {
    auto const before = std::exchange(version, r->package_version(package));
    return version > before;
  };
  CHECK_FALSE(grew());
  finish(video[3]); // what comes later is not shown
  CHECK(grew());
  CHECK(shown() == "v480:0 v360:0 ");
  CHECK_FALSE(progress(r, story).previewable);
  // A task under way tells what it has sent; what is none of its own is ignored.
  auto made = std::get<std::vector<media::Track>>(honest_result(video[0].task, facts));
  made.erase(made.begin());
  made[0].segments.resize(1);
  r->renew_task(video[0].task_id, video[0].token, 0.3, made).value();
  CHECK(grew());
  CHECK(shown() == "v480:0 v360:1 ");
  made[0].name = "v1080";
  made[0].segments.push_back(made[0].segments[0]);
  r->renew_task(video[0].task_id, video[0].token, 0.4, made).value();
  r->renew_task(video[0].task_id, video[0].token, 0.5).value();
  CHECK_FALSE(grew());
  CHECK(shown() == "v480:0 v360:1 ");
  finish(video[0]);
  CHECK(shown() == "v480:2 v360:2 ");
  CHECK_FALSE(progress(r, story).previewable); // no sound yet
  finish(audio[0]);
  CHECK(progress(r, story).previewable);
  finish(video[2]);
  CHECK(shown() == "v480:2 v360:2 ");
  finish(video[1]);
  CHECK(shown() == "v480:5 v360:5 ");
  finish(video[4]);
  finish(video[5]);
  CHECK(shown() == "v480:7 v360:7 ");
  auto const record = r->package(package).value();
  CHECK_FALSE(record.complete); // stills are missing
  for (auto const& track : record.facts.video)
    for (std::size_t i = 0; i < track.segments.size(); ++i) CHECK(track.segments[i].start == static_cast<std::int64_t>(i) * 180);
}

namespace {

/// A package whose source can be remuxed, probed; the remux is leased.
media::Lease leased_remux(Record& r, std::string const& story, media::SourceFacts& facts) {
  facts = portrait_facts();
  facts.remuxable = true;
  upload_whole(r, Actor::system(), story);
  auto const probe = r->lease_task("w").value();
  r->complete_task(probe.task_id, probe.token, facts).value();
  auto const lease = r->lease_task("w").value();
  REQUIRE(std::holds_alternative<media::RemuxTask>(lease.task));
  return lease;
}

media::Track copied(std::string_view name, int scale) {
  media::Track track;
  track.name = name;
  track.timescale = scale;
  track.codecs = "avc1.64001f";
  track.segments = {{"00001.m4s", 0, 7 * scale, 100, "aa"}, {"00002.m4s", 7 * scale, 13 * scale, 100, "bb"}};
  return track;
}

} // namespace

TEST_CASE("a remuxed source is previewed at once and is no part of the package") {
  Record r;
  auto const story = draft(r);
  media::SourceFacts facts;
  auto const lease = leased_remux(r, story, facts);
  auto const package = r->leased_task(lease.task_id, lease.token).value().package;
  CHECK_FALSE(progress(r, story).previewable);
  CHECK(r->complete_task(lease.task_id, lease.token, std::vector<media::Track>{copied("original", 90'000)}).error().key == "task.result_wrong"); // its sound is missing
  r->complete_task(lease.task_id, lease.token, std::vector<media::Track>{copied("original", 90'000), copied("original-sound", 48'000)}).value();
  CHECK(progress(r, story).previewable);
  auto const growing = r->package(package).value();
  REQUIRE(growing.original);
  CHECK(growing.original->video.at(0).segments.size() == 2);
  CHECK(growing.original->audio.at(0).name == "original-sound");
  CHECK(growing.original->duration == milliseconds(20'000));
  CHECK(growing.facts.video.empty());
  CHECK(work_off(r, facts) == std::vector<std::string>{package});
  auto const made = r->package(package).value();
  CHECK_FALSE(made.original);
  for (auto const* tracks : {&made.facts.video, &made.facts.audio})
    for (auto const& track : *tracks) CHECK(track.name.find("original") == std::string::npos);
}

TEST_CASE("a remux that fails or kills its workers is given up and everything else goes on") {
  for (bool const crash : {false, true}) {
    Record r;
    auto const story = draft(r);
    media::SourceFacts facts;
    auto lease = leased_remux(r, story, facts);
    auto const package = r->leased_task(lease.task_id, lease.token).value().package;
    for (int attempt = 0; crash && attempt < 2; ++attempt) {
      r->fail_task(lease.task_id, lease.token, {"worker.crashed", "signal 11", false}).value();
      lease = r->lease_task("w").value();
      REQUIRE(std::holds_alternative<media::RemuxTask>(lease.task));
    }
    auto const version = r->package_version(package);
    r->fail_task(lease.task_id, lease.token, {crash ? "worker.crashed" : "media.damaged", "no", !crash}).value();
    CHECK(r->package_version(package) > version);
    CHECK_FALSE(progress(r, story).previewable);
    CHECK_FALSE(r->package(package).value().original);
    CHECK(work_off(r, facts) == std::vector<std::string>{package});
  }
}

TEST_CASE("a further codec comes last, is never in a preview, and only in the package when it is whole") {
  for (bool const fails : {false, true}) {
    Record r;
    r.profile.beside = {media::VideoCodec::av1};
    r.open();
    auto const story = draft(r);
    auto const package = upload_whole(r, Actor::system(), story);
    auto const probe = r->lease_task("w").value();
    r->complete_task(probe.task_id, probe.token, portrait_facts()).value();
    std::vector<std::string> made;
    std::vector<media::Lease> leases;
    while (auto lease = r->lease_task("w")) leases.push_back(*lease);
    for (auto const& lease : leases) {
      auto const* video = std::get_if<media::VideoTask>(&lease.task);
      bool const beside = video != nullptr && video->renditions.front().codec == media::VideoCodec::av1;
      made.push_back(beside ? "av1" : "other");
      if (beside && fails && video->first_segment > 0) r->fail_task(lease.task_id, lease.token, {"worker.failed", "no AV1 here", true}).value();
      else r->complete_task(lease.task_id, lease.token, honest_result(lease.task)).value();
      if (&lease == &leases.back()) break;
      for (auto const& track : r->package(package).value().facts.video) CHECK(track.codecs.starts_with("avc1"));
    }
    REQUIRE(std::count(made.begin(), made.end(), "av1") > 1);
    CHECK(std::find(made.begin(), made.end(), "av1") + std::count(made.begin(), made.end(), "av1") == made.end());
    r->publish_package(package).value();
    auto const published = r->package(package).value();
    CHECK(published.published);
    auto const further = std::count_if(published.facts.video.begin(), published.facts.video.end(), [](media::Track const& track) { return track.name == "v360-av1"; });
    CHECK(further == (fails ? 0 : 1));
    CHECK(std::any_of(published.facts.video.begin(), published.facts.video.end(), [](media::Track const& track) { return track.name == "v360"; }));
  }
}

TEST_CASE("a replacement that fails leaves the video before it, to be published as it is") {
  Record r;
  auto const story = story_in_review(r);
  auto const before = r->story(Actor::system(), story).value().package;
  REQUIRE_FALSE(before.empty());
  upload_whole(r, Actor::system(), story);
  CHECK(r->story(Actor::system(), story).value().state == StoryState::processing);
  auto const lease = r->lease_task("w").value();
  r->fail_task(lease.task_id, lease.token, {"media.damaged", "cut off", true}).value();
  auto const after = r->story(Actor::system(), story).value();
  CHECK(after.state == StoryState::review);
  CHECK(after.package == before);
  CHECK(progress(r, story).error_key == "media.damaged");
  r->save_track(Actor::system(), story, sample_track(true)).value();
  r->publish(Actor::system(), story).value();
  CHECK(r->access(story, Use::watch).value().package == before);
  CHECK(error_of(r->retry_processing(Actor::system(), story)).key == "upload.story_published");
}

TEST_CASE("a replaced video is kept for a week after the last package made of it") {
  Record r;
  auto const story = story_in_review(r);
  auto const first = r->story(Actor::system(), story).value().package;
  upload_whole(r, Actor::system(), story);
  for (auto const& package : work_off(r)) r->publish_package(package).value();
  REQUIRE(r->retired_packages() == std::vector<std::string>{first});
  r->forget_package(first);
  r.pass(std::chrono::days(7) - milliseconds(1));
  CHECK(r->superseded_originals().empty());
  r.pass(milliseconds(1));
  auto const superseded = r->superseded_originals();
  REQUIRE(superseded.size() == 1);
  r->forget_original(superseded.front());
  CHECK(r->superseded_originals().empty());
  CHECK(r->story(Actor::system(), story).value().package != first);
}

TEST_CASE("what a worker says is not trusted: wrong results, strange keys and long words") {
  Record r;
  auto const story = draft(r);
  upload_whole(r, Actor::system(), story);
  auto const probe = r->lease_task("w").value();
  CHECK(error_of(r->complete_task(probe.task_id, probe.token, media::StillsResult{})).key == "task.result_wrong");
  CHECK(error_of(r->complete_task(probe.task_id, probe.token, media::SourceFacts{})).key == "task.result_wrong");
  r->complete_task(probe.task_id, probe.token, portrait_facts()).value();
  auto const next = r->lease_task("w").value();
  CHECK(error_of(r->complete_task(next.task_id, next.token, portrait_facts())).key == "task.result_wrong");
  CHECK(error_of(r->complete_task(next.task_id, next.token, std::vector<media::Track>{})).key == "task.result_wrong");
  r->fail_task(next.task_id, next.token, {"<script>", std::string("\xff\0", 2), true}).value();
  CHECK(progress(r, story).error_key == "worker.failed");
}

TEST_CASE("withdrawal and a new upload cancel the work under way") {
  Record r;
  auto const story = draft(r);
  upload_whole(r, Actor::system(), story);
  auto const first = r->lease_task("w").value();
  auto const second_package = upload_whole(r, Actor::system(), story);
  CHECK(r->renew_task(first.task_id, first.token, 0.5).value().cancelled);
  CHECK(error_of(r->complete_task(first.task_id, first.token, portrait_facts())).key == "lease.lost");
  auto const second = r->lease_task("w").value();
  CHECK(r->leased_task(second.task_id, second.token).value().package == second_package);
  r->withdraw(Actor::teller(story), story).value();
  CHECK(r->renew_task(second.task_id, second.token, 0.5).value().cancelled);
  CHECK(error_of(r->leased_task(second.task_id, second.token)).key == "lease.lost");
  CHECK_FALSE(r->lease_task("w"));
}

TEST_CASE("a package that is not complete, was replaced or whose story is gone is not published") {
  Record r;
  auto const story = draft(r);
  auto const package = upload_whole(r, Actor::system(), story);
  CHECK(error_of(r->publish_package(package)).key == "package.not_complete");
  REQUIRE(work_off(r).size() == 1);
  upload_whole(r, Actor::system(), story);
  CHECK(error_of(r->publish_package(package)).key == "package.not_complete");
  auto const other = draft(r);
  upload_whole(r, Actor::system(), other);
  auto complete = work_off(r);
  REQUIRE(complete.size() == 2);
  r->withdraw(Actor::system(), other).value();
  int gone = 0;
  for (auto const& p : complete)
    if (auto const done = r->publish_package(p); !done) gone += done.error().code == Errc::gone;
  CHECK(gone == 1);
  CHECK(error_of(r->publish_package("nosuchpackage")).code == Errc::not_found);
}

} // namespace tarina::catalog
