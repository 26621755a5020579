// The record and the search index stay in step.
#include "tests/catalog/record.hpp"
#include <fstream>
#include <sqlite3.h>
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

/// A published one, found by "zzyxin" and suggested to who types its beginning.
std::string zzyxin_story(Record& r) {
  auto d = sample_details();
  d.title.fi = "Zzyxin tarina";
  return published_story(r, d);
}

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
  auto const id = zzyxin_story(r);
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

TEST_CASE("the check names stories that the index lacks, has wrongly or has as they were") {
  Record r;
  auto d = sample_details();
  auto const first = published_story(r, d), second = published_story(r, d);
  REQUIRE(r->check().empty());
  auto tamper = [&](std::string const& sql) {
    r.catalog.reset();
    sqlite3* raw = nullptr; // knows no tokenizer, as the sqlite3 shell
    REQUIRE(sqlite3_open((r.folder.path / "search.sqlite").c_str(), &raw) == SQLITE_OK);
    CHECK(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
  };
  tamper("UPDATE story SET revision = revision + 1 WHERE public_id = '" + first + "'");
  r.open(SearchStart::later);
  CHECK(r->check().find("missing or as they were before: " + first) != std::string::npos);
  r->settle_search();
  CHECK(r->check().empty());
  tamper("UPDATE story SET public_id = 'ghost00000' WHERE public_id = '" + second + "'");
  r.open(SearchStart::later);
  auto wrong = r->check();
  CHECK(wrong.find("missing or as they were before: " + second) != std::string::npos);
  CHECK(wrong.find("should not be: ghost00000") != std::string::npos);
  r->settle_search();
  CHECK(r->check().empty());
  tamper("UPDATE story_fi_content SET c0 = 'Aivan muuta'");
  r.open(SearchStart::later);
  CHECK(r->check().find("search index:") != std::string::npos);
  CHECK(r->reindex());
  CHECK(r->check().empty());
  r.open(SearchStart::never);
  CHECK(r->check().empty());
  CHECK_FALSE(r->has_administrator());
}

TEST_CASE("an index is built when asked, and a build that is stopped changes nothing") {
  Record r;
  auto d = sample_details();
  d.title.fi = "Zzyxin tarina";
  auto const id = published_story(r, d);
  r.catalog.reset();
  for (auto const* name : {"search.sqlite", "search.sqlite-wal", "search.sqlite-shm"}) std::filesystem::remove(r.folder.path / name);
  r.open(SearchStart::later);
  CHECK(r->search_index().needs_rebuild());
  CHECK(hits(r, "zzyxin").empty());
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(r->reindex(stop.get_token()));
  CHECK(r->search_index().needs_rebuild());
  // A change meanwhile is found at once, and is still there when all of it has been built.
  d.title.fi = "Blorbin tarina";
  r->edit_story(Actor::system(), id, d, 1).value();
  CHECK(hits(r, "blorbin") == Ids{id});
  CHECK(r->reindex());
  CHECK_FALSE(r->search_index().needs_rebuild());
  CHECK(hits(r, "blorbin") == Ids{id});
  CHECK(r->check().empty());
}

TEST_CASE("a withdrawn story is suggested no more") {
  Record r;
  auto const id = zzyxin_story(r);
  SuggestionQuery query;
  query.text = "zzy";
  REQUIRE_FALSE(r->suggestions(query).empty());
  CHECK(r->suggestions(query).back().code == id);
  r->withdraw(Actor::teller(id), id).value();
  CHECK(r->suggestions(query).empty());
}

TEST_CASE("an index that is behind the record suggests no title of a withdrawn story") {
  Record r;
  auto const id = zzyxin_story(r);
  r.catalog.reset();
  auto const file = r.folder.path / "search.sqlite";
  std::filesystem::copy_file(file, r.folder.path / "earlier");
  r.open();
  r->withdraw(Actor::teller(id), id).value();
  r.catalog.reset();
  std::filesystem::rename(r.folder.path / "earlier", file);
  r.open(SearchStart::later);
  SuggestionQuery query;
  query.text = "zzy";
  REQUIRE(r->search_index().suggestions(query).back().code == id);
  for (auto const& one : r->suggestions(query)) CHECK(one.code != id);
}

TEST_CASE("an index with any page overwritten stops no start, and finds everything once it is built anew") {
  Record r;
  auto d = sample_details();
  d.title.fi = "Zzyxin tarina";
  auto const id = published_story(r, d);
  r.catalog.reset();
  auto const file = r.folder.path / "search.sqlite";
  std::string sound;
  {
    std::ifstream in(file, std::ios::binary);
    sound.assign(std::istreambuf_iterator<char>(in), {});
  }
  constexpr std::size_t page = 4096;
  REQUIRE(sound.size() > 20 * page);
  int found_at_start = 0, found_by_check = 0;
  for (std::size_t at = 0; at < sound.size(); at += page) {
    char const fill = at / page % 2 == 0 ? '\xff' : '\0';
    INFO("page " << at / page + 1 << " filled with " << static_cast<int>(fill));
    auto damaged = sound;
    damaged.replace(at, page, page, fill);
    for (auto const* end : {"-wal", "-shm"}) std::filesystem::remove(file.string() + end);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
    r.open(at / page % 3 == 0 ? SearchStart::open : SearchStart::later);
    r->settle_search();
    if (r->search_index().needs_rebuild()) {
      ++found_at_start;
    } else if (auto const wrong = r->check(); !wrong.empty()) { // what the start has not read
      CHECK(wrong.find("search index: ") == 0);
      CHECK(r->search_index().needs_rebuild());
      ++found_by_check;
    }
    if (r->search_index().needs_rebuild()) r->reindex();
    CHECK_FALSE(r->search_index().needs_rebuild());
    CHECK(r->check() == "");
    CHECK(hits(r, "zzyxin") == Ids{id});
    r.catalog.reset();
  }
  CHECK(found_at_start > 1);
  CHECK(found_by_check > 1);
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
