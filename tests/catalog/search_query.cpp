#include "catalog/search/cue_groups.hpp"
#include "catalog/search/moments.hpp"
#include "catalog/search/query.hpp"
#include "catalog/search/suggestion.hpp"
#include "catalog/search/swedish.hpp"
#include "catalog/search/synonyms.hpp"
#include "catalog/search/words.hpp"
#include "tests/catalog/search_samples.hpp"
#include <catch2/catch.hpp>

using namespace tarina;
using namespace tarina::catalog;
using namespace std::chrono_literals;

TEST_CASE("a query quotes every word and knows no syntax") {
  CHECK(match_all(query_words("lähihoitaja Oulu")) == "\"lähihoitaja\" AND \"Oulu\"");
  CHECK(match_all(query_words("a:b AND ^x* NEAR(y z, 3) -\"q\"")) ==
        "\"a:b\" AND \"x\" AND \"NEAR\" AND \"y\" AND \"z\" AND \"3\" AND \"q\"");
  CHECK(match_all(query_words("työ -")) == "\"työ\"");
  CHECK(match_all(query_words(" \" ' * ^ - ( ) 😀 ")).empty());
  CHECK(match_all(query_words("hoit"), true) == "\"hoit\" *");
  CHECK(match_any(query_words("a1 b1")) == "\"a1\" OR \"b1\"");
  CHECK(match_all({"a\"b"}) == "\"a\"\"b\"");
}

TEST_CASE("words that only join are left out beside others, and repeated ones") {
  CHECK(query_words("sosiaali- ja terveysala") == std::vector<std::string>{"sosiaali", "terveysala"});
  CHECK(query_words("ja") == std::vector<std::string>{"ja"});
  CHECK(query_words("työ työ") == std::vector<std::string>{"työ"});
}

TEST_CASE("a query is read up to its limits") {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "w" + std::to_string(i) + " ";
  CHECK(query_words(many).size() == most_query_words);
  CHECK(query_words(std::string(10000, 'x')).size() == 1);
}

TEST_CASE("a name typed in one language is asked for in the tables of the others, in no other table") {
  constexpr std::size_t fi = 0, sv = 1, en = 2, other = 3;
  Translation const nurse(query_words("practical nurse Oulu"));
  CHECK(nurse.all(fi) == R"((("practical" AND "nurse") OR ("Lähihoitaja")) AND (("Oulu")))");
  CHECK(nurse.all(sv) == R"((("practical" AND "nurse") OR ("Närvårdare")) AND (("Oulu")))");
  CHECK(nurse.all(en).empty());
  CHECK(nurse.all(other).empty());
  CHECK(nurse.any(fi) == R"("practical" OR "nurse" OR "Oulu" OR ("Lähihoitaja"))");
  CHECK(nurse.any(en) == R"("practical" OR "nurse" OR "Oulu")");
  CHECK(Translation(query_words("lähihoitajaksi")).all(fi).empty());
  CHECK(Translation(query_words("närvårdaren")).all(fi) == R"((("närvårdaren") OR ("Lähihoitaja")))");
  CHECK(Translation(query_words("waitress")).all(fi) == R"((("waitress") OR ("Tarjoilija")))");
  CHECK(Translation(query_words("nurse")).all(fi).empty()); // no name by itself
  CHECK(Translation(query_words("")).any(fi).empty());
}

TEST_CASE("a Swedish compound has its parts at its ends") {
  for (auto const& [word, part] : std::vector<std::pair<std::string, std::string>>{
           {"närvårdaren", "vårdare"}, {"grundutbildningens", "utbildning"}, {"yrkesskolan", "skola"}, {"arbetsplatsen", "arbete"}, {"bilmekaniker", "mekaniker"}}) {
    CAPTURE(word, part);
    CHECK(is_swedish_compound_of(word, part));
  }
  for (auto const& [word, part] : std::vector<std::pair<std::string, std::string>>{
           {"sjukvården", "vårdare"}, {"vårdaren", "vårdare"}, {"skolan", "skola"}, {"stål", "ål"}, {"", "skola"}, {"vårdarinnan7", "vårdare"}}) {
    CAPTURE(word, part);
    CHECK_FALSE(is_swedish_compound_of(word, part));
  }
}

