// Consent as access control, as a full table.
#include "catalog/fixity.hpp"
#include "tests/catalog/record.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

enum class Answer { yes, not_found, gone };

Answer answer_of(result<Access> const& r) {
  if (r) return Answer::yes;
  if (r.error().code == Errc::gone) return Answer::gone;
  REQUIRE(r.error().code == Errc::not_found);
  return Answer::not_found;
}

Uses only(Use use) {
  Uses u;
  u.watch = use == Use::watch;
  u.class_download = use == Use::class_download;
  u.embed = use == Use::embed;
  u.feeds = use == Use::feeds;
  return u;
}

Uses all_but(Use use) {
  Uses u = everything;
  if (use == Use::watch) u.watch = false;
  if (use == Use::class_download) u.class_download = false;
  if (use == Use::embed) u.embed = false;
  if (use == Use::feeds) u.feeds = false;
  return u;
}

/// A story brought into a state.
std::string in_state(Record& r, StoryState state, Uses uses) {
  auto const admin = Actor::system();
  if (state == StoryState::draft) {
    auto const id = r->create_story(admin, sample_details()).value().id;
    r->give_consent(admin, id, consent_to(uses)).value();
    return id;
  }
  if (state == StoryState::processing) {
    auto const id = in_state(r, StoryState::draft, uses);
    upload_whole(r, admin, id);
    return id;
  }
  // The gate asks for some consent; the uses in question come afterwards.
  auto const id = state == StoryState::review ? story_in_review(r) : published_story(r);
  r->give_consent(admin, id, consent_to(uses)).value();
  if (state == StoryState::withdrawn) r->withdraw(admin, id).value();
  return id;
}

} // namespace

TEST_CASE("every state, use and set of ticked uses gives exactly the answer of the table") {
  Record r;
  for (auto state : {StoryState::draft, StoryState::processing, StoryState::review, StoryState::published, StoryState::withdrawn})
    for (int ticked = 0; ticked < 16; ++ticked) {
      Uses const uses{(ticked & 1) != 0, (ticked & 2) != 0, (ticked & 4) != 0, (ticked & 8) != 0};
      auto const id = in_state(r, state, uses);
      CAPTURE(state_name(state), ticked);
      for (auto use : consent_uses) {
        CAPTURE(use_name(use));
        auto const expected = state == StoryState::withdrawn                         ? Answer::gone
                              : state == StoryState::published && uses.allows(use) ? Answer::yes
                                                                                     : Answer::not_found;
        auto const access = r->access(id, use);
        CHECK(answer_of(access) == expected);
        if (access) {
          CHECK_FALSE(access->package.empty());
          auto const stream = r->resolve_stream(access->stream_key).value();
          CHECK(stream.package == access->package);
          CHECK(stream.use == use);
        }
        auto const story = r->public_story(id, use);
        CHECK(story.has_value() == (expected == Answer::yes));
        CHECK(r->cards({id}, use).size() == (expected == Answer::yes ? 1u : 0u));
      }
      CHECK(answer_of(r->access(id, Use::preview)) == (state == StoryState::withdrawn ? Answer::gone : Answer::yes));
      if (state == StoryState::processing) r->withdraw(Actor::system(), id).value(); // leave no work behind for the next story
    }
}

TEST_CASE("a story that never was public does not tell strangers that it was withdrawn") {
  Record r;
  auto const id = r->create_story(Actor::system(), sample_details()).value().id;
  r->withdraw(Actor::system(), id).value();
  CHECK(answer_of(r->access(id, Use::watch)) == Answer::not_found);
  CHECK(answer_of(r->access("nosuchstory", Use::watch)) == Answer::not_found);
  CHECK(error_of(r->access(id, Use::watch)).key == error_of(r->access("nosuchstory", Use::watch)).key);
}

TEST_CASE("unticking one use ends that use's stream and no other") {
  Record r;
  auto const id = published_story(r);
  std::map<Use, std::string> keys;
  for (auto use : consent_uses) keys[use] = r->access(id, use).value().stream_key;
  for (auto use : consent_uses)
    for (auto other : consent_uses)
      if (use != other) REQUIRE(keys[use] != keys[other]);
  for (auto gone : consent_uses) {
    auto const before = r->access_version();
    r->give_consent(Actor::teller(id), id, consent_to(all_but(gone))).value();
    CHECK(r->access_version() > before);
    for (auto use : consent_uses) {
      if (use == gone) CHECK(error_of(r->resolve_stream(keys[use])).key == "stream.ended");
      else CHECK(r->resolve_stream(keys[use]).has_value());
    }
    r->give_consent(Actor::teller(id), id, consent_to(only(gone))).value();
    for (auto use : consent_uses) CHECK(r->resolve_stream(keys[use]).has_value() == (use == gone));
  }
  CHECK(error_of(r->resolve_stream("nosuchkey")).code == Errc::not_found);
}

TEST_CASE("unpublishing and withdrawing end every stream") {
  Record r;
  auto const id = published_story(r);
  auto const key = r->access(id, Use::watch).value().stream_key;
  auto version = r->access_version();
  r->unpublish(Actor::system(), id).value();
  CHECK(r->access_version() > version);
  CHECK(error_of(r->resolve_stream(key)).code == Errc::gone);
  r->publish(Actor::system(), id).value();
  CHECK(r->resolve_stream(key).has_value());
  version = r->access_version();
  r->withdraw(Actor::teller(id), id).value();
  CHECK(r->access_version() > version);
  CHECK(error_of(r->resolve_stream(key)).key == "story.withdrawn");
  r->erase_now(Actor::teller(id), id).value();
  r->finish_erasure(id);
  CHECK(error_of(r->resolve_stream(key)).key == "story.withdrawn");
}

