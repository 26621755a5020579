#include "catalog/search/index.hpp"
#include "tests/catalog/search_samples.hpp"
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sqlite3.h>

using namespace tarina;
using namespace tarina::catalog;
using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

namespace {

SearchResult search(SearchIndex const& index, SearchQuery const& query) { return index.search(query).value(); }
Ids found(SearchIndex const& index, std::string const& text) { return ids(search(index, words(text))); }

StoryDocument nurse() {
  auto story = finnish_story("nurse", "Hoitotyön arki",
                             {cue(0, "Hei, olen Maija."), cue(5, "Valmistuin lähihoitajaksi"), cue(10, "keväällä 2019 Oulusta."),
                              cue(60, "Nyt työskentelen <päivystyksessä> & viihdyn.")});
  story.texts["fi"].occupation = "lähihoitaja";
  story.texts["sv"].occupation = "närvårdare";
  story.texts["en"].occupation = "practical nurse";
  story.texts["fi"].fields = {"Terveys- ja hyvinvointialat"};
  story.fields = {"9", "913"};
  story.institution = "osao";
  story.unit = "kontinkangas";
  story.tags = {"Hoiva"};
  story.published = std::chrono::sys_time<std::chrono::milliseconds>(3000ms);
  story.duration = 64s;
  return story;
}

StoryDocument gardener() {
  auto story = finnish_story("garden", "Ympäristönhoitaja puistossa", {cue(2, "Hoidan puistoja kesällä.")});
  story.fields = {"8"};
  story.institution = "luovi";
  story.languages = {"fi", "sv"};
  story.captions = {"fi", "sv"};
  story.tracks.push_back({"sv", {cue(2, "Jag sköter parkerna på sommaren.")}});
  story.published = std::chrono::sys_time<std::chrono::milliseconds>(2000ms);
  story.duration = 30s;
  return story;
}

StoryDocument welder() {
  auto story = finnish_story("welder", "Hitsaajan työ", {cue(1, "Hitsaaminen on kivaa, ja lähihoitaja on siskoni.")});
  story.fields = {"7"};
  story.institution = "osao";
  story.published = std::chrono::sys_time<std::chrono::milliseconds>(1000ms);
  story.duration = 90s;
  return story;
}

void fill(SearchIndex& index) {
  for (auto const& story : {nurse(), gardener(), welder()}) index.update(story);
}

std::int64_t count_of(std::vector<FacetCount> const& facet, std::string const& code) {
  for (auto const& f : facet)
    if (f.code == code) return f.count;
  return 0;
}

} // namespace

TEST_CASE("a spoken inflected word leads to its second and its sentence") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto const result = search(index, words("lähihoitaja"));
  CHECK(ids(result) == Ids{"nurse", "welder"}); // occupation above speech
  REQUIRE(result.hits[0].moments.size() == 1);
  auto const& moment = result.hits[0].moments[0];
  CHECK(moment.start == 5s);
  CHECK(moment.language == "fi");
  CHECK(moment.html == "Valmistuin <mark>lähihoitajaksi</mark> keväällä 2019 Oulusta.");
}

TEST_CASE("words spoken in neighbouring cues are found together, at the first of them") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto const result = search(index, words("valmistua Oulu"));
  REQUIRE(ids(result) == Ids{"nurse"});
  REQUIRE(result.hits[0].moments.size() == 1);
  CHECK(result.hits[0].moments[0].start == 5s);
  CHECK(result.hits[0].moments[0].html == "<mark>Valmistuin</mark> lähihoitajaksi keväällä 2019 <mark>Oulusta</mark>.");
}

TEST_CASE("what was said is shown escaped") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto const result = search(index, words("viihtyä"));
  REQUIRE(result.hits.size() == 1);
  REQUIRE(result.hits[0].moments.size() == 1);
  CHECK(result.hits[0].moments[0].html == "Nyt työskentelen &lt;päivystyksessä&gt; &amp; <mark>viihdyn</mark>.");
}