TEST_CASE("cues are grouped with overlap, in groups of at most forty seconds") {
  auto spoken = [](std::vector<media::Cue> const& cues) {
    std::string speech;
    return speak("fi", cues, speech).cues;
  };
  std::vector<media::Cue> all;
  for (int i = 0; i < 50; ++i) all.push_back(cue(i * 4, "sana" + std::to_string(i)));
  auto const cues = spoken(all);
  auto const groups = group_cues(cues);
  REQUIRE(groups.size() > 5);
  std::chrono::milliseconds covered = 0ms;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto const &first = cues[groups[i].first], &last = cues[groups[i].end - 1];
    CHECK(last.end - first.start <= 40s);
    CHECK(first.start <= covered); // no cue is left out
    if (i + 1 < groups.size()) {
      CHECK(last.end - first.start >= 20s);
      CHECK(groups[i + 1].first < groups[i].end - 1); // neighbours share cues
    }
    covered = last.end;
  }
  CHECK(covered == cues.back().end);
  CHECK(group_cues({}).empty());
  CHECK(group_cues(spoken({cue(0, "x")})).size() == 1);
  CHECK(group_cues(spoken({{0s, 90s, "pitkä", {}, {}}, cue(90, "lyhyt")})).size() == 2); // a cue longer than a group is its own
}

TEST_CASE("speech keeps its times, words and bytes, and reads back what it wrote") {
  std::string speech;
  auto const track = speak("fi", {cue(0, "Hei, olen\nMaija."), cue(5, ""), cue(9, "Terve!")}, speech);
  CHECK(speech == "Hei, olen Maija.\n\nTerve!\n");
  REQUIRE(track.cues.size() == 3);
  CHECK(track.cues[0].words == 3);
  CHECK(track.cues[0].bytes == 17);
  CHECK(track.cues[1].words == 0);
  CHECK(track.cues[1].bytes == 1);
  auto const back = read_tracks(write_tracks({track, {"uk", {}}}));
  REQUIRE(back.size() == 2);
  REQUIRE(back[0].cues.size() == 3);
  CHECK(back[0].language == "fi");
  CHECK(back[0].cues[2].start == 9s);
  CHECK(back[0].cues[2].end == 13s);
  CHECK(back[0].cues[2].words == 1);
  CHECK(back[1].language == "uk");
  CHECK(back[1].cues.empty());
  for (auto const* broken : {"", "fi", "fi:1", "fi:1,2,3,x;|", "fi:1,2,3", "||"}) CHECK_NOTHROW(read_tracks(broken));
}

TEST_CASE("control characters in cues cannot forge marks or lines") {
  std::string speech;
  speak("fi", {cue(0, std::string("a\x02" "b\x03 c\x1e" "d\n\0e", 11))}, speech);
  CHECK(speech == "a b  c d  e\n");
}

TEST_CASE("a moment is the sentence around the hit, escaped, starting with the hit's cue") {
  std::vector<CueTime> const times{{0s, 4s}, {4s, 8s}, {8s, 12s}};
  std::string const marked = "Alku oli <b>. Sitten\x1etuli \x02OSAO\x03:n \"työ\" & \x02koulu\x03\x1eja se. Loppu tuli.";
  auto const moments = read_moments(marked, times, "fi");
  REQUIRE(moments.size() == 1);
  CHECK(moments[0].start == 4s);
  CHECK(moments[0].end == 12s);
  CHECK(moments[0].html == "Sitten tuli <mark>OSAO</mark>:n &quot;työ&quot; &amp; <mark>koulu</mark> ja se.");
}

