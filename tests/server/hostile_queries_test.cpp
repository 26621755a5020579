// Whatever somebody sends as a search is answered: with a result, or with 400 where the address itself is broken.
#include "server/url.hpp"
#include "told_story.hpp"
#include <chrono>
#include <nlohmann/json.hpp>

using namespace fixture;

namespace {

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

/// Texts as typed; they are percent-encoded on their way.
std::vector<std::string> hostile_texts() {
  using namespace std::string_literals;
  return {
      // FTS5's own language
      "\"", "\"\"", "\"\"\"", "\"hitsaaja", "hitsaaja\"", "AND", "OR", "NOT", "NEAR", "hitsaaja AND", "NOT hitsaaja", "NEAR(hitsaaja hoitaja, 5)",
      "NEAR(", "hitsaaja NEAR/2 hoitaja", "title : hitsaaja", "{title summary} : hitsaaja", "-title:hitsaaja", "^hitsaaja", "hits*", "*", "**", "hits* OR *",
      "(", ")", "((((((((((", "(hitsaaja", "hitsaaja)", "+", "hitsaaja + hoitaja", "rank", "rowid:1", "story_fi", "story_fi MATCH 'x'",
      // SQL, templates, markup, shells
      "'; DROP TABLE story; --", "' OR 1=1 --", "1; ATTACH DATABASE 'x' AS y", "%", "_", "%%%", "\\", "\\\\", "\\'", "{{t.search.label}}", "{{{q}}}", "{{#q}}",
      "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<mark>", "</mark>", "javascript:alert(1)", "${7*7}", "$(id)", "`id`", "../../etc/passwd", "%s%s%n", "null", "undefined", "NaN", "-1", "0x0", "1e309",
      "99999999999999999999", "true",
      // Control characters and what is not text
      "\0"s, "hit\0saaja"s, "\x01\x02\x03\x1B[31m", "\x02hitsaaja\x03", "\x7F", "\r\nSet-Cookie: a=b", "\t\n\v\f", " ", repeated(" ", 300),
      "\xFF", "\xC3", "hits\xC3(", "\xF0\x28\x8C\x28", "\xED\xA0\x80", "\xC0\xAF", "\xF4\x90\x80\x80", repeated("\x80", 100),
      // Direction, joining, invisible
      "\u202Ehitsaaja", "\u2066hitsaaja\u2069", "\u200F\u200E", "\uFEFF", "\u200B", "hit\u00ADsaaja", "\u2028", "\uFFFF", "\uFFFD",
      // Scripts, combining, wide
      "الحام", "עברית", "работа сварщиком", "溶接工", "溶接", "용접공", "ช่างเชื่อม", "ﬁﬂ", "ＨＩＴＳＡＡＪＡ", "İıŞş", "ẞß", "åäöÅÄÖ", "a\u0308", "e\u0301\u0301\u0301\u0301", "Z" + repeated("\u0335\u0311", 100), "👩‍🏭", "🏳️‍🌈", "👍🏿", "𝔥𝔦𝔱𝔰", "①②③", "½⅔", "٣", "ﷺ",
      // Words no dictionary likes
      "a", "ä", "1", "-", "--", "---hitsaaja---", "hitsaaja-", "-ja", "…", "sosiaali- ja", "- ja -", ":", "OSAO:", ":ssa", "OSAO:ssa:ssa", "....", "a.b.c.d", "@", "#", "https://www.osao.fi/?a=b&c=d#e", "a@b.fi",
      // Size
      repeated("a", 10'000), repeated("ä", 5'000), repeated("hitsaaja ", 1'100), repeated("\"", 10'000), repeated("(", 10'000), repeated("a* ", 3'300), repeated("-", 10'000), repeated("lentokonesuihkuturbiinimoottoriapumekaanikko", 200),
      repeated("kissa", 2'000), repeated("a-", 5'000), repeated("\u0301", 5'000), repeated("\xFF", 10'000), repeated("NEAR(", 2'000),
  };
}

} // namespace

TEST_CASE("every hostile search is answered", "[hostile]") {
  auto name_assets = [](server::Config& config) {
    std::ofstream(config.web / "dist" / "manifest.json")
        << R"({"site.css":"/a/site.css","site.js":"/a/site.js","search.css":"/a/s.css","search.js":"/a/s.js","watch.css":"/a/w.css","watch.js":"/a/w.js","list.css":"/a/l.css","lists.js":"/a/l.js"})";
  };
  Site site(name_assets);
  auto const id = told_story(site, {.title = "Hitsaajan päivä", .lines = {"Minusta tuli hitsaaja.", "Sosiaali- ja terveysala OSAO:ssa."}, .fields = {"07", "071"}});
  std::vector<std::string> const doors{"/stories?q=", "/api/v1/stories?q=", "/api/v1/suggestions?q=", "/api/v1/stories/" + id + "/moments?q=", "/stories/" + id + "?find=",
                                       "/stories?tag=", "/api/v1/stories?field=", "/api/v1/stories?year="};
  double slowest = 0;
  std::string slowest_of;
  for (auto const& text : hostile_texts()) {
    auto const sent = server::percent_encode(text);
    for (auto const& door : doors) {
      auto const began = std::chrono::steady_clock::now();
      auto const answer = fetch(site.port(), "GET", door + sent, "Accept: text/html, application/json;q=0.9\r\n");
      auto const took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
      CAPTURE(door, text.substr(0, 60), answer.body.substr(0, 200));
      CHECK(answer.status == 200);
      CHECK(server::is_utf8(answer.body));
      CHECK(answer.body.find("<script>alert") == std::string::npos);
      CHECK(answer.body.find("onerror=alert(1)>") == std::string::npos);
      if (door.starts_with("/api/")) CHECK_FALSE(nlohmann::json::parse(answer.body, nullptr, false).is_discarded());
      if (took > slowest) slowest = took, slowest_of = door + sent.substr(0, 60);
    }
  }
  WARN("the slowest took " << slowest << " ms: " << slowest_of);
}

TEST_CASE("a cursor that nobody gave and an address that is no address are refused with 400", "[hostile]") {
  Site site;
  for (auto const& cursor : {"x", "1", "%00", "%FF", "AAAA", "-1", "%22"}) {
    CAPTURE(cursor);
    CHECK(fetch(site.port(), "GET", std::string("/api/v1/stories?cursor=") + cursor).status == 400);
  }
  CHECK(fetch(site.port(), "GET", "/api/v1/stories?cursor=" + repeated("A", 20'000)).status == 400);
  for (auto const& raw : {std::string("/api/v1/stories?q=\x01", 19), std::string("/api/v1/stories?q=\0", 19), std::string("/api/v1/stories?q=a b"), std::string("/api/v1/stories/%00/moments?q=a")}) {
    CAPTURE(raw);
    CHECK(fetch(site.port(), "GET", raw).status == 400);
  }
}

TEST_CASE("limits and orders that make no sense are as if nobody had asked", "[hostile]") {
  Site site;
  told_story(site, {.title = "Hitsaajan päivä"});
  for (auto const* rest : {"limit=-1", "limit=0", "limit=99999999999999999999", "limit=abc", "limit=", "sort=DESC;--", "sort=", "plain=2", "lang=xx", "q=&q=&q=hitsaaja"}) {
    CAPTURE(rest);
    for (std::string const path : {"/api/v1/stories?", "/api/v1/suggestions?q=hits&"}) CHECK(fetch(site.port(), "GET", path + rest).status == 200);
  }
}
