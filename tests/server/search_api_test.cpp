// What programs learn from a search: facets, moments, suggestions.
#include "told_story.hpp"
#include <nlohmann/json.hpp>

using namespace fixture;
using nlohmann::json;

namespace {

json ask(Site& site, std::string const& path) {
  auto const answer = fetch(site.port(), "GET", path, "Accept: application/json\r\nAccept-Language: fi\r\n");
  CAPTURE(path, answer.body);
  REQUIRE(answer.status == 200);
  return json::parse(answer.body);
}

std::vector<std::string> ids(json const& found) {
  std::vector<std::string> out;
  for (auto const& item : found["items"]) out.push_back(item["id"]);
  return out;
}

json facet(json const& found, std::string const& name, std::string const& code) {
  for (auto const& one : found["facets"][name])
    if (one["code"] == code) return one;
  return nullptr;
}

Told const welder{.title = "Hitsaajan päivä", .lines = {"Minusta tuli hitsaaja.", "Hitsaan joka päivä."}, .fields = {"07", "071"}, .plain = true};
Told const nurse{.title = "Hoitajan yö", .lines = {"Opiskelin lähihoitajaksi Oulussa."}, .fields = {"09", "092"}, .institution = "luovi"};

} // namespace

TEST_CASE("every facet of a search has codes, names and counts, and fields say what they are part of") {
  Site site;
  auto const first = told_story(site, welder);
  told_story(site, nurse);
  auto const all = ask(site, "/api/v1/stories");
  CHECK(all["total"] == 2);
  for (auto const* name : {"field", "institution", "unit", "language", "captions", "plain", "length", "year", "tag"}) {
    CAPTURE(name);
    CHECK(all["facets"][name].is_array());
  }
  CHECK(facet(all, "field", "07")["parent"].is_null());
  CHECK(facet(all, "field", "071")["parent"] == "07");
  CHECK(facet(all, "field", "071")["count"] == 1);
  CHECK(facet(all, "institution", "luovi")["name"] == "Luovi");
  CHECK(facet(all, "captions", "fi")["count"] == 2);
  CHECK(facet(all, "plain", "1")["count"] == 1);
  CHECK(facet(all, "length", "short") == json{{"code", "short"}, {"name", "Alle 3 minuuttia"}, {"count", 2}});
  REQUIRE(all["facets"]["year"].size() == 1);
  std::string const year = all["facets"]["year"][0]["code"];
  CHECK(year.size() == 4);

  CHECK(ids(ask(site, "/api/v1/stories?plain=1")) == std::vector{first});
  CHECK(ids(ask(site, "/api/v1/stories?length=short,medium&year=" + year + "&field=071")) == std::vector{first});
  CHECK(ask(site, "/api/v1/stories?length=long")["total"] == 0);
  CHECK(ask(site, "/api/v1/stories?year=1999")["total"] == 0);
  // A facet's counts follow every filter but its own.
  auto const narrowed = ask(site, "/api/v1/stories?institution=luovi");
  CHECK(facet(narrowed, "institution", "osao")["count"] == 1);
  CHECK(facet(narrowed, "field", "07").is_null());
  CHECK(narrowed["facets"]["plain"].empty());
}

TEST_CASE("the orders of a result are those that were asked for") {
  Site site;
  auto const first = told_story(site, welder), second = told_story(site, nurse);
  for (std::string const sort : {"relevance", "newest", "shortest", "longest"}) {
    CAPTURE(sort);
    auto found = ids(ask(site, "/api/v1/stories?sort=" + sort));
    std::sort(found.begin(), found.end());
    std::vector<std::string> both{first, second};
    std::sort(both.begin(), both.end());
    CHECK(found == both);
  }
  CHECK(ids(ask(site, "/api/v1/stories?sort=newest")).front() == second);
}

TEST_CASE("a moment has its begin, end, language and the whole word that was said") {
  Site site;
  auto const id = told_story(site, nurse);
  auto const found = ask(site, "/api/v1/stories?q=hoitaja");
  REQUIRE(found["items"].size() == 1);
  json const moment{{"start_ms", 0}, {"end_ms", 3000}, {"language", "fi"}, {"html", "Opiskelin <mark>lähihoitajaksi</mark> Oulussa."}};
  CHECK(found["items"][0]["moments"] == json::array({moment}));
  CHECK(ask(site, "/api/v1/stories/" + id + "/moments?q=hoitaja")["moments"] == json::array({moment}));
  CHECK(ask(site, "/api/v1/stories/" + id + "/moments?q=kuukävely")["moments"].empty());
  CHECK(ask(site, "/api/v1/stories/" + id + "/moments")["moments"].empty());
}

TEST_CASE("moments are told only of a story that may be watched") {
  Site site;
  auto const id = told_story(site, nurse);
  CHECK(fetch(site.port(), "GET", "/api/v1/stories/eiole/moments?q=hoitaja").status == 404);
  catalog::NewConsent consent{{.watch = false, .class_download = true, .embed = true, .feeds = true}, "1", std::string(64, 'a'), "fi"};
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(id), id, consent));
  auto const answer = fetch(site.port(), "GET", "/api/v1/stories/" + id + "/moments?q=hoitaja");
  CHECK((answer.status == 404 || answer.status == 410));
  CHECK(answer.body.find("hoitajaksi") == std::string::npos);
}

TEST_CASE("suggestions say what they are and where they lead, to any site and for a few seconds") {
  Site site;
  auto const id = told_story(site, welder);
  auto const answer = fetch(site.port(), "GET", "/api/v1/suggestions?q=hits&lang=fi&limit=10");
  REQUIRE(answer.status == 200);
  CHECK(answer["access-control-allow-origin"] == "*");
  CHECK(answer["cache-control"] == "public, max-age=15");
  CHECK_FALSE(answer.has("vary"));
  auto const suggestions = json::parse(answer.body)["suggestions"];
  REQUIRE_FALSE(suggestions.empty());
  for (auto const& one : suggestions) {
    CAPTURE(one.dump());
    std::string const kind = one["kind"], url = one["url"], text = one["text"];
    CHECK_FALSE(text.empty());
    if (kind == "story") {
      CHECK(one["code"] == id);
      CHECK(url.ends_with("/stories/" + id));
    } else if (kind == "field") {
      CHECK(url.ends_with("/stories?field=" + one["code"].get<std::string>()));
    } else {
      CHECK((kind == "word" || kind == "occupation"));
      CHECK(one["code"].is_null());
      CHECK(url.find("/stories?q=") != std::string::npos);
    }
    CHECK(fetch(site.port(), "GET", url.substr(url.find('/', 8)), "Accept: application/json\r\n").status != 404);
  }
  CHECK(ask(site, "/api/v1/suggestions?q=hits&limit=1")["suggestions"].size() == 1);
  CHECK(ask(site, "/api/v1/suggestions?q=h")["suggestions"].empty());
  CHECK(ask(site, "/api/v1/suggestions")["suggestions"].empty());
  CHECK(fetch(site.port(), "GET", "/api/v1/suggestions?q=hits").has("vary"));
}
