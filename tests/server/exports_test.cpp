// Tables and feeds made from what a search finds.
#include "server/interop/csv.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

std::string csv_row(std::vector<std::string> const& cells, std::string_view lang = "en") {
  std::string out;
  server::add_csv_row(out, cells, server::csv_delimiter(lang));
  return out;
}

} // namespace

TEST_CASE("a CSV row is RFC 4180's, whatever its cells hold, parted as the language's spreadsheets expect") {
  CHECK(csv_row({"a", "b c", ""}) == "\"a\",\"b c\",\"\"\r\n");
  CHECK(csv_row({"a,b", "say \"hi\"", "two\nlines"}) == "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
  CHECK(csv_row({std::string("a\0b", 3), "\xFF"}) == "\"ab\",\"\xEF\xBF\xBD\"\r\n");
  for (auto const* lang : {"fi", "sv"}) CHECK(csv_row({"a;b", "c"}, lang) == "\"a;b\";\"c\"\r\n");
}

TEST_CASE("no cell of a CSV is a formula, and none becomes two of which one is") {
  CHECK(csv_row({"=1+1", "+358", "-x", "@SUM(A1)"}) == "\"'=1+1\",\"'+358\",\"'-x\",\"'@SUM(A1)\"\r\n");
  CHECK(csv_row({"  =1", "\tx", "\r=1", "＝1"}) == "\"'  =1\",\"'\tx\",\"'\r'=1\",\"'＝1\"\r\n");
  CHECK(csv_row({"a=1", "1-2", "a; b-c, d"}) == "\"a=1\",\"1-2\",\"a; b-c, d\"\r\n");
  CHECK(csv_row({"Hyvä;=HYPERLINK(1)", "a\t+1", "a, @b", "a\n-1"}) == "\"Hyvä;'=HYPERLINK(1)\",\"a\t'+1\",\"a,' @b\",\"a\n'-1\"\r\n");
  CHECK(csv_row({"a;\"=1"}, "fi") == "\"a;'\"\"=1\"\r\n"); // the quote mark would only hide it
}

TEST_CASE("an export says how many stories it holds, not how many others there are") {
  Site site;
  auto const open = published_story(site);
  auto const closed = published_story(site);
  catalog::NewConsent consent;
  consent.uses = {.watch = true, .class_download = true, .embed = true, .feeds = false};
  consent.text_version = "1";
  consent.text_hash = std::string(64, 'a');
  consent.language = "fi";
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(closed), closed, consent));
  auto const exported = nlohmann::json::parse(fetch(site.port(), "GET", "/stories.json").body);
  REQUIRE(exported["items"].size() == 1);
  CHECK(exported["items"][0]["id"] == open);
  CHECK(exported["found"] == 1);
  CHECK(exported["complete"] == true);
}

TEST_CASE("a feed that has not changed is not sent again") {
  Site site;
  auto const story = published_story(site);
  auto const feed = fetch(site.port(), "GET", "/feeds/stories.rss");
  REQUIRE(feed.status == 200);
  REQUIRE(feed.body.find("/stories/" + story + "</link>") != std::string::npos);
  auto const condition = "If-None-Match: " + feed["etag"] + "\r\n";
  CHECK(fetch(site.port(), "GET", "/feeds/stories.rss", condition).status == 304);
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  auto const after = fetch(site.port(), "GET", "/feeds/stories.rss", condition);
  CHECK(after.status == 200);
  CHECK(after.body.find(story) == std::string::npos);
}

TEST_CASE("a feed has its filters, and names itself with them") {
  Site site;
  auto const story = published_story(site);
  auto const field = site.catalog().vocabulary()->fields.front().code;
  auto const mine = fetch(site.port(), "GET", "/feeds/stories.rss?lang=sv&field=" + field + "&cursor=x&q=l%C3%A4hihoitaja");
  REQUIRE(mine.status == 200);
  CHECK(mine.body.find("/stories/" + story + "</link>") != std::string::npos);
  CHECK(mine.body.find("/feeds/stories.rss?q=l%C3%A4hihoitaja&amp;field=" + field + "&amp;lang=sv\"") != std::string::npos);
  CHECK(mine.body.find("<language>sv</language>") != std::string::npos);
  CHECK(fetch(site.port(), "GET", "/feeds/stories.rss?institution=nobody").body.find(story) == std::string::npos);
}