TEST_CASE("titles rank above tags, tags above summaries, summaries above speech, however often it is said") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  std::vector<media::Cue> chatter;
  for (int i = 0; i < 40; ++i) chatter.push_back(cue(i * 5, "kokki kokki kokki kokki"));
  index.update(finnish_story("speech", "Arki", chatter));
  auto summary = finnish_story("summary", "Arki", {});
  summary.texts["fi"].summary = "Kokin päivä";
  auto tag = finnish_story("tag", "Arki", {});
  tag.tags = {"kokki"};
  index.update(summary);
  index.update(tag);
  index.update(finnish_story("title", "Kokkina laivalla", {}));
  CHECK(found(index, "kokki") == Ids{"title", "tag", "summary", "speech"});
}

TEST_CASE("Swedish and English words find by their stems, and a title in another language finds the story") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK(found(index, "parken") == Ids{"garden"});
  CHECK(search(index, words("parken")).hits[0].moments.at(0).language == "sv");
  CHECK(found(index, "närvårdare") == Ids{"nurse"});
  CHECK(found(index, "practical nurses") == Ids{"nurse"});
}

TEST_CASE("speech in a language without an analyser is found as it was said") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto story = nurse();
  story.tracks.push_back({"uk", {cue(20, "Я працюю медсестрою в Оулу")}});
  index.update(story);
  auto const result = search(index, words("МЕДСЕСТРОЮ"));
  REQUIRE(ids(result) == Ids{"nurse"});
  REQUIRE(result.hits[0].moments.size() == 1);
  CHECK(result.hits[0].moments[0].language == "uk");
  CHECK(result.hits[0].moments[0].html.find("<mark>медсестрою</mark>") != std::string::npos);
}

TEST_CASE("user text is never syntax") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  for (auto const* text : {"\"", "\"\"", "'", "*", "^", "-", "NEAR", "NEAR(", "NEAR(a b, 2)", "AND", "OR", "NOT", "a AND", "lähihoitaja OR",
                           "title:lähihoitaja", "{title}: x", "C++", "😀", "lähi-hoitaja", "OSAO:ssa", "((", "+-*/", ";DROP TABLE story",
                           "\\", "%", "_", "\x01\x02\x03", "ä", "\xFF\xFE", "\xE2\x80\xAE" "abc", "--", "/*", "null", "a\"b\"c", "~x", "=x"})
    CHECK_NOTHROW(search(index, words(text)));
  CHECK_NOTHROW(search(index, words(std::string("työ\0koulu", 10))));
  CHECK_NOTHROW(search(index, words(std::string(10000, '"'))));
  std::string const big(10240, 'a');
  CHECK(found(index, big).empty());
  CHECK(found(index, "\"lähihoitaja\"*") == Ids{"nurse", "welder"});
  CHECK(found(index, "lähihoitaja -") == Ids{"nurse", "welder"});
  CHECK(found(index, "😀").empty()); // nothing to look for is not everything
}

TEST_CASE("an unfinished word finds what begins with it, also inside compounds") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto query = words("lähihoit");
  CHECK(ids(search(index, query)).empty());
  query.as_you_type = true;
  CHECK(ids(search(index, query)) == Ids{"nurse", "welder"});
  query.text = "puistossa hoit";
  CHECK(ids(search(index, query)) == Ids{"garden"});
}

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
  for (auto sort : {SearchSort::relevance, SearchSort::newest, SearchSort::shortest})
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

TEST_CASE("an update leaves nothing of the former revision, a removal nothing at all") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto story = nurse();
  story.revision = 2;
  story.texts["fi"].title = "Uusi otsikko";
  story.tags = {"kiertotalous"};
  story.tracks[0].cues = {cue(7, "Nyt puhun leipomisesta.")};
  index.update(story);
  CHECK(found(index, "viihtyä").empty());
  CHECK(found(index, "hoiva").empty());
  CHECK(found(index, "leipominen") == Ids{"nurse"});
  CHECK(index.moments("nurse", "leipominen").at(0).start == 7s);
  CHECK(index.size() == 3);
  index.remove("nurse");
  index.remove("nurse");
  index.remove("never there");
  CHECK(found(index, "leipominen").empty());
  CHECK(index.moments("nurse", "leipominen").empty());
  CHECK(index.size() == 2);
  CHECK(search(index, words("")).total == 2);
  CHECK(index.check() == "");
}

