// Who may put a story into a page of their own.
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

void name_embed_assets(server::Config& config) {
  std::ofstream(config.web / "dist" / "manifest.json") << R"({"embed.css":"/assets/embed.css","embed.js":"/assets/embed.js"})";
}

std::string frame_policy(Site& site, std::string const& story) {
  auto const answer = fetch(site.port(), "GET", "/embed/" + story);
  REQUIRE(answer.status == 200);
  auto const policy = answer["content-security-policy"];
  auto const at = policy.find("frame-ancestors ");
  REQUIRE(at != std::string::npos);
  return policy.substr(at + 16, policy.find(';', at) - at - 16);
}

} // namespace

TEST_CASE("an institution's own web site may embed until it names others, and never any site") {
  Site site(name_embed_assets);
  auto const story = published_story(site);
  auto const& institution = site.catalog().vocabulary()->institutions.front();
  REQUIRE(institution.website == "https://www.osao.fi");
  CHECK(frame_policy(site, story) == "'self' https://www.osao.fi");
  REQUIRE(site.catalog().set_embed_sites(catalog::Actor::system(), institution.code, {"https://moodle.example", "https://*.osao.fi"}));
  CHECK(frame_policy(site, story) == "'self' https://moodle.example https://*.osao.fi");
}

TEST_CASE("what an embed loads is the embed's own") {
  Site site(name_embed_assets);
  auto const story = published_story(site);
  auto const key = [&](catalog::Use use) { return site.catalog().access(story, use).value().stream_key; };
  auto const page = fetch(site.port(), "GET", "/embed/" + story);
  auto const oembed = fetch(site.port(), "GET", "/oembed?url=http://localhost/stories/" + story, "Accept: application/json\r\n");
  for (std::string const part : {"/main.m3u8", "/stills/poster.jpg", "/stills/storyboard.vtt"}) CHECK(page.body.find(key(catalog::Use::embed) + part) != std::string::npos);
  CHECK(page.body.find(key(catalog::Use::watch)) == std::string::npos);
  CHECK(oembed.body.find(key(catalog::Use::watch)) == std::string::npos);
}
