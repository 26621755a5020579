#include "tests/catalog/record.hpp"
#include <set>
#include <utility>

namespace tarina::catalog {
namespace {

std::string draft(Record& r) {
  auto const id = r->create_story(Actor::system(), sample_details()).value().id;
  r->give_consent(Actor::system(), id, consent_to(everything)).value();
  return id;
}

Processing progress(Record& r, std::string const& story) { return r->processing(Actor::system(), story).value(); }

constexpr milliseconds past_term{61'000};

} // namespace

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

TEST_CASE("a lease that runs out is given to another with a higher token, and the old token is refused everywhere") {
  Record r;
  upload_whole(r, Actor::system(), draft(r));
  auto const old = r->lease_task("sleeper").value();
  r.pass(past_term);
  auto const fresh = r->lease_task("other").value();
  CHECK(fresh.task_id == old.task_id);
  CHECK(fresh.token > old.token);
  auto stale = [&](auto const& answer) {
    auto const e = error_of(answer);
    CHECK(e.code == Errc::conflict);
    CHECK(e.key == "lease.lost");
  };
  stale(r->leased_task(old.task_id, old.token));
  stale(r->renew_task(old.task_id, old.token, 0.5));
  stale(r->complete_task(old.task_id, old.token, portrait_facts()));
  stale(r->fail_task(old.task_id, old.token, {"media.unreadable", "", true}));
  stale(r->complete_task(fresh.task_id, fresh.token + 1, portrait_facts()));
  CHECK(r->complete_task(fresh.task_id, fresh.token, portrait_facts()).has_value());
  CHECK(r->complete_task(fresh.task_id, fresh.token, portrait_facts()).has_value()); // the answer was lost: said again
  stale(r->fail_task(fresh.task_id, fresh.token, {"media.unreadable", "", true}));
  CHECK(error_of(r->leased_task("nosuchtask", 1)).code == Errc::not_found);
}

TEST_CASE("renewing keeps a lease for as long as the worker lives") {
  Record r;
  auto const story = draft(r);
  upload_whole(r, Actor::system(), story);
  auto const lease = r->lease_task("w").value();
  for (int i = 1; i <= 10; ++i) {
    r.pass(milliseconds(50'000));
    auto const renewed = r->renew_task(lease.task_id, lease.token, i / 20.0).value();
    CHECK(renewed.expires_in == milliseconds(60'000));
    CHECK_FALSE(renewed.cancelled);
    CHECK(r->expire_leases() == 0);
  }
  CHECK(r->renew_task(lease.task_id, lease.token, std::nan("")).has_value());
  CHECK(r->renew_task(lease.task_id, lease.token, 1e300).has_value());
  CHECK(progress(r, story).percent <= 2);
  r.pass(past_term);
  CHECK(r->expire_leases() == 1);
  CHECK(error_of(r->renew_task(lease.task_id, lease.token, 0.9)).key == "lease.lost");
}

TEST_CASE("a worker that comes back after its lease was not killed by the film") {
  Record r;
  upload_whole(r, Actor::system(), draft(r));
  auto late = r->lease_task("w").value();
  for (int sleep = 0; sleep < 6; ++sleep) { // a death each time would put the film aside at the third
    r.pass(past_term);
    auto const next = r->lease_task("w").value();
    CHECK(next.task_id == late.task_id);
    for (int request = 0; request < 2; ++request) // the second of one start says nothing new
      switch (sleep % 4) {
      case 0: CHECK(error_of(r->leased_task(late.task_id, late.token)).key == "lease.lost"); break;
      case 1: CHECK(error_of(r->renew_task(late.task_id, late.token, 0.5)).key == "lease.lost"); break;
      case 2: CHECK(error_of(r->complete_task(late.task_id, late.token, portrait_facts())).key == "lease.lost"); break;
      default: CHECK(error_of(r->fail_task(late.task_id, late.token, {"worker.failed", "", false})).key == "lease.lost"); break;
      }
    late = next;
  }
  r.pass(past_term);
  auto const last = r->lease_task("w").value(); // one who stays away counts as before
  r.pass(past_term);
  CHECK(r->lease_task("w").has_value());
  CHECK(r->figures().tasks_quarantined == 0);
  r.pass(past_term);
  CHECK_FALSE(r->lease_task("w"));
  CHECK(r->figures().tasks_quarantined == 1);
  CHECK(error_of(r->renew_task(last.task_id, last.token, 0.5)).key == "lease.lost");
}

TEST_CASE("no jump of the wall clock ends a lease or keeps a dead one") {
  Record r;
  upload_whole(r, Actor::system(), draft(r));
  auto const lease = r->lease_task("w").value();
  r.wall += std::chrono::milliseconds(std::chrono::hours(24 * 3650)).count();
  CHECK(r->expire_leases() == 0);
  CHECK(r->renew_task(lease.task_id, lease.token, 0.1).has_value());
  r.wall -= std::chrono::milliseconds(std::chrono::hours(24 * 7300)).count();
  CHECK(r->expire_leases() == 0);
  r.steady += past_term.count();
  CHECK(r->expire_leases() == 1);
  CHECK(r->lease_task("w").has_value());
}

TEST_CASE("a pause after a failure ends even when the clock is set back") {
  Record r;
  upload_whole(r, Actor::system(), draft(r));
  auto const lease = r->lease_task("w").value();
  r->fail_task(lease.task_id, lease.token, {"worker.failed", "disk full", false}).value();
  CHECK_FALSE(r->lease_task("w")); // paused
  r.wall -= std::chrono::milliseconds(std::chrono::hours(24)).count();
  CHECK(r->lease_task("w").has_value());
}

TEST_CASE("a task that failed goes to another worker where there is one") {
  for (bool const crash : {false, true}) {
    CAPTURE(crash);
    media::TaskFailure const failure{crash ? "worker.crashed" : "worker.failed", "disk full", false};
    milliseconds const pause{crash ? 0 : 4'000};
    Record r;
    upload_whole(r, Actor::system(), draft(r));
    auto lease = r->lease_task("broken").value();
    CHECK_FALSE(r->lease_task("sound")); // idle, and so known
    r->fail_task(lease.task_id, lease.token, failure).value();
    r.pass(pause);
    CHECK_FALSE(r->lease_task("broken"));
    lease = r->lease_task("sound").value();
    // The other way round too; and a worker that asks no more but holds a lease counts.
    r->fail_task(lease.task_id, lease.token, failure).value();
    r.pass(2 * pause);
    auto const third = r->lease_task("broken").value();
    CHECK(third.task_id == lease.task_id);
  }
}

TEST_CASE("a task that failed waits for a busy worker only so long, and for none where there is none") {
  Record r;
  upload_whole(r, Actor::system(), draft(r));
  auto const lease = r->lease_task("broken").value();
  upload_whole(r, Actor::system(), draft(r));
  auto const long_work = r->lease_task("busy").value();
  r->fail_task(lease.task_id, lease.token, {"worker.crashed", "signal 11", false}).value();
  r.pass(milliseconds(20'000)); // long enough that nobody is idle
  CHECK_FALSE(r->lease_task("broken"));
  r.pass(milliseconds(10'000));
  auto const again = r->lease_task("broken").value();
  CHECK(again.task_id == lease.task_id);
  r->fail_task(long_work.task_id, long_work.token, {"media.unreadable", "", true}).value();
  r->fail_task(again.task_id, again.token, {"worker.crashed", "signal 11", false}).value();
  CHECK(r->lease_task("broken").value().task_id == lease.task_id); // alone now
}

TEST_CASE("after a restart a running worker keeps its lease for a full term") {
  Record r;
  upload_whole(r, Actor::system(), draft(r));
  auto const lease = r->lease_task("w").value();
  r.steady = 5; // a machine that booted anew
  r.open();
  CHECK(r->expire_leases() == 0);
  CHECK(r->renew_task(lease.task_id, lease.token, 0.5).has_value());
  r.pass(past_term);
  CHECK(r->expire_leases() == 1);
}

TEST_CASE("how leases ended is told once each, with the time they took, and how long the oldest task waits") {
  Record r;
  std::vector<std::string> ends;
  r.task_ended = [&](TaskEnd const& end) { ends.push_back(std::string(end.kind) + " " + std::string(task_outcome_name(end.outcome)) + " " + std::to_string(end.worked.count())); };
  r.open();
  CHECK(r->figures().longest_waiting == milliseconds(0));
  upload_whole(r, Actor::system(), draft(r));
  r.pass(milliseconds(5'000));
  CHECK(r->figures().longest_waiting == milliseconds(5'000));
  auto lease = r->lease_task("w").value();
  CHECK(r->figures().longest_waiting == milliseconds(0));
  r.pass(past_term);
  CHECK(r->expire_leases() == 1);
  lease = r->lease_task("w").value();
  r.pass(milliseconds(100));
  r->fail_task(lease.task_id, lease.token, {"worker.failed", "no", false}).value();
  r.pass(milliseconds(60'000));
  lease = r->lease_task("w").value();
  r.pass(milliseconds(250));
  r->complete_task(lease.task_id, lease.token, portrait_facts()).value();
  r->complete_task(lease.task_id, lease.token, portrait_facts()).value(); // its answer was lost: said again, counted once
  lease = r->lease_task("w").value();
  r->fail_task(lease.task_id, lease.token, {"media.damaged", "no", true}).value();
  CHECK(ends == std::vector<std::string>{"probe lost 61000", "probe retried 100", "probe done 250", "video failed 0"});
}

TEST_CASE("a task that kills three workers is quarantined with a plain reason, and the others go on") {
  Record r;
  auto const poison = draft(r);
  upload_whole(r, Actor::system(), poison);
  auto const good = draft(r);
  std::int64_t last_token = 0;
  for (int death = 1; death <= 3; ++death) {
    auto const lease = r->lease_task("victim").value();
    CHECK(lease.token > last_token);
    last_token = lease.token;
    CHECK(progress(r, poison).state == ProcessingState::running);
    if (death == 2) r->fail_task(lease.task_id, lease.token, {"worker.crashed", "signal 11", false}).value();
    else r.pass(past_term);
    CHECK(r->expire_leases() == (death == 2 ? 0 : 1));
  }
  auto const p = progress(r, poison);
  CHECK(p.state == ProcessingState::failed);
  CHECK(p.error_key == "worker.crashed");
  CHECK(r->story(Actor::system(), poison).value().state == StoryState::processing);
  CHECK(r->figures().tasks_quarantined == 1);
  CHECK_FALSE(r->lease_task("w"));
  upload_whole(r, Actor::system(), good);
  CHECK(work_off(r).size() == 1);
}

TEST_CASE("starts are counted before the work, so a worker that reports keeps its task out of quarantine") {
  Record r;
  auto const story = draft(r);
  upload_whole(r, Actor::system(), story);
  for (int i = 0; i < 4; ++i) {
    auto const lease = r->lease_task("w").value();
    r->fail_task(lease.task_id, lease.token, {"media.timeout", "busy", false}).value();
    CHECK(progress(r, story).state == ProcessingState::running);
    r.pass(std::chrono::minutes(6));
  }
  auto const lease = r->lease_task("w").value();
  r->fail_task(lease.task_id, lease.token, {"media.timeout", "busy", false}).value();
  CHECK(progress(r, story).state == ProcessingState::failed); // five times is enough
  CHECK(progress(r, story).error_key == "media.timeout");
}

TEST_CASE("a permanent failure says why at once and an editor can try again") {
  Record r;
  auto const story = draft(r);
  auto const first = upload_whole(r, Actor::system(), story);
  CHECK(error_of(r->retry_processing(Actor::system(), story)).key == "processing.not_failed");
  auto const lease = r->lease_task("w").value();
  r->fail_task(lease.task_id, lease.token, {"media.no_streams", "no video or audio", true}).value();
  CHECK(progress(r, story).error_key == "media.no_streams");
  CHECK_FALSE(r->lease_task("w"));
  CHECK(error_of(r->retry_processing(Actor::teller(story), story)).code == Errc::forbidden);
  r->retry_processing(person_actor(Role::editor, "osao"), story).value();
  auto const again = progress(r, story);
  CHECK(again.state == ProcessingState::waiting);
  CHECK(again.error_key.empty());
  CHECK(again.package != first);
  CHECK(r->retired_packages() == std::vector<std::string>{first});
  CHECK(work_off(r) == std::vector<std::string>{again.package});
}

TEST_CASE("a teller can try again what a worker met, on the teller's own story") {
  Record r;
  auto const story = draft(r), other = draft(r);
  upload_whole(r, Actor::system(), story);
  for (int death = 0; death < 3; ++death) {
    auto const lease = r->lease_task("w").value();
    r->fail_task(lease.task_id, lease.token, {"worker.crashed", "signal 11", false}).value();
  }
  CHECK(progress(r, story).error_key == "worker.crashed");
  CHECK(error_of(r->retry_processing(Actor::teller(other), story)).code == Errc::not_found);
  r->retry_processing(Actor::teller(story), story).value();
  CHECK(progress(r, story).state == ProcessingState::waiting);
  CHECK(work_off(r).size() == 1);
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
