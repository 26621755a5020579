#include "tests/catalog/record.hpp"

namespace tarina::catalog {
namespace {
constexpr milliseconds past_term{61'000};
} // namespace

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

} // namespace tarina::catalog
