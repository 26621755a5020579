// The record and the search index stay in step.
#include "tests/catalog/record.hpp"
#include <thread>

namespace tarina::catalog {
namespace {

std::vector<std::string> hits(Record& r, std::string text) {
  SearchQuery q;
  q.text = std::move(text);
  std::vector<std::string> ids;
  for (auto const& hit : r->search(q).value().hits) ids.push_back(hit.story);
  return ids;
}

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE("a story is found from publication to withdrawal, and follows every edit") {
  Record r;
  auto d = sample_details();
  d.title.fi = "Zzyxin tarina";
  auto const id = story_in_review(r, d);
  r->save_track(Actor::system(), id, sample_track(true, 0, "Qwertzin sana")).value();
  CHECK(hits(r, "zzyxin").empty());
  r->publish(Actor::system(), id).value();
  CHECK(hits(r, "zzyxin") == Ids{id});
  CHECK(hits(r, "qwertzin") == Ids{id});
  CHECK(hits(r, "närvårdare") == Ids{id}); // the occupation in the other language
  d.title.fi = "Blorbin tarina";
  r->edit_story(Actor::system(), id, d, 1).value();
  CHECK(hits(r, "zzyxin").empty());
  CHECK(hits(r, "blorbin") == Ids{id});
  r->save_track(Actor::system(), id, sample_track(true, 1, "Uusi fnordin sana")).value();
  CHECK(hits(r, "qwertzin").empty());
  CHECK(hits(r, "fnordin") == Ids{id});
  r->save_track(Actor::system(), id, sample_track(false, 2, "Tarkistamaton plughin")).value();
  CHECK(hits(r, "plughin").empty());
  r->give_consent(Actor::teller(id), id, consent_to({false, true, true, true})).value();
  CHECK(hits(r, "blorbin").empty());
  r->give_consent(Actor::teller(id), id, consent_to(everything)).value();
  CHECK(hits(r, "blorbin") == Ids{id});
  r->unpublish(Actor::system(), id).value();
  CHECK(hits(r, "blorbin").empty());
  r->publish(Actor::system(), id).has_value();
  r->withdraw(Actor::teller(id), id).value();
  CHECK(hits(r, "blorbin").empty());
}

TEST_CASE("an index that was lost or fell behind is put right at the start") {
  Record r;
  auto d = sample_details();
  d.title.fi = "Zzyxin tarina";
  auto const id = published_story(r, d);
  r.catalog.reset();
  for (auto const* name : {"search.sqlite", "search.sqlite-wal", "search.sqlite-shm"}) std::filesystem::remove(r.folder.path / name);
  r.open();
  CHECK(hits(r, "zzyxin") == Ids{id});
  r.catalog.reset();
  {
    SearchOptions options;
    options.file = (r.folder.path / "search.sqlite").string();
    SearchIndex index(options);
    index.remove(id);
    StoryDocument ghost;
    ghost.id = "ghost00000";
    ghost.texts["fi"].title = "Zzyxin haamu";
    index.update(ghost);
  }
  r.open();
  CHECK(hits(r, "zzyxin") == Ids{id});
  r->reindex();
  CHECK(hits(r, "zzyxin") == Ids{id});
  CHECK(r->check().empty());
}

TEST_CASE("many threads that read and write at once neither lose nor tear anything") {
  Record r;
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(r->create_story(Actor::system(), sample_details()).value().id);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&, t] {
      do {
        auto const story = r->story(Actor::system(), ids[static_cast<std::size_t>(t)]).value();
        // Title and tag are always written together.
        if (story.revision > 1 && (story.details.tags.empty() || story.details.title.fi != story.details.tags[0])) ++torn;
        r->list_stories(Actor::system(), {});
        r->access(ids[0], Use::watch).has_error();
      } while (!stop);
    });
  std::vector<std::thread> writers;
  std::atomic<int> conflicts{0};
  for (int t = 0; t < 4; ++t)
    writers.emplace_back([&, t] {
      for (int i = 0; i < 15; ++i) {
        auto const& id = ids[static_cast<std::size_t>(t)];
        auto d = sample_details();
        d.title.fi = "t" + std::to_string(i);
        d.tags = {d.title.fi};
        r->edit_story(Actor::system(), id, d, i + 1).value();
        // All fight for the last story's subtitles; exactly one wins each revision.
        auto const now = r->track(Actor::system(), ids[3], "fi-captions");
        if (!r->save_track(Actor::system(), ids[3], sample_track(false, now ? now->revision : 0))) ++conflicts;
      }
    });
  for (auto& w : writers) w.join();
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(torn == 0);
  for (auto const& id : ids) CHECK(r->story(Actor::system(), id).value().revision == 16);
  auto const versions = r->track_versions(Actor::system(), ids[3], "fi-captions").value();
  CHECK(static_cast<int>(versions.size()) + conflicts == 4 * 15);
  CHECK(r->check().empty());
}

} // namespace tarina::catalog