TEST_CASE("a purge leaves no byte of a removed story in the file or its log") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto story = nurse();
  story.id = "secret";
  story.texts["fi"].title = "Zyxwvutsr";
  story.tracks[0].cues = {cue(0, "Qponmlkji puhuu.")};
  index.update(story);
  auto bytes = [&] {
    std::string all;
    for (auto const* end : {"", "-wal"}) {
      std::ifstream in((folder.path / "search.sqlite").string() + end, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  };
  auto holds = [&](char const* word) { return bytes().find(word) != std::string::npos; };
  REQUIRE(holds("Zyxwvutsr"));
  REQUIRE(holds("qponmlkji"));
  index.remove("secret");
  index.purge();
  for (auto const* word : {"Zyxwvutsr", "zyxwvutsr", "Qponmlkji", "qponmlkji"}) CHECK_FALSE(holds(word));
  CHECK(found(index, "lähihoitaja") == Ids{"nurse", "welder"});
  CHECK(index.check() == "");
}

TEST_CASE("within one story every cue with the word is listed in time order") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  std::vector<media::Cue> cues;
  for (int i = 0; i < 40; ++i) cues.push_back(cue(i * 5, i % 4 == 1 ? "Työ numero " + std::to_string(i) + "." : "Muuta asiaa."));
  index.update(finnish_story("long", "Pitkä", cues));
  auto const moments = index.moments("long", "työ");
  REQUIRE(moments.size() == 10);
  for (std::size_t i = 0; i < moments.size(); ++i) CHECK(moments[i].start == std::chrono::seconds((static_cast<int>(i) * 4 + 1) * 5));
  CHECK(index.moments("long", "työ", 3).size() == 3);
  CHECK(index.moments("long", "").empty());
  CHECK(index.moments("long", "puuttuu").empty());
  CHECK(search(index, words("työ")).hits.at(0).moments.size() == 3);
}

TEST_CASE("a query that finds nothing is answered with the nearest words there are") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK(search(index, words("lähihoitja")).suggestion == "lähihoitaja");
  CHECK(search(index, words("lähihoitja Oulussa")).suggestion == "lähihoitaja Oulussa");
  CHECK(search(index, words("qqqqqqqqqq")).suggestion.empty());
  CHECK(search(index, words("lähihoitaja")).suggestion.empty());
  index.remove("nurse");
  index.remove("welder");
  CHECK(search(index, words("lähihoitja")).suggestion.empty()); // only words that are still there
}

TEST_CASE("what was indexed is there after reopening") {
  SearchFolder folder;
  {
    SearchIndex index(folder.options());
    CHECK(index.needs_rebuild());
    index.rebuild([](auto const& add) {
      for (auto const& story : {nurse(), gardener(), welder()}) add(story);
    });
    CHECK_FALSE(index.needs_rebuild());
  }
  SearchIndex index(folder.options());
  CHECK_FALSE(index.needs_rebuild());
  CHECK(index.size() == 3);
  CHECK(found(index, "lähihoitaja") == Ids{"nurse", "welder"});
  auto query = words("");
  query.institutions = {"osao"};
  CHECK(search(index, query).total == 2);
  CHECK(index.check() == "");
}

TEST_CASE("a rebuild takes out what does not belong and keeps what came in meanwhile") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  index.rebuild([&](auto const& add) {
    add(nurse());
    add(nurse()); // said twice, indexed once
    auto newer = nurse();
    newer.revision = 9;
    newer.texts["fi"].title = "Kalastaja";
    index.update(newer);            // newer than what the rebuild was given
    index.remove("garden");
    CHECK(found(index, "hitsaaja") == Ids{"welder"}); // the old index serves meanwhile
    add(gardener());
  });
  CHECK(found(index, "kalastaja") == Ids{"nurse"});
  CHECK(found(index, "puisto").empty());
  CHECK(found(index, "hitsaaja").empty());
  CHECK(index.size() == 1);
  CHECK(index.check() == "");
  CHECK_FALSE(std::filesystem::exists(folder.path / "search.sqlite.rebuild"));
}

