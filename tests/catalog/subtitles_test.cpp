#include "tests/catalog/record.hpp"

namespace tarina::catalog {

TEST_CASE("a track is saved whole, by start time, and read back as it was") {
  Record r;
  auto const id = story_in_review(r);
  SaveTrack t;
  t.language = "fi";
  t.lines = {{milliseconds(5000), milliseconds(6000), "toinen\nrivi", "Maija", "line:0"}, {milliseconds(0), milliseconds(1000), "ensimmäinen <b>", "", ""}, {milliseconds(7000), milliseconds(8000), "  ", "", ""}};
  auto const saved = r->save_track(Actor::system(), id, t).value();
  CHECK(saved.id == "fi-captions");
  CHECK(saved.revision == 1);
  CHECK(saved.cues == 2);
  auto const read = r->track(Actor::system(), id, "fi-captions").value();
  REQUIRE(read.lines.size() == 2);
  CHECK(read.lines[0].text == "ensimmäinen <b>");
  CHECK(read.lines[1].text == "toinen\nrivi");
  CHECK(read.lines[1].speaker == "Maija");
  CHECK(read.lines[1].settings == "line:0");
  CHECK(read.lines[1].start == milliseconds(5000));
}

TEST_CASE("two editors who save the same track do not overwrite each other") {
  Record r;
  auto const id = story_in_review(r);
  r->save_track(Actor::system(), id, sample_track(false)).value();
  CHECK(error_of(r->save_track(Actor::system(), id, sample_track(false))).key == "subtitles.changed_meanwhile");
  r->save_track(Actor::system(), id, sample_track(true, 1, "minun")).value();
  CHECK(error_of(r->save_track(Actor::system(), id, sample_track(true, 1, "sinun"))).key == "subtitles.changed_meanwhile");
  CHECK(r->track(Actor::system(), id, "fi-captions").value().lines[0].text == "minun");
  CHECK(error_of(r->delete_track(Actor::system(), id, "fi-captions", 1)).code == Errc::conflict);
}

TEST_CASE("no version is ever lost, not even by deleting, and each can be brought back") {
  Record r;
  auto const id = story_in_review(r);
  r->save_track(Actor::system(), id, sample_track(false, 0, "ensin")).value();
  r->save_track(Actor::system(), id, sample_track(true, 1, "sitten")).value();
  r->delete_track(Actor::system(), id, "fi-captions", 2).value();
  CHECK(error_of(r->track(Actor::system(), id, "fi-captions")).key == "subtitles.unknown");
  CHECK(r->story(Actor::system(), id).value().tracks.empty());
  auto const versions = r->track_versions(Actor::system(), id, "fi-captions").value();
  REQUIRE(versions.size() == 3);
  CHECK(versions[0].deleted);
  CHECK(r->track_version(Actor::system(), id, "fi-captions", 1).value().lines[0].text == "ensin");
  auto const restored = r->restore_track(Actor::system(), id, "fi-captions", 2, 0).value();
  CHECK(restored.revision == 4);
  CHECK(restored.checked);
  CHECK(r->track(Actor::system(), id, "fi-captions").value().lines[0].text == "sitten");
  CHECK(error_of(r->restore_track(Actor::system(), id, "fi-captions", 3, 4)).key == "subtitles.unknown");
  CHECK(r->track_versions(Actor::system(), id, "fi-captions").value().size() == 4);
}

TEST_CASE("the public gets checked tracks only, and only where access allows") {
  Record r;
  auto const id = published_story(r, sample_details(), {true, false, false, false});
  auto sv = sample_track(false);
  sv.language = "sv";
  sv.kind = TrackKind::subtitles;
  r->save_track(Actor::system(), id, sv).value();
  CHECK(r->public_track(id, Use::watch, "fi-captions").has_value());
  CHECK(error_of(r->public_track(id, Use::watch, "sv-subtitles")).key == "subtitles.unknown");
  CHECK(error_of(r->public_track(id, Use::embed, "fi-captions")).key == "story.unknown");
  CHECK(r->public_story(id, Use::watch).value().tracks.size() == 1);
  CHECK(r->story(Actor::system(), id).value().tracks.size() == 2);
}

TEST_CASE("the public keeps the last checked version while somebody works on the next") {
  Record r;
  auto const id = published_story(r);
  auto const admin = Actor::system();
  auto const shown = [&] { return r->public_track(id, Use::watch, "fi-captions").value().lines[0].text; };
  auto const revision = [&] { return r->track(admin, id, "fi-captions").value().revision; };
  auto const checked = shown();
  r->save_track(admin, id, sample_track(false, revision(), "kesken")).value();
  CHECK(shown() == checked);
  CHECK(r->public_story(id, Use::watch).value().tracks.size() == 1);
  CHECK(error_of(r->delete_track(admin, id, "fi-captions", revision())).key == "subtitles.needed_while_published");
  r->save_track(admin, id, sample_track(true, revision(), "valmis")).value();
  CHECK(shown() == "valmis");
  r->unpublish(admin, id).value();
  r->delete_track(admin, id, "fi-captions", revision()).value();
  r->save_track(admin, id, sample_track(false, 0, "uusi")).value();
  CHECK(error_of(r->publish(admin, id)).key == "publish.captions_missing"); // what was deleted is not brought back by a draft
}

TEST_CASE("tracks that break a rule are refused with their key") {
  Record r;
  auto const id = story_in_review(r);
  auto refused = [&](auto change) {
    auto t = sample_track(false);
    change(t);
    return error_of(r->save_track(Actor::system(), id, t)).key;
  };
  CHECK(refused([](auto& t) { t.lines.clear(); }) == "subtitles.empty");
  CHECK(refused([](auto& t) { t.language = "FI"; }) == "subtitles.language_unknown");
  CHECK(refused([](auto& t) { t.language = "fi'; DROP TABLE story"; }) == "subtitles.language_unknown");
  CHECK(refused([](auto& t) { t.lines[0].end = t.lines[0].start; }) == "subtitles.time_invalid");
  CHECK(refused([](auto& t) { t.lines[0].start = milliseconds(-1); }) == "subtitles.time_invalid");
  CHECK(refused([](auto& t) { t.lines[0].text = std::string(2001, 'x'); }) == "subtitles.text_too_long");
  CHECK(refused([](auto& t) { t.lines[0].text = "\xC0\x80"; }) == "subtitles.text_invalid");
  CHECK(refused([](auto& t) { t.lines.assign(20'001, t.lines[0]); }) == "subtitles.too_many");
  CHECK(error_of(r->save_track(Actor::teller(id), id, sample_track(false))).code == Errc::forbidden);
}

} // namespace tarina::catalog
