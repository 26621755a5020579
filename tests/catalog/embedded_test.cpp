#include "record.hpp"

using namespace tarina::catalog;
namespace media = tarina::media;
using media::milliseconds;
using tarina::Errc;

namespace {

media::EmbeddedText text(std::string language, std::string words, bool chapters = false) {
  return {chapters, std::move(language), "SDH", {{milliseconds(1000), milliseconds(2000), std::move(words), "", ""}}};
}

/// Uploads a video and does every task; the one of texts brings these.
void upload_with(Record& r, std::string const& story, std::vector<media::EmbeddedText> const& texts) {
  auto facts = portrait_facts();
  facts.texts = true;
  upload_whole(r, Actor::system(), story);
  while (auto lease = r->lease_task("w")) {
    bool const ours = std::holds_alternative<media::TextsTask>(lease->task);
    auto const result = ours ? media::TaskResult(media::TextsResult{texts}) : honest_result(lease->task, facts);
    if (auto const done = r->complete_task(lease->task_id, lease->token, result).value(); done.package_complete) r->publish_package(done.package).value();
  }
}

std::string new_story(Record& r) {
  auto const id = r->create_story(Actor::system(), sample_details()).value().id;
  r->give_consent(Actor::system(), id, consent_to(everything)).value();
  return id;
}

} // namespace

TEST_CASE("texts that came with a video are drafts for the editor and nothing for the public") {
  Record r;
  auto const id = new_story(r);
  upload_with(r, id, {text("", "Alku", true), text("fi", "Hei"), text("sv", "Hej"), text("fi", "Hei taas"), text("en", std::string(3000, 'x'))});
  auto const tracks = r->story(Actor::system(), id).value().tracks;
  REQUIRE(tracks.size() == 3); // the second Finnish one gives way, the English one's only line no editor could save
  for (auto const& track : tracks) {
    CHECK_FALSE(track.checked);
    CHECK(track.embedded);
    CHECK(track.label == "SDH");
    CHECK(track.changed_by.empty());
  }
  CHECK(r->track(Actor::system(), id, "fi-captions").value().lines.at(0).text == "Hei");
  CHECK(r->track(Actor::system(), id, "sv-subtitles").value().lines.at(0).text == "Hej");
  CHECK(r->track(Actor::system(), id, "fi-chapters").value().lines.at(0).text == "Alku");
  CHECK(error_of(r->publish(Actor::system(), id)).key == "publish.captions_missing");
  r->save_track(Actor::system(), id, [&] { auto t = sample_track(true, 0); t.language = "en"; return t; }()).value();
  auto details = sample_details();
  details.languages = {"en"};
  r->edit_story(Actor::system(), id, details, r->story(Actor::system(), id).value().revision).value();
  r->publish(Actor::system(), id).value();
  CHECK(r->public_story(id, Use::watch).value().tracks.size() == 1);
  CHECK(error_of(r->public_track(id, Use::watch, "fi-chapters")).key == "subtitles.unknown");
  // Checked by a person, it is shown.
  auto chapters = r->track(Actor::system(), id, "fi-chapters").value();
  r->save_track(Actor::system(), id, {"fi", TrackKind::chapters, true, chapters.lines, chapters.revision}).value();
  CHECK(r->public_track(id, Use::watch, "fi-chapters").value().lines.size() == 1);
  for (auto const& track : r->story(Actor::system(), id).value().tracks) CHECK(track.embedded == (track.id == "fi-captions" || track.id == "sv-subtitles"));
}

TEST_CASE("a new video's texts replace an earlier video's, and nothing a person has written or deleted") {
  Record r;
  auto const id = new_story(r);
  upload_with(r, id, {text("fi", "Vanha"), text("sv", "Gammal"), text("en", "Old")});
  auto const editor = person_actor(Role::editor, "osao");
  r->save_track(editor, id, sample_track(false, 1, "Ihmisen kirjoittama")).value();
  r->delete_track(editor, id, "en-subtitles", 1).value();
  upload_with(r, id, {text("fi", "Uusi"), text("sv", "Ny"), text("en", "New")});
  CHECK(r->track(Actor::system(), id, "fi-captions").value().lines.at(0).text == "Ihmisen kirjoittama");
  CHECK(r->track(Actor::system(), id, "sv-subtitles").value().lines.at(0).text == "Ny");
  CHECK(r->track(Actor::system(), id, "sv-subtitles").value().revision == 2);
  CHECK(error_of(r->track(Actor::system(), id, "en-subtitles")).key == "subtitles.unknown");
}