TEST_CASE("a moment out of a long sentence is cut at gaps and says so") {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "sana" + std::to_string(i) + " ";
  text += "\x02osuma\x03";
  for (int i = 0; i < 60; ++i) text += " sana" + std::to_string(i);
  auto const moments = read_moments(text, {{0s, 9s}}, "fi");
  REQUIRE(moments.size() == 1);
  CHECK(moments[0].html.starts_with("… sana"));
  CHECK(moments[0].html.find("<mark>osuma</mark>") != std::string::npos);
  CHECK(moments[0].html.ends_with(" …"));
  CHECK(moments[0].html.size() < 330);
}

TEST_CASE("a moment without gaps is cut between characters") {
  std::string text = "\x02";
  for (int i = 0; i < 500; ++i) text += "ä";
  text += "\x03 loppu";
  auto const moments = read_moments(text, {{0s, 9s}}, "fi");
  REQUIRE(moments.size() == 1);
  CHECK(moments[0].html.find("</mark>") != std::string::npos); // the marked word stays whole
  std::string open;
  for (int i = 0; i < 500; ++i) open += "ö";
  auto const next = read_moments("\x02" "a\x03 " + open, {{0s, 9s}}, "fi");
  REQUIRE(next.size() == 1);
  for (std::size_t at = 0; at < next[0].html.size();) CHECK(decode_utf8(next[0].html, at) != 0xFFFD);
}

TEST_CASE("times that do not fit the text give no moment") {
  CHECK(read_moments("a\x1e\x02" "b\x03", {{0s, 1s}}, "fi").empty());
  CHECK(read_moments("no hit", {{0s, 1s}}, "fi").empty());
}

TEST_CASE("spelling distance counts letters, swaps and missing dots") {
  auto distance = [](char32_t const* a, char32_t const* b) { return spelling_distance(a, b, 100); };
  CHECK(distance(U"koulu", U"koulu") == 0);
  CHECK(distance(U"kuolu", U"koulu") == 2);
  CHECK(distance(U"kolu", U"koulu") == 2);
  CHECK(distance(U"hitsaja", U"hitsaaja") == 1);
  CHECK(distance(U"kokkii", U"kokki") == 1);
  CHECK(distance(U"opiskelia", U"opiskelija") == 1);
  CHECK(distance(U"", U"aab") == 4);
  CHECK(distance(U"abc", U"abcc") == distance(U"abcc", U"abc"));
  CHECK(distance(U"aiti", U"äiti") == 1);
  CHECK(spelling_distance(U"aaaa", U"bbbbbbbb", 4) == 5);
  CHECK(spelling_distance(std::u32string(100, 'a'), std::u32string(100, 'a'), 4) == 5); // too long to be a typo
}

TEST_CASE("the nearest word is near, then begins alike, then is frequent") {
  std::vector<VocabularyWord> const all{{"hitsaaja", 5}, {"kitsaja", 50}, {"hitsari", 1}, {"työ", 9}, {"yö", 90}};
  CHECK(nearest_word("hitsaja", all) == "hitsaaja");
  CHECK(nearest_word("tyo", all) == "työ");
  CHECK(nearest_word("xyzzy", all).empty());
  std::vector<VocabularyWord> const far{{"bussi", 9}, {"koti", 30}, {"että", 90}, {"kokki", 1}, {"äiti", 3}, {"ettan", 1}};
  CHECK(nearest_word("kurssi", far).empty()); // another first letter
  CHECK(nearest_word("koodi", far).empty());  // two errors in a short word
  CHECK(nearest_word("lettu", far).empty());
  CHECK(nearest_word("etta", far) == "ettan"); // never a word that only joins others
  CHECK(nearest_word("kokkii", far) == "kokki");
  CHECK(nearest_word("aiti", far) == "äiti");
  CHECK(nearest_word("", all).empty());
}
