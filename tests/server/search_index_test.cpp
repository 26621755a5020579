// The search index as whoever runs the machine sees it.
#include "worker_fixture.hpp"
#include <nlohmann/json.hpp>

using namespace fixture;

TEST_CASE("the index is built anew while it serves, a stop meanwhile does no harm, and the figures say how it is") {
  Site site;
  published_story(site);
  auto total = [&] { return nlohmann::json::parse(fetch(site.port(), "GET", "/api/v1/stories?q=l%C3%A4hihoitaja").body)["total"].get<int>(); };
  CHECK(total() == 1);
  site.service->reindex();
  site.service->reindex(); // goes on already, or once more
  CHECK(total() == 1);
  site.restart();
  CHECK(total() == 1);
  CHECK(site.catalog().check() == "");
  CHECK(nlohmann::json::parse(fetch(site.port(), "GET", "/healthz").body)["search"]["index"] == "ready");
  auto const metrics = fetch(site.port(), "GET", "/metrics").body;
  CHECK(metrics.find("\ntarina_search_stories 1\n") != std::string::npos);
  CHECK(metrics.find("\ntarina_search_building 0\n") != std::string::npos);
}

TEST_CASE("saved subtitles are found by the next request") {
  Site site;
  auto const id = published_story(site);
  catalog::SaveTrack track;
  track.language = "fi";
  track.checked = true;
  track.lines = {{std::chrono::milliseconds(1000), std::chrono::milliseconds(5000), "Sitten muutin Rovaniemelle.", {}, {}}};
  track.expected_revision = 0;
  auto const now = site.catalog().track(catalog::Actor::system(), id, "fi-captions");
  if (now) track.expected_revision = now->revision;
  site.catalog().save_track(catalog::Actor::system(), id, track).value();
  auto const found = nlohmann::json::parse(fetch(site.port(), "GET", "/api/v1/stories?q=rovaniemi").body);
  REQUIRE(found["total"] == 1);
  CHECK(found["items"][0]["moments"][0]["start_ms"] == 1000);
}
