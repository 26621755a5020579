// A withdrawal, the days in which it can be undone, and what comes after them.
#include "tests/catalog/record.hpp"
#include <functional>

namespace tarina::catalog {
namespace {

constexpr milliseconds grace = std::chrono::days(7);

/// What access() says of every use, the error's key or the package and stream behind it.
std::vector<std::string> answers(Record& r, std::string const& id) {
  std::vector<std::string> all;
  for (auto use : {Use::watch, Use::class_download, Use::embed, Use::feeds, Use::preview}) {
    auto const answer = r->access(id, use);
    all.push_back(answer ? answer->package + " " + answer->stream_key : answer.error().key);
    if (answer && !answer->stream_key.empty()) CHECK(r->resolve_stream(answer->stream_key).has_value());
  }
  return all;
}

std::vector<std::string> due(Record& r) {
  std::vector<std::string> all;
  for (auto const& erasure : r->pending_erasures()) all.push_back(erasure.story);
  return all;
}

using Stories = std::vector<std::string>;

} // namespace

TEST_CASE("undoing a withdrawal brings every state back with the answers it gave before") {
  Record r;
  std::map<std::string, std::function<std::string()>> const ways{
    {"a draft without consent", [&] { return r->create_story(Actor::system(), sample_details()).value().id; }},
    {"a draft", [&] { return draft(r); }},
    {"in review", [&] { return story_in_review(r); }},
    {"published", [&] { return published_story(r); }},
    {"published, some uses", [&] {
       auto const id = published_story(r);
       r->give_consent(Actor::teller(id), id, {{true, false, true, false}, "2025-9", std::string(64, 'e'), "sv"}).value();
       return id;
     }},
    {"taken back", [&] {
       auto const id = published_story(r);
       r->unpublish(Actor::system(), id).value();
       return id;
     }},
  };
  for (auto const& [name, make] : ways) {
    CAPTURE(name);
    auto const id = make();
    auto const before = answers(r, id);
    auto const old = r->story(Actor::system(), id).value();
    auto const consents = r->consents(Actor::system(), id).value();
    r.pass(milliseconds(1000));
    auto const withdrawn_at = r.now();
    r->withdraw(Actor::teller(id), id).value();
    r->withdraw(Actor::teller(id), id).value(); // a second tap changes nothing
    CHECK(r->tombstone(id).value().erases_at == withdrawn_at + grace);
    for (auto const& key : answers(r, id)) CHECK((key == "story.withdrawn" || key == "story.unknown"));
    for (auto const& [state, count] : r->count_stories(Actor::system())) CHECK((state != old.state || count == 0));
    CHECK(r->published({}).total == 0);
    r.pass(grace - milliseconds(1));
    CHECK(due(r).empty());
    auto const version = r->access_version();
    r->undo_withdrawal(Actor::teller(id), id).value();
    CHECK(r->access_version() > version);
    CHECK(error_of(r->undo_withdrawal(Actor::teller(id), id)).key == "story.not_withdrawn"); // a second tap

    CHECK(answers(r, id) == before);
    auto const now = r->story(Actor::system(), id).value();
    CHECK(now.state == old.state);
    CHECK(now.uses == old.uses);
    CHECK(now.published_at == old.published_at);
    CHECK_FALSE(now.withdrawn_at);
    auto const history = r->consents(Actor::system(), id).value();
    REQUIRE(history.size() == (consents.empty() ? 0 : consents.size() + 1));
    if (!consents.empty()) {
      auto const& ended = history[consents.size() - 1];
      CHECK(ended.withdrawn);
      CHECK(ended.ended_at == withdrawn_at);
      auto const& again = history.back();
      CHECK(again.uses == ended.uses);
      CHECK(again.text_version == ended.text_version);
      CHECK(again.text_hash == ended.text_hash);
      CHECK(again.language == ended.language);
      CHECK(again.given_at == r.now());
      CHECK_FALSE(again.ended_at);
    }
    r.pass(grace);
    CHECK(due(r).empty());
    CHECK(r->audit_of(Actor::system(), id).value().front().action == "story.withdrawal_undone");
    r->withdraw(Actor::system(), id).value(); // and again, so that the next stands alone
    r->erase_now(Actor::system(), id).value();
    r->finish_erasure(id);
  }
}

TEST_CASE("a withdrawn story is not found while it can be undone, and is found again afterwards") {
  Record r;
  auto const id = published_story(r);
  SearchQuery query;
  query.text = "lähihoitaja";
  REQUIRE(r->search(query).value().total == 1);
  r->withdraw(Actor::teller(id), id).value();
  CHECK(r->search(query).value().total == 0);
  r->undo_withdrawal(person_actor(Role::coordinator, "osao"), id).value();
  CHECK(r->search(query).value().total == 1);
}

TEST_CASE("an erasure waits while the search index is broken, and ends once it is whole") {
  Record r;
  auto const id = published_story(r);
  r.catalog.reset();
  r.open();
  std::filesystem::resize_file(r.folder.path / "search.sqlite", 8192);
  REQUIRE_FALSE(r->check().empty());
  REQUIRE(r->search_index().needs_rebuild());
  r->withdraw(Actor::teller(id), id).value();
  r->erase_now(Actor::teller(id), id).value();
  for (int sweep = 0; sweep < 2; ++sweep) {
    REQUIRE(due(r) == Stories{id});
    r->finish_erasure(id);
    CHECK_FALSE(r->tombstone(id).value().erased_at);
    CHECK(r->story(Actor::system(), id).value().details.title.fi.empty()); // what can go has gone
  }
  REQUIRE(r->reindex());
  CHECK(due(r) == Stories{id});
  r->finish_erasure(id);
  CHECK(r->tombstone(id).value().erased_at);
  CHECK(due(r).empty());
  CHECK(r->check() == "");
}

TEST_CASE("when the grace has passed the story is erased, and nothing brings it back") {
  Record r;
  auto const id = published_story(r);
  r->withdraw(Actor::teller(id), id).value();
  r.pass(grace);
  CHECK(error_of(r->undo_withdrawal(Actor::teller(id), id)).key == "story.erased"); // also before anybody swept
  CHECK_FALSE(r->tombstone(id).value().erases_at);
  CHECK(due(r) == Stories{id});
  r.wall -= std::chrono::milliseconds(std::chrono::days(3)).count(); // files may be gone already
  CHECK(error_of(r->undo_withdrawal(Actor::teller(id), id)).key == "story.erased");
  CHECK(due(r) == Stories{id});
  r->finish_erasure(id);
  CHECK(due(r).empty());
  CHECK(error_of(r->undo_withdrawal(Actor::teller(id), id)).key == "story.erased");
  CHECK(r->story(Actor::system(), id).value().details.title.fi.empty());
}

TEST_CASE("erasure asked for at once does not wait, and is asked for only of what is withdrawn") {
  Record r;
  auto const id = published_story(r);
  auto const teller = Actor::teller(id);
  CHECK(error_of(r->erase_now(teller, id)).key == "story.not_withdrawn");
  CHECK(error_of(r->undo_withdrawal(teller, id)).key == "story.not_withdrawn");
  r->withdraw(teller, id).value();
  CHECK(error_of(r->erase_now(person_actor(Role::editor, "osao"), id)).code == Errc::forbidden);
  CHECK(error_of(r->undo_withdrawal(person_actor(Role::editor, "osao"), id)).code == Errc::forbidden);
  for (auto const& stranger : {person_actor(Role::coordinator, "luovi"), Actor::teller("someoneelse")}) {
    CHECK(error_of(r->erase_now(stranger, id)).code == Errc::not_found);
    CHECK(error_of(r->undo_withdrawal(stranger, id)).code == Errc::not_found);
  }
  CHECK(due(r).empty());
  r->finish_erasure(id); // nobody asked
  CHECK_FALSE(r->story(Actor::system(), id).value().details.title.fi.empty());
  r->erase_now(teller, id).value();
  r->erase_now(person_actor(Role::coordinator, "osao"), id).value(); // a second tap
  r->withdraw(teller, id).value();                                  // and one on an old page
  CHECK_FALSE(r->tombstone(id).value().erases_at);
  CHECK(error_of(r->undo_withdrawal(teller, id)).key == "story.erased");
  CHECK(due(r) == Stories{id});
  r->finish_erasure(id);
  r->erase_now(teller, id).value();
  std::vector<std::string> actions;
  for (auto const& e : r->audit_of(Actor::system(), id).value()) actions.push_back(e.action);
  actions.resize(3);
  CHECK(actions == Stories{"story.erased", "story.erasure_asked", "story.withdrawn"});
}

TEST_CASE("a video that was being made when its story was withdrawn is made anew after the undo") {
  Record r;
  auto const id = draft(r);
  upload_whole(r, Actor::teller(id), id);
  auto const probe = r->lease_task("w").value();
  r->complete_task(probe.task_id, probe.token, portrait_facts()).value();
  auto const half = r->lease_task("w").value();
  r->withdraw(Actor::teller(id), id).value();
  CHECK_FALSE(r->lease_task("w"));
  CHECK(r->renew_task(half.task_id, half.token, 0.5).value().cancelled);
  r->undo_withdrawal(Actor::teller(id), id).value();
  CHECK(r->story(Actor::system(), id).value().state == StoryState::processing);
  CHECK(error_of(r->complete_task(half.task_id, half.token, honest_result(half.task))).key == "lease.lost");
  CHECK(r->retired_packages().size() == 1);
  auto const complete = work_off(r);
  REQUIRE(complete.size() == 1);
  r->publish_package(complete.front()).value();
  CHECK(r->story(Actor::system(), id).value().state == StoryState::review);
}

TEST_CASE("a package that was complete when its story was withdrawn is published after the undo") {
  Record r;
  auto const id = draft(r);
  upload_whole(r, Actor::teller(id), id);
  auto const complete = work_off(r);
  r->withdraw(Actor::teller(id), id).value();
  CHECK(r->complete_packages().empty());
  r->undo_withdrawal(Actor::teller(id), id).value();
  CHECK(r->complete_packages() == complete);
  r->publish_package(complete.front()).value();
  CHECK(r->story(Actor::system(), id).value().state == StoryState::review);
}

TEST_CASE("an upload goes on where it was when its story was withdrawn and brought back") {
  Record r;
  auto const id = draft(r);
  NewUpload fresh;
  fresh.story = id;
  fresh.size = 1000;
  fresh.expires_at = r.now() + std::chrono::hours(24);
  auto const upload = r->create_upload(Actor::teller(id), fresh).value();
  r->advance_upload(upload.id, 0, 400, fresh.expires_at).value();
  r->withdraw(Actor::teller(id), id).value();
  CHECK(error_of(r->advance_upload(upload.id, 400, 1000, fresh.expires_at)).key == "story.withdrawn");
  r->undo_withdrawal(Actor::teller(id), id).value();
  r->advance_upload(upload.id, 400, 1000, fresh.expires_at).value();
  r->finish_upload(upload.id, std::string(64, 'c')).value();
}

TEST_CASE("a clock put forward erases nothing before it has stood so for a day, and the withdrawal can be undone until then") {
  Record r;
  auto const ms = [](auto length) { return std::chrono::duration_cast<milliseconds>(length).count(); };
  auto const id = published_story(r);
  r->withdraw(Actor::teller(id), id).value();
  CHECK(due(r).empty());
  r.wall += ms(std::chrono::days(30));
  CHECK(due(r).empty());
  SECTION("put right within the day") {
    r.pass(std::chrono::hours(23));
    CHECK(due(r).empty());
    r.wall -= ms(std::chrono::days(30));
    CHECK(due(r).empty());
    r.pass(grace - std::chrono::hours(23) - milliseconds(1));
    CHECK(due(r).empty());
    r.pass(milliseconds(1));
    CHECK(due(r) == Stories{id});
  }
  SECTION("kept so") {
    r.pass(std::chrono::hours(24) - milliseconds(1));
    CHECK(due(r).empty());
    r.pass(milliseconds(1));
    CHECK(due(r) == Stories{id});
  }
  SECTION("undone") {
    r->undo_withdrawal(Actor::teller(id), id).value();
    r.pass(std::chrono::days(2));
    CHECK(due(r).empty());
    CHECK(r->access(id, Use::watch).has_value());
  }
}

TEST_CASE("a clock that was set back neither erases early nor keeps for ever") {
  Record r;
  auto const ms = [](auto length) { return std::chrono::duration_cast<milliseconds>(length).count(); };
  auto const id = published_story(r);
  r->withdraw(Actor::teller(id), id).value();
  SECTION("by years for a start without a clock, then put right: the grace is counted from the withdrawal") {
    auto const right = r.wall.load();
    r.wall = 0;
    CHECK(due(r).empty());
    r.open();
    CHECK(due(r).empty());
    r.wall = right + ms(std::chrono::days(5));
    CHECK(due(r).empty());
    r.pass(std::chrono::days(2) - milliseconds(1)); // the clock put right is believed after a day
    CHECK(due(r).empty());
    r.pass(milliseconds(1));
    CHECK(due(r) == Stories{id});
  }
  SECTION("for good, as after a withdrawal under a clock far ahead: a whole grace from when it was seen") {
    r.wall -= ms(std::chrono::days(3650));
    CHECK(due(r).empty());
    CHECK(r->tombstone(id).value().erases_at == r.now() + grace);
    r.pass(grace - milliseconds(1));
    CHECK(due(r).empty());
    r.wall -= ms(std::chrono::days(30)); // and once more
    CHECK(due(r).empty());
    r.pass(grace - milliseconds(1));
    CHECK(due(r).empty());
    r.pass(milliseconds(1));
    CHECK(due(r) == Stories{id});
  }
  SECTION("by a moment: nothing comes of it") {
    r.wall -= 50;
    CHECK(due(r).empty());
    r.pass(grace + milliseconds(49));
    CHECK(due(r).empty());
    r.pass(milliseconds(1));
    CHECK(due(r) == Stories{id});
  }
  SECTION("and an undo is possible all the while") {
    r.wall -= ms(std::chrono::days(3650));
    CHECK(due(r).empty());
    r->undo_withdrawal(Actor::teller(id), id).value();
    r.pass(grace);
    CHECK(due(r).empty());
    CHECK(r->access(id, Use::watch).has_value());
  }
}

} // namespace tarina::catalog
