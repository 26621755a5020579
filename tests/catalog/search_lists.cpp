// Facets, and pages that follow each other.
#include "catalog/search/index.hpp"
#include "tests/catalog/search_samples.hpp"
#include <catch2/catch.hpp>
#include <set>

using namespace tarina;
using namespace tarina::catalog;
using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

TEST_CASE("an empty text lists everything, newest first, with facets") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto const result = search(index, words("  "));
  CHECK(result.total == 3);
  CHECK(ids(result) == Ids{"nurse", "garden", "welder"});
  CHECK(result.next.empty());
  CHECK(result.suggestion.empty());
  CHECK(count_of(result.facets.institution, "osao") == 2);
  CHECK(count_of(result.facets.language, "sv") == 1);
  CHECK(count_of(result.facets.field, "913") == 1);
  auto query = words("");
  query.sort = SearchSort::shortest;
  CHECK(ids(search(index, query)) == Ids{"garden", "nurse", "welder"});
}

TEST_CASE("facets follow every filter but their own") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto query = words("");
  query.institutions = {"osao"};
  auto result = search(index, query);
  CHECK(result.total == 2);
  CHECK(count_of(result.facets.institution, "luovi") == 1); // still offered
  CHECK(count_of(result.facets.field, "8") == 0);           // luovi's field is not
  CHECK(count_of(result.facets.field, "7") == 1);
  query.fields = {"7"};
  result = search(index, query);
  CHECK(ids(result) == Ids{"welder"});
  CHECK(count_of(result.facets.field, "9") == 1);
  CHECK(count_of(result.facets.institution, "osao") == 1);
  CHECK(count_of(result.facets.institution, "luovi") == 0);
  CHECK(count_of(result.facets.language, "fi") == 1);
  query = words("");
  query.tags = {"HOIVA"};
  CHECK(ids(search(index, query)) == Ids{"nurse"});
  query = words("");
  query.captions = {"sv"};
  CHECK(ids(search(index, query)) == Ids{"garden"});
  query.captions = {"sv", "fi"}; // one of them will do
  CHECK(search(index, query).total == 3);
  query = words("lähihoitaja");
  query.units = {"kontinkangas"};
  CHECK(ids(search(index, query)) == Ids{"nurse"});
  query.fields = {"no such field"};
  CHECK(search(index, query).total == 0);
}

TEST_CASE("length, year and easy language are facets, counted like the others") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto put = [&](char const* id, std::chrono::milliseconds duration, std::chrono::sys_days published, bool plain) {
    auto story = finnish_story(id, "Työ", {});
    story.duration = duration;
    story.published = published;
    story.plain_language = plain;
    index.update(story);
  };
  using namespace std::chrono;
  put("a", 3min - 1ms, 2025y / 12 / 31, false);
  put("b", 3min, 2026y / 1 / 1, true);
  put("c", 10min - 1ms, 2026y / 6 / 1, true);
  put("d", 10min, 2026y / 7 / 1, false);
  auto query = words("");
  auto result = search(index, query);
  CHECK(count_of(result.facets.length, "short") == 1);
  CHECK(count_of(result.facets.length, "medium") == 2);
  CHECK(count_of(result.facets.length, "long") == 1);
  CHECK(count_of(result.facets.year, "2025") == 1);
  CHECK(count_of(result.facets.year, "2026") == 3);
  CHECK(result.facets.plain_language == 2);
  query.lengths = {"short", "medium"};
  query.years = {"2026"};
  result = search(index, query);
  CHECK(ids(result) == Ids{"c", "b"});
  CHECK(count_of(result.facets.length, "long") == 1);
  CHECK(count_of(result.facets.year, "2025") == 1);
  CHECK(result.facets.plain_language == 2);
  query = words("");
  query.plain_language = true;
  result = search(index, query);
  CHECK(ids(result) == Ids{"c", "b"});
  CHECK(result.facets.plain_language == 2);
  CHECK(count_of(result.facets.length, "long") == 0);
  query = words("");
  query.sort = SearchSort::longest;
  CHECK(ids(search(index, query)) == Ids{"d", "c", "b", "a"});
  put("c", 1min, 2024y / 1 / 1, false); // a change moves it from one count to the other
  result = search(index, words(""));
  CHECK(count_of(result.facets.length, "short") == 2);
  CHECK(count_of(result.facets.year, "2024") == 1);
  CHECK(result.facets.plain_language == 1);
}

TEST_CASE("pages follow each other without gap or repetition") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  std::set<std::string> all;
  for (int i = 0; i < 25; ++i) {
    auto story = finnish_story("s" + std::to_string(i), i % 5 == 0 ? "Kokki töissä" : "Työ", {cue(0, "Olen kokki.")});
    story.published = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(i / 4)); // ties on purpose
    story.duration = std::chrono::seconds(i % 3);
    index.update(story);
    all.insert(story.id);
  }
  for (auto sort : {SearchSort::relevance, SearchSort::newest, SearchSort::shortest, SearchSort::longest})
    for (auto const* text : {"", "kokki"}) {
      auto query = words(text);
      query.sort = sort;
      query.limit = 100;
      auto const whole = ids(search(index, query));
      query.limit = 7;
      Ids paged;
      do {
        auto const page = search(index, query);
        CHECK(page.total == 25);
        for (auto const& id : ids(page)) paged.push_back(id);
        query.cursor = page.next;
      } while (!query.cursor.empty() && paged.size() < 100);
      CHECK(paged == whole);
      CHECK(std::set<std::string>(paged.begin(), paged.end()) == all);
    }
}

TEST_CASE("the next page stands when the last story of the page before is gone, or a new one came") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  for (int i = 0; i < 6; ++i) {
    auto story = finnish_story("s" + std::to_string(i), "Työ", {});
    story.published = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(100 - i));
    index.update(story);
  }
  auto query = words("");
  query.limit = 2;
  query.cursor = search(index, query).next; // behind s1
  index.remove("s1");
  auto newest = finnish_story("new", "Työ", {});
  newest.published = std::chrono::sys_time<std::chrono::milliseconds>(1000ms);
  index.update(newest);
  CHECK(ids(search(index, query)) == Ids{"s2", "s3"});
}

TEST_CASE("a cursor that we did not give is refused") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  for (auto const* cursor : {"x", "r", "n", "n1.2.3", "n1.2.3.", "r7ff8000000000000.1.1.a", "n99999999999999999999.1.1.a", "'; --"}) {
    auto query = words("");
    query.cursor = cursor;
    auto const result = index.search(query);
    REQUIRE(result.has_error());
    CHECK(result.error().code == Errc::invalid);
    CHECK(result.error().key == "search.cursor");
  }
}
