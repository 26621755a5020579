// Tables and feeds made from what a search finds.
#include "server/interop/csv.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

std::string csv_row(std::vector<std::string> const& cells) {
  std::string out;
  server::add_csv_row(out, cells);
  return out;
}

} // namespace

TEST_CASE("a CSV row is RFC 4180's, whatever its cells hold") {
  CHECK(csv_row({"a", "b c", ""}) == "a,b c,\r\n");
  CHECK(csv_row({"a,b", "say \"hi\"", "two\nlines"}) == "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
  CHECK(csv_row({std::string("a\0b", 3), "\xFF"}) == "ab,\xEF\xBF\xBD\r\n");
}

TEST_CASE("no cell of a CSV is a formula") {
  CHECK(csv_row({"=1+1", "+358", "-x", "@SUM(A1)", "\t=1", "  =1"}) == "'=1+1,'+358,'-x,'@SUM(A1),'\t=1,'  =1\r\n");
  CHECK(csv_row({"\r=1", "＝1"}) == "\"'\r=1\",'＝1\r\n");
  CHECK(csv_row({"a=1", "1-2"}) == "a=1,1-2\r\n");
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
