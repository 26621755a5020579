// What is found, in which order, and where in the speech.
#include "catalog/search/index.hpp"
#include "tests/catalog/search_samples.hpp"
#include <catch2/catch.hpp>

using namespace tarina;
using namespace tarina::catalog;
using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

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
  CHECK(found(index, "närvårdare") == Ids{"nurse", "welder"}); // the welder's sister is a lähihoitaja
  CHECK(found(index, "practical nurses") == Ids{"nurse", "welder"});
}

TEST_CASE("an occupation's name finds stories in other languages, below every literal hit, and is marked where it is said") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto swedish = finnish_story("literal", "Nr 1", {});
  swedish.tracks = {{"sv", {cue(3, "Jag blev närvårdare.")}}};
  index.update(swedish);
  index.update(finnish_story("title", "Lähihoitajan arki", {cue(4, "Hei.")}));
  index.update(finnish_story("speech", "Nr 2", {cue(6, "Sitten valmistuin lähihoitajaksi."), cue(11, "Loppu.")}));
  index.update(finnish_story("other", "Ympäristönhoitaja", {cue(1, "Hoidan puistoja.")}));
  CHECK(found(index, "närvårdare") == Ids{"literal", "title", "speech"});
  CHECK(found(index, "practical nurse").size() == 3); // of the Swedish one too
  CHECK(found(index, "lähihoitaja") == Ids{"title", "speech", "literal"});
  auto const hits = search(index, words("närvårdare")).hits;
  REQUIRE(hits.size() == 3);
  REQUIRE(hits[2].moments.size() == 1);
  CHECK(hits[2].moments[0].start == 6s);
  CHECK(hits[2].moments[0].html == "Sitten valmistuin <mark>lähihoitajaksi</mark>.");
  CHECK(index.moments("speech", "närvårdare").size() == 1);
}

TEST_CASE("a part of a Swedish compound finds it, below the word itself") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto tell = [&](std::string id, std::string text) {
    auto story = finnish_story(std::move(id), "Nr", {});
    story.tracks = {{"sv", {cue(3, std::move(text))}}};
    index.update(story);
  };
  tell("compound", "Jag utbildade mig till närvårdare.");
  tell("hospital", "Inom sjukvården är det bråttom.");
  CHECK(found(index, "vårdare") == Ids{"compound"});
  CHECK(search(index, words("vårdare")).hits.at(0).moments.at(0).html == "Jag utbildade mig till <mark>närvårdare</mark>.");
  CHECK(index.moments("compound", "vårdare").size() == 1);
  tell("word", "Vårdaren kom.");
  auto swedish = words("vårdare");
  swedish.page_language = "sv";
  CHECK(ids(search(index, swedish)) == Ids{"word", "compound"});
  CHECK(found(index, "vårdare") == Ids{"word"}); // elsewhere only when there is nothing else
  CHECK(found(index, "gå").empty());
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

TEST_CASE("a slip in an inflected word is put right by the forms that stories have") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  if (!index.has_dictionary()) return;
  index.update(finnish_story("home", "Nr", {cue(0, "Olen töissä vanhainkodissa.")}));
  CHECK(search(index, words("lähihoitajksi")).suggestion == "lähihoitajaksi");
  CHECK(search(index, words("vanhinkodissa")).suggestion == "vanhainkodissa");
  CHECK(search(index, words("Oulusa lähihoitajksi")).suggestion == "oulussa lähihoitajaksi");
  CHECK(search(index, words("päivystyksesä qqqqqqqqqq")).suggestion.empty());
  index.remove("home");
  CHECK(search(index, words("vanhinkodissa")).suggestion.empty()); // spelt right, but in no story
}

TEST_CASE("a query that finds nearly nothing is answered with what finds clearly more") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  for (int i = 0; i < 12; ++i) index.update(finnish_story("b" + std::to_string(i), "Bussi numero " + std::to_string(i), {cue(0, "Ajan bussia.")}));
  index.update(finnish_story("typo", "Bussri", {})); // somebody wrote it so
  CHECK(search(index, words("bussri")).total == 1);
  CHECK(search(index, words("bussri")).suggestion == "bussi");
  CHECK(search(index, words("bussi")).suggestion.empty());
  index.update(finnish_story("other", "Bussikuski", {}));
  CHECK(search(index, words("bussikuski")).suggestion.empty()); // rare, but nothing so written is common
  CHECK(search(index, words("bussri numero")).suggestion == "bussi numero");
}

