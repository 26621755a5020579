// What open catalogs and search machines are told.
#include "catalog/lists.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

void name_watch_assets(server::Config& config) {
  std::ofstream(config.web / "dist" / "manifest.json")
      << R"({"site.css":"/assets/site.css","site.js":"/assets/site.js","watch.css":"/assets/watch.css","watch.js":"/assets/watch.js",)"
         R"("list.css":"/assets/list.css","lists.js":"/assets/lists.js","player.css":"/assets/player.css","mark.svg":"/assets/mark.svg","text.woff2":"/assets/text.woff2"})";
}

void agree(Site& site, std::string const& story, catalog::Uses const& uses) {
  catalog::NewConsent consent;
  consent.uses = uses;
  consent.text_version = "1";
  consent.text_hash = std::string(64, 'a');
  consent.language = "fi";
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(story), story, consent));
}

bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("open catalogs hear only of stories whose tellers agreed to them") {
  Site site(name_watch_assets);
  auto const open = published_story(site);
  auto const closed = published_story(site);
  agree(site, closed, {.watch = true, .class_download = true, .embed = true, .feeds = false});
  auto const map = fetch(site.port(), "GET", "/sitemap.xml").body;
  CHECK(map.find("/stories/" + open) != std::string::npos);
  CHECK(map.find("/stories/" + closed) == std::string::npos);
  auto const open_page = fetch(site.port(), "GET", "/stories/" + open).body;
  auto const closed_page = fetch(site.port(), "GET", "/stories/" + closed).body;
  CHECK(open_page.find("application/ld+json") != std::string::npos);
  CHECK(open_page.find("noindex") == std::string::npos);
  REQUIRE(closed_page.find("Näin minusta tuli lähihoitaja") != std::string::npos);
  CHECK(closed_page.find("application/ld+json") == std::string::npos);
  CHECK(closed_page.find("noindex") != std::string::npos);
}

TEST_CASE("open catalogs hear of a story not agreed to for embeds without its stream") {
  Site site(name_watch_assets);
  auto const story = published_story(site);
  std::string const json_ld_stream = "/main.m3u8\",\"";
  auto told = [&] { return fetch(site.port(), "GET", "/sitemap.xml").body + fetch(site.port(), "GET", "/stories/" + story).body; };
  auto const open = told();
  for (std::string_view const sign : {"video:content_loc", "video:player_loc", "\"embedUrl\""}) CHECK(has(open, sign));
  CHECK(has(open, json_ld_stream));
  agree(site, story, {.watch = true, .class_download = true, .embed = false, .feeds = true});
  auto const closed = told();
  for (std::string_view const sign : {"video:content_loc", "video:player_loc", "<video:video>", "\"embedUrl\""}) CHECK_FALSE(has(closed, sign));
  CHECK_FALSE(has(closed, json_ld_stream));
  CHECK(has(closed, "/stories/" + story + "</loc>"));
  CHECK(has(closed, "application/ld+json"));
}

TEST_CASE("the sitemap names published collections while something in them may be watched") {
  Site site;
  auto const story = published_story(site);
  catalog::Lists lists(site.catalog());
  auto const editor = catalog::Actor::system();
  auto make = [&](std::string title) {
    catalog::ListContents contents{.title = std::move(title), .description = {}, .language = "fi", .items = {}};
    contents.items.push_back({.id = {}, .story = story, .start = {}, .end = {}, .note = {}, .question = {}});
    return lists.create_collection(editor, {}, contents).value();
  };
  auto const shown = make("Hoitajia");
  auto const draft = make("Luonnos");
  REQUIRE(lists.set_published(editor, shown, true));
  auto map = [&] { return fetch(site.port(), "GET", "/sitemap.xml").body; };
  CHECK(has(map(), "/collections</loc>"));
  CHECK(has(map(), "/collections/" + shown + "</loc><lastmod>"));
  CHECK(has(map(), "/collections/" + shown + "?lang=sv</loc>"));
  CHECK_FALSE(has(map(), draft));
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  CHECK(has(map(), "/collections</loc>"));
  CHECK_FALSE(has(map(), shown));
}

TEST_CASE("no crawler is let behind an edit link") {
  Site site;
  auto const robots = fetch(site.port(), "GET", "/robots.txt").body;
  for (std::string_view const path : {"/invite/", "/mine/", "/lists/edit/"}) CHECK(has(robots, "\nDisallow: " + std::string(path) + "\n"));
}