TEST_CASE("a new generation has new keys and the old ones end") {
  Record r;
  auto const id = published_story(r);
  auto const old = r->access(id, Use::watch).value();
  r->unpublish(Actor::system(), id).value();
  upload_whole(r, Actor::system(), id);
  for (auto const& package : work_off(r)) r->publish_package(package).value();
  r->publish(Actor::system(), id).value();
  auto const fresh = r->access(id, Use::watch).value();
  CHECK(fresh.package != old.package);
  CHECK(fresh.stream_key != old.stream_key);
  CHECK(error_of(r->resolve_stream(old.stream_key)).key == "stream.ended");
  CHECK(r->retired_packages() == std::vector<std::string>{old.package});
  r->forget_package(old.package);
  CHECK(r->retired_packages().empty());
  CHECK(error_of(r->resolve_stream(old.stream_key)).key == "stream.ended");
}

/// Lets the story's video be damaged and made again from its original; gives what held before.
Access made_again(Record& r, std::string const& id) {
  auto const old = r->access(id, Use::watch).value();
  Fixity fixity(*r.catalog);
  auto const target = fixity.target(FixityTarget::Kind::package, old.package).value();
  FixityOutcome outcome;
  outcome.troubles.push_back({target.files.front().name, FileProblem::damaged, "flipped"});
  REQUIRE(fixity.record(target, outcome, 0));
  REQUIRE(fixity.begin_repair(old.package));
  for (auto const& package : work_off(r)) r->publish_package(package).value();
  REQUIRE(r->access(id, Use::watch).value().package != old.package);
  return old;
}

TEST_CASE("who watches a video that is made again from the same original watches on, for twelve hours") {
  Record r;
  auto const id = published_story(r);
  auto const old = made_again(r, id);
  CHECK(r->resolve_stream(old.stream_key).value().package == old.package);
  CHECK(r->resolve_stream(r->access(id, Use::watch).value().stream_key).value().package != old.package);
  CHECK_FALSE(Fixity(*r.catalog).target(FixityTarget::Kind::package, old.package)); // it is known to be damaged
  r.pass(std::chrono::hours(12) - milliseconds(1));
  r->end_replaced_packages();
  CHECK(r->retired_packages().empty());
  r->forget_package(old.package); // not yet
  CHECK(r->resolve_stream(old.stream_key).has_value());
  r.pass(milliseconds(1));
  auto const version = r->access_version();
  r->end_replaced_packages();
  CHECK(r->access_version() > version);
  CHECK(error_of(r->resolve_stream(old.stream_key)).key == "stream.ended");
  CHECK(r->retired_packages() == std::vector<std::string>{old.package});
  r->forget_package(old.package);
  CHECK(r->retired_packages().empty());
  CHECK(error_of(r->resolve_stream(old.stream_key)).key == "stream.ended");
}

TEST_CASE("a video that was replaced by the same one ends at once with its story, its use, or for another video") {
  Record r;
  auto const id = published_story(r);
  auto const old = made_again(r, id);
  r->give_consent(Actor::teller(id), id, consent_to(all_but(Use::watch))).value();
  CHECK(error_of(r->resolve_stream(old.stream_key)).key == "stream.ended");
  r->give_consent(Actor::teller(id), id, consent_to(everything)).value();
  CHECK(r->resolve_stream(old.stream_key).has_value());
  r->unpublish(Actor::system(), id).value();
  CHECK(error_of(r->resolve_stream(old.stream_key)).key == "stream.ended");
  SECTION("another video") {
    upload_whole(r, Actor::system(), id);
    for (auto const& package : work_off(r)) r->publish_package(package).value();
    r->publish(Actor::system(), id).value();
    CHECK(error_of(r->resolve_stream(old.stream_key)).key == "stream.ended");
    CHECK(r->retired_packages().size() == 2);
  }
  SECTION("withdrawn") {
    r->withdraw(Actor::teller(id), id).value();
    CHECK(error_of(r->resolve_stream(old.stream_key)).key == "story.withdrawn");
    r->erase_now(Actor::teller(id), id).value();
    auto const erasures = r->pending_erasures();
    REQUIRE(erasures.size() == 1);
    CHECK(std::ranges::find(erasures.front().packages, old.package) != erasures.front().packages.end());
  }
}

TEST_CASE("every act of consenting is kept with its text, and withdrawal ends the last") {
  Record r;
  auto const id = published_story(r, sample_details(), only(Use::watch));
  r.pass(milliseconds(1000));
  r->give_consent(Actor::teller(id), id, {everything, "2026-2", std::string(64, 'd'), "sv"}).value();
  r.pass(milliseconds(1000));
  r->withdraw(Actor::teller(id), id).value();
  r->erase_now(Actor::teller(id), id).value();
  r->finish_erasure(id);
  auto const all = r->consents(Actor::system(), id).value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].uses == only(Use::watch));
  CHECK(all[0].ended_at == all[1].given_at);
  CHECK_FALSE(all[0].withdrawn);
  CHECK(all[1].uses == everything);
  CHECK(all[1].text_version == "2026-2");
  CHECK(all[1].language == "sv");
  CHECK(all[1].withdrawn);
  CHECK(all[1].ended_at == all[1].given_at + milliseconds(1000));
  CHECK(error_of(r->give_consent(Actor::teller(id), id, consent_to(everything))).code == Errc::gone);
}

} // namespace tarina::catalog