TEST_CASE("a rebuild that fails leaves the index as it was") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK_THROWS_AS(index.rebuild([](auto const& add) {
    add(nurse());
    throw std::runtime_error("the catalog broke");
  }), std::runtime_error);
  CHECK(index.size() == 3);
  CHECK(found(index, "hitsaaja") == Ids{"welder"});
  CHECK_FALSE(std::filesystem::exists(folder.path / "search.sqlite.rebuild"));
  index.rebuild([](auto const& add) { add(welder()); });
  CHECK(index.size() == 1);
}

TEST_CASE("drift names what is missing, outdated and surplus") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK(index.drift({{"nurse", 1}, {"garden", 1}, {"welder", 1}}).empty());
  auto const drift = index.drift({{"nurse", 2}, {"welder", 1}, {"fresh", 1}});
  CHECK(drift.missing == Ids{"fresh", "nurse"});
  CHECK(drift.surplus == Ids{"garden"});
}

TEST_CASE("the check finds words that were changed behind the index's back") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  REQUIRE(index.check() == "");
  sqlite3* raw = nullptr; // a connection without our tokenizers, as the sqlite3 shell's
  REQUIRE(sqlite3_open((folder.path / "search.sqlite").c_str(), &raw) == SQLITE_OK);
  REQUIRE(sqlite3_exec(raw, "UPDATE story_fi_content SET c0 = 'Aivan muuta'", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
  CHECK(index.check() != "");
}

TEST_CASE("a damaged or foreign file is replaced by an empty index that asks to be rebuilt") {
  SearchFolder folder;
  {
    std::ofstream(folder.path / "search.sqlite") << std::string(8192, 'x');
  }
  {
    SearchIndex index(folder.options());
    CHECK(index.needs_rebuild());
    CHECK(index.size() == 0);
    index.update(nurse());
    CHECK(found(index, "lähihoitaja") == Ids{"nurse"});
  }
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open((folder.path / "search.sqlite").c_str(), &raw) == SQLITE_OK);
  REQUIRE(sqlite3_exec(raw, "PRAGMA user_version = 999", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
  SearchIndex index(folder.options());
  CHECK(index.needs_rebuild());
  CHECK(index.size() == 0);
}

TEST_CASE("without a dictionary the service runs on stems, and an index built so asks for a rebuild with one") {
  SearchFolder folder;
  auto without = folder.options();
  without.voikko_dictionary = "none";
  {
    SearchIndex index(without);
    CHECK_FALSE(index.has_dictionary());
    CHECK(index.describe().find("snowball finnish") != std::string::npos);
    CHECK(index.describe().find("turned off") != std::string::npos);
    index.rebuild([](auto const& add) {
      for (auto const& story : {nurse(), gardener(), welder()}) add(story);
    });
    CHECK(found(index, "lähihoitaja") == Ids{"nurse", "welder"});
    CHECK(search(index, words("lähihoitja")).suggestion == "lähihoitaja");
    CHECK(index.check() == "");
  }
  SearchIndex index(folder.options());
  if (!index.has_dictionary()) return;
  CHECK(index.needs_rebuild());
  CHECK(index.check() != "");
  // It still serves, and changes are right at once: words put in by the other analyser are bound to no story any more.
  auto story = nurse();
  story.texts["fi"].title = "Kalastaja";
  index.update(story);
  index.remove("garden");
  CHECK(found(index, "kalastaja") == Ids{"nurse"});
  CHECK(found(index, "puisto").empty());
  CHECK(index.size() == 2);
  index.rebuild([&](auto const& add) {
    add(story);
    add(welder());
  });
  CHECK_FALSE(index.needs_rebuild());
  CHECK(index.check() == "");
  CHECK(found(index, "hitsata") == Ids{"welder"});
}
