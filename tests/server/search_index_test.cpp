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

TEST_CASE("an index that breaks under the server is said to be broken, and is whole again soon, with every story") {
  Site site;
  published_story(site);
  site.restart(); // nothing of the index is left in its log
  auto const search = [&] { return fetch(site.port(), "GET", "/api/v1/stories?q=l%C3%A4hihoitaja"); };
  auto const state = [&] { return nlohmann::json::parse(fetch(site.port(), "GET", "/healthz").body)["search"]["index"].get<std::string>(); };
  REQUIRE(nlohmann::json::parse(search().body)["total"] == 1);
  std::filesystem::resize_file(site.config.data / "search.sqlite", 8192);
  CHECK_FALSE(site.catalog().check().empty());
  auto const end = std::chrono::steady_clock::now() + std::chrono::minutes(2); // the sweep comes every few seconds
  while (state() != "ready" && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  REQUIRE(state() == "ready");
  CHECK(nlohmann::json::parse(search().body)["total"] == 1);
  CHECK(fetch(site.port(), "GET", "/metrics").body.find("\ntarina_search_broken 0\n") != std::string::npos);
  CHECK(site.catalog().check() == "");
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
