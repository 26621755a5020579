// A story from one record in another.
#include "catalog/story_record.hpp"
#include "tests/catalog/record.hpp"

namespace tarina::catalog {
namespace {

RecordReader reader_of(Record& r) { return RecordReader(r.folder.path / "catalog.sqlite"); }

/// As an import hands it in: the video kept under a fresh name, nothing known of packages.
StoryRecord carried(Record& from, std::string const& id) {
  auto record = reader_of(from).story(id).value();
  if (record.original) record.original->id = "freshname0";
  record.package.clear();
  return record;
}

Vocabulary words_in(Record& r, StoryRecord const& story) { return words_of(story, *r->vocabulary()); }

/// A published story with a checked track under an unchecked one, a deleted track, and a change of uses.
std::string rich_story(Record& r) {
  auto const id = published_story(r);
  auto const first = r->track(Actor::system(), id, "fi-captions").value();
  r->save_track(Actor::system(), id, sample_track(false, first.revision, "Luonnos, jota kukaan ei ole tarkistanut.")).value();
  auto swedish = sample_track(true);
  swedish.language = "sv";
  swedish.kind = TrackKind::subtitles;
  auto const saved = r->save_track(Actor::system(), id, swedish).value();
  r->delete_track(Actor::system(), id, saved.id, saved.revision).value();
  r.pass(std::chrono::minutes(5));
  r->give_consent(Actor::teller(id), id, consent_to({true, true, false, false})).value();
  return id;
}

} // namespace

TEST_CASE("a story brought into another record is the same there, and shown as soon as its video is ready") {
  Record old, fresh;
  auto const id = rich_story(old);
  auto const link = old->issue_mine_token(Actor::system(), id).value();
  auto const story = carried(old, id);
  REQUIRE(fresh->check_import(story, words_in(old, story)).value() == ImportState::fresh);
  REQUIRE(fresh->import_story(story, words_in(old, story)));
  CHECK(fresh->access(id, Use::watch).error().key == "story.unknown"); // nothing to show yet
  CHECK(fresh->published({}).total == 0);
  CHECK(fresh->check_import(story, words_in(old, story)).value() == ImportState::present);
  for (auto const& package : work_off(fresh)) fresh->publish_package(package).value();
  CHECK(difference(story, reader_of(fresh).story(id).value()).empty());
  CHECK(fresh->check_import(story, words_in(old, story)).value() == ImportState::present);
  for (auto use : {Use::watch, Use::class_download, Use::embed, Use::feeds}) {
    CAPTURE(use_name(use));
    CHECK(fresh->access(id, use).has_value() == old->access(id, use).has_value());
  }
  CHECK(fresh->public_track(id, Use::watch, "fi-captions").value().lines.front().text == "Opiskelin lähihoitajaksi.");
  CHECK(fresh->track(Actor::system(), id, "fi-captions").value().lines.front().text == "Luonnos, jota kukaan ei ole tarkistanut.");
  CHECK(fresh->story(Actor::system(), id).value().published_at == old->story(Actor::system(), id).value().published_at);
  CHECK(fresh->story_of_mine(link).value() == id);
  SearchQuery spoken;
  spoken.text = "opiskelin";
  CHECK(fresh->search(spoken).value().total == 1);
  CHECK(fresh->check().empty());
}

TEST_CASE("what was not published comes back unpublished") {
  Record old, fresh;
  auto const review = story_in_review(old);
  auto const draft = old->create_story(Actor::system(), sample_details()).value().id;
  for (auto const& id : {review, draft}) {
    auto const story = carried(old, id);
    REQUIRE(fresh->import_story(story, words_in(old, story)));
  }
  for (auto const& package : work_off(fresh)) fresh->publish_package(package).value();
  CHECK(fresh->story(Actor::system(), review).value().state == StoryState::review);
  CHECK(fresh->story(Actor::system(), draft).value().state == StoryState::draft);
  CHECK(fresh->access(review, Use::watch).has_error());
}

TEST_CASE("a video that cannot be worked on leaves a story that was brought in to be tried again, and then it is shown") {
  Record old, fresh;
  auto const id = published_story(old);
  auto const story = carried(old, id);
  REQUIRE(fresh->import_story(story, words_in(old, story)));
  auto const lease = fresh->lease_task("worker").value();
  fresh->fail_task(lease.task_id, lease.token, {"media.unreadable", "no video", true}).value();
  CHECK(fresh->access(id, Use::watch).has_error());
  REQUIRE(fresh->retry_processing(Actor::system(), id));
  for (auto const& package : work_off(fresh)) fresh->publish_package(package).value();
  CHECK(fresh->access(id, Use::watch).has_value());
}

TEST_CASE("a withdrawal and its undoing while the video of a brought-in story is made keep it published") {
  Record old, fresh;
  auto const id = published_story(old);
  auto const story = carried(old, id);
  REQUIRE(fresh->import_story(story, words_in(old, story)));
  fresh->withdraw(Actor::teller(id), id).value();
  fresh->undo_withdrawal(Actor::teller(id), id).value();
  for (auto const& package : work_off(fresh)) fresh->publish_package(package).value();
  CHECK(fresh->access(id, Use::watch).has_value());
}

TEST_CASE("a story that was taken back, or is otherwise here, is not brought in") {
  Record old, fresh;
  auto const id = published_story(old);
  auto const story = carried(old, id);
  auto const words = words_in(old, story);
  SECTION("taken back") {
    REQUIRE(fresh->import_story(story, words));
    fresh->withdraw(Actor::system(), id).value();
    CHECK(fresh->check_import(story, words).error().key == "story.withdrawn");
    fresh->erase_now(Actor::system(), id).value();
    for (auto const& erasure : fresh->pending_erasures()) fresh->finish_erasure(erasure.story);
    CHECK(fresh->import_story(story, words).error().key == "story.withdrawn");
  }
  SECTION("with other words") {
    REQUIRE(fresh->import_story(story, words));
    auto other = story;
    other.details.title.fi = "Toinen otsikko";
    auto const refused = fresh->import_story(other, words);
    CHECK(error_of(refused).key == "import.differs");
    CHECK(error_of(refused).detail.find("other details") != std::string::npos);
  }
  SECTION("with other consents") {
    REQUIRE(fresh->import_story(story, words));
    fresh->give_consent(Actor::teller(id), id, consent_to({true, false, false, false})).value();
    CHECK(fresh->check_import(story, words).error().detail.find("other consents") != std::string::npos);
  }
}

TEST_CASE("codes that this record does not know come along with their names, and are not offered") {
  Record old, fresh;
  auto story = carried(old, published_story(old));
  auto words = words_in(old, story);
  words.institutions.front().code = story.details.institution = "opisto-muualta";
  words.institutions.front().name.fi = "Opisto muualta";
  CHECK(fresh->check_import(story, {}).error().key == "import.invalid"); // without the name there is no such institution
  REQUIRE(fresh->import_story(story, words));
  auto const* here = fresh->vocabulary()->find_institution("opisto-muualta");
  REQUIRE(here);
  CHECK(here->name.fi == "Opisto muualta");
  CHECK_FALSE(here->listed);
}

TEST_CASE("a record that cannot be is refused by name") {
  Record old, fresh;
  auto const good = carried(old, rich_story(old));
  auto const words = words_in(old, good);
  auto const refuses = [&](std::string const& word, auto const& change) {
    CAPTURE(word);
    auto story = good;
    change(story);
    auto const answer = fresh->check_import(story, words);
    REQUIRE(error_of(answer).key == "import.invalid");
    CHECK(error_of(answer).detail.find(word) != std::string::npos);
  };
  refuses("id", [](StoryRecord& s) { s.id = "../etc"; });
  refuses("withdrawn", [](StoryRecord& s) { s.state = StoryState::withdrawn; });
  refuses("title_too_long", [](StoryRecord& s) { s.details.title.fi = std::string(201, 'a'); });
  refuses("text_invalid", [](StoryRecord& s) { s.details.summary.sv = "\xFF"; });
  refuses("field_unknown", [](StoryRecord& s) { s.details.fields.push_back("none"); });
  refuses("its video", [](StoryRecord& s) { s.original.reset(); });
  refuses("numbered", [](StoryRecord& s) { s.consents.front().number = 7; });
  refuses("in force", [](StoryRecord& s) { s.consents.front().ended_at.reset(); });
  refuses("consent 1", [](StoryRecord& s) { s.consents.front().text_hash = "none"; });
  refuses("there twice", [](StoryRecord& s) { s.tracks.push_back(s.tracks.front()); });
  refuses("version", [](StoryRecord& s) { s.tracks.front().versions.front().revision = 0; });
  refuses("ends after it begins", [](StoryRecord& s) { s.tracks.front().versions.front().lines.front().end = milliseconds(0); });
  refuses("original", [](StoryRecord& s) { s.original->sha256 = "0"; });
  refuses("64 hexadecimal", [](StoryRecord& s) { s.links.push_back({"secret", {}}); });
  CHECK(fresh->list_stories(Actor::system(), {}).total == 0);
}

TEST_CASE("times are read as they are written, and nothing else is") {
  for (auto const count : {0LL, 1'795'000'000'123LL, 1'795'000'000'000LL, 951'782'400'000LL}) {
    Time const time{milliseconds(count)};
    CHECK(from_iso8601(to_iso8601(time)) == time);
  }
  for (auto const* wrong : {"", "Z", "2026-11-23", "2026-11-23T12:30:00", "2026-11-23T12:30:00+02:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T12:60:00Z",
                            "2026-11-23T12:30:00.12Z", "2026-11-23T12:30:00.1234Z", "0000-01-01T00:00:00Z", "2026-11-23 12:30:00Z", "２026-11-23T12:30:00Z"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_iso8601(wrong).has_value());
  }
}

} // namespace tarina::catalog