TEST_CASE("translated subtitles give each place once, in the language of the page") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto story = finnish_story("both", "Nr", {cue(0, "Valmistuin lähihoitajaksi."), cue(100, "Lähihoitaja auttaa."), cue(200, "Olen lähihoitaja.")});
  story.tracks.push_back({"sv", {cue(1, "Jag blev närvårdare."), cue(101, "En närvårdare hjälper."), cue(201, "Jag är närvårdare."), cue(300, "Bli närvårdare!")}});
  index.update(story);
  auto told = [&](std::string text, std::string page_language, int most) {
    auto query = words(std::move(text));
    query.page_language = std::move(page_language);
    query.moments = most;
    std::string seen;
    auto const result = search(index, query);
    for (auto const& moment : result.hits.at(0).moments)
      seen += moment.language + " " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(moment.start).count()) + "; ";
    return seen;
  };
  CHECK(told("närvårdare", "sv", 3) == "sv 1; sv 101; sv 201; ");
  CHECK(told("lähihoitaja", "sv", 3) == "sv 1; sv 101; sv 201; ");
  CHECK(told("närvårdare", "fi", 3) == "fi 0; fi 100; fi 200; ");
  CHECK(told("närvårdare", "fi", 5) == "fi 0; fi 100; fi 200; sv 300; ");
  CHECK(told("närvårdare", "en", 3) == "sv 1; sv 101; sv 201; "); // as it was typed
}

TEST_CASE("a name that is more words in another language does not outdo the page's own") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto story = nurse();
  story.tracks = {{"fi", {cue(0, "Valmistuin lähihoitajaksi Oulusta."), cue(50, "Oulu on kotini.")}}, {"en", {cue(0, "I became a practical nurse in Oulu."), cue(50, "Oulu is home.")}}};
  index.update(story);
  auto told = [&](std::string text, std::string page_language) {
    auto query = words(std::move(text));
    query.page_language = std::move(page_language);
    auto const result = search(index, query);
    auto const& moments = result.hits.at(0).moments;
    return moments.size() == 1 ? moments[0].language : std::to_string(moments.size());
  };
  CHECK(told("lähihoitaja", "fi") == "fi");
  CHECK(told("lähihoitaja Oulu", "fi") == "fi");
  CHECK(told("lähihoitaja Oulu", "en") == "en");
  CHECK(told("lähihoitaja", "en") == "en");
  CHECK(told("practical nurse", "fi") == "fi");
  CHECK(told("practical nurse Oulu", "en") == "en");
  story.tracks = {{"fi", {cue(0, "Olin ensin lähihoitaja ja sitten kokki.")}}, {"en", {cue(0, "First I was a practical nurse and then a cook.")}}};
  index.update(story);
  for (std::string const language : {"fi", "en"}) {
    CHECK(told("lähihoitaja kokki", language) == language);
    CHECK(told("practical nurse", language) == language);
  }
}

TEST_CASE("moments keep to their track where a language has several, and to the words of one another's cues") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto story = finnish_story("many", "Monta", {cue(0, "Työ on kivaa."), cue(100, "Koulu oli kivaa.")});
  story.tracks.push_back({"uk", {cue(2, "Робота гарна."), cue(50, "Школа.")}});
  story.tracks.push_back({"ru", {cue(3, "Работа и школа."), cue(60, "Робота.")}});
  index.update(story);
  auto const moments = index.moments("many", "робота");
  REQUIRE(moments.size() == 2);
  CHECK(moments[0].language == "uk");
  CHECK(moments[0].start == 2s);
  CHECK(moments[0].html == "<mark>Робота</mark> гарна.");
  CHECK(moments[1].language == "ru");
  CHECK(moments[1].start == 60s);
  auto const both = index.moments("many", "työ koulu"); // too far apart for one group: each by itself
  REQUIRE(both.size() == 2);
  CHECK(both[0].start == 0s);
  CHECK(both[1].start == 100s);
  CHECK(both[1].html == "<mark>Koulu</mark> oli kivaa.");
}

TEST_CASE("hundreds of words, repeats and long words are bounded work") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  std::string many, same, unknown;
  for (int i = 0; i < 500; ++i) {
    many += "lähihoitaja" + std::to_string(i) + " ";
    same += "lähihoitaja ";
    unknown += "xq" + std::string(static_cast<std::size_t>(i % 50 + 5), 'z') + " ";
  }
  CHECK(search(index, words(many)).total == 0);
  CHECK(found(index, same) == Ids{"nurse", "welder"});
  CHECK(search(index, words(unknown)).suggestion.empty());
  for (bool unfinished : {false, true})
    for (auto const& text : {std::string(5000, '-') + "a", "a" + std::string(5000, '-') + "b", std::string(2000, '\''), std::string("\xE2\x80\xAF\xE2\x80\xAE") + "työ",
                             std::string("* * * \"\" NEAR NOT AND OR"), std::string("ty\0\0\0ö", 7)}) {
      auto query = words(text);
      query.as_you_type = unfinished;
      CHECK_NOTHROW(search(index, query));
      CHECK_NOTHROW(index.moments("nurse", text));
    }
}
