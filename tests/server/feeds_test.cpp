// What open catalogs and search machines are told.
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

void name_watch_assets(server::Config& config) {
  std::ofstream(config.web / "dist" / "manifest.json")
      << R"({"site.css":"/assets/site.css","site.js":"/assets/site.js","watch.css":"/assets/watch.css","watch.js":"/assets/watch.js",)"
         R"("list.css":"/assets/list.css","lists.js":"/assets/lists.js","player.css":"/assets/player.css","mark.svg":"/assets/mark.svg","text.woff2":"/assets/text.woff2"})";
}

} // namespace

TEST_CASE("open catalogs hear only of stories whose tellers agreed to them") {
  Site site(name_watch_assets);
  auto const open = published_story(site);
  auto const closed = published_story(site);
  catalog::NewConsent consent;
  consent.uses = {.watch = true, .class_download = true, .embed = true, .feeds = false};
  consent.text_version = "1";
  consent.text_hash = std::string(64, 'a');
  consent.language = "fi";
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(closed), closed, consent));
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