TEST_CASE("texts, covers and downloads that fail are given up and the story is made") {
  Record r;
  auto const id = new_story(r);
  auto facts = portrait_facts();
  facts.texts = true;
  facts.covers = {3};
  upload_whole(r, Actor::system(), id);
  std::vector<std::string> failed;
  bool complete = false;
  while (auto lease = r->lease_task("w")) {
    if (media::is_dispensable(lease->task)) {
      failed.emplace_back(media::task_kind(lease->task));
      r->fail_task(lease->task_id, lease->token, {"media.damaged", "no", true}).value();
      continue;
    }
    auto result = honest_result(lease->task, facts);
    if (auto* tracks = std::get_if<std::vector<media::Track>>(&result))
      for (auto& track : *tracks) track.init_bytes = 500;
    r->complete_task(lease->task_id, lease->token, result).value();
  }
  for (auto const& package : r->complete_packages()) complete = true, r->publish_package(package).value();
  CHECK(complete);
  CHECK(failed == std::vector<std::string>{"texts", "cover", "download"});
  auto const story = r->story(Actor::system(), id).value();
  CHECK(story.state == StoryState::review);
  CHECK(story.tracks.empty());
  CHECK(story.download_bytes == 0);
}

TEST_CASE("the download is ordered last, of what the others made, and the package waits for it") {
  Record r;
  auto const id = new_story(r);
  upload_whole(r, Actor::system(), id);
  int tasks_after = -1;
  while (auto lease = r->lease_task("w")) {
    if (tasks_after >= 0) ++tasks_after;
    auto result = honest_result(lease->task);
    if (auto* tracks = std::get_if<std::vector<media::Track>>(&result))
      for (auto& track : *tracks) track.init_bytes = 500;
    if (auto const* download = std::get_if<media::DownloadTask>(&lease->task)) {
      tasks_after = 0;
      CHECK(download->picture == "v360");
      CHECK(download->sound == "a96");
      CHECK(download->language == "fin");
      CHECK(download->sound_bytes == 4 * 1000 + 500);
      CHECK(lease->source_bytes == download->picture_bytes + download->sound_bytes);
      CHECK(lease->source_sha256.empty());
      CHECK(r->story(Actor::system(), id).value().processing.percent < 100);
      auto const too_long = media::Download{lease->source_bytes + media::download_index_bytes + 1, std::string(64, 'a')};
      CHECK(error_of(r->complete_task(lease->task_id, lease->token, too_long)).key == "task.result_wrong");
      CHECK(error_of(r->complete_task(lease->task_id, lease->token, media::StillsResult{})).key == "task.result_wrong");
      result = media::Download{12'345, std::string(64, 'a')};
    }
    auto const done = r->complete_task(lease->task_id, lease->token, result).value();
    CHECK(done.package_complete == std::holds_alternative<media::DownloadTask>(lease->task));
    if (done.package_complete) {
      CHECK(r->package(done.package).value().facts.download->sha256 == std::string(64, 'a'));
      r->publish_package(done.package).value();
    }
  }
  CHECK(tasks_after == 0);
  CHECK(r->story(Actor::system(), id).value().download_bytes == 12'345);
}

TEST_CASE("an editor chooses the story's picture among its candidates") {
  Record r;
  auto const id = new_story(r);
  auto facts = portrait_facts();
  facts.covers = {3};
  upload_whole(r, Actor::system(), id);
  while (auto lease = r->lease_task("w")) {
    auto result = honest_result(lease->task, facts);
    if (auto* stills = std::get_if<media::StillsResult>(&result))
      stills->posters = std::holds_alternative<media::CoverTask>(lease->task) ? std::vector<std::string>{"cover.jpg"} : std::vector<std::string>{"poster.jpg", "poster-2.jpg"};
    if (auto const done = r->complete_task(lease->task_id, lease->token, result).value(); done.package_complete) r->publish_package(done.package).value();
  }
  auto const editor = person_actor(Role::editor, "osao");
  CHECK(r->posters(editor, id).value() == std::vector<std::string>{"stills/poster.jpg", "stills/poster-2.jpg", "stills/cover.jpg"});
  CHECK(r->story(editor, id).value().poster == "stills/poster.jpg");
  r->choose_poster(editor, id, "stills/cover.jpg").value();
  CHECK(r->story(editor, id).value().poster == "stills/cover.jpg");
  CHECK(error_of(r->choose_poster(editor, id, "stills/storyboard-001.jpg")).key == "story.poster_unknown");
  CHECK(error_of(r->choose_poster(person_actor(Role::editor, "luovi"), id, "stills/poster.jpg")).code == Errc::not_found);
  CHECK(error_of(r->choose_poster(Actor::teller(id), id, "stills/poster.jpg")).code == Errc::forbidden);
  CHECK(r->story(editor, id).value().poster == "stills/cover.jpg");
}
