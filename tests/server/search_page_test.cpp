// What the search page says when it has nothing to show.
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

void name_search_assets(server::Config& config) {
  std::ofstream(config.web / "dist" / "manifest.json") << R"({"site.css":"/assets/site.css","site.js":"/assets/site.js","search.css":"/assets/search.css","search.js":"/assets/search.js"})";
}

std::string search(Site& site, std::string const& query) {
  auto const answer = fetch(site.port(), "GET", "/stories" + query, "Accept: text/html\r\nAccept-Language: fi\r\n");
  REQUIRE(answer.status == 200);
  return answer.body;
}

bool has(std::string const& page, std::string_view words) { return page.find(words) != std::string::npos; }

std::string const no_words = "Näillä sanoilla ei löytynyt tarinaa.";
std::string const no_filters = "Näillä rajauksilla ei ole tarinoita.";

} // namespace

TEST_CASE("an archive without stories says so, and blames no words that nobody typed", "[search_page]") {
  Site site(name_search_assets);
  for (auto const* query : {"", "?q=", "?sort=outo", "?sort=newest"}) {
    CAPTURE(query);
    auto const page = search(site, query);
    CHECK(has(page, "Ensimmäiset tarinat ovat tulossa"));
    CHECK(has(page, "href=\"/join\""));
    CHECK_FALSE(has(page, no_words));
    CHECK_FALSE(has(page, no_filters));
  }
  CHECK(has(search(site, "?q=hoitaja"), no_words));
}

TEST_CASE("a filter nobody has a name for is a filter, not words", "[search_page]") {
  Site site(name_search_assets);
  published_story(site);
  CHECK(has(search(site, ""), "Näin minusta tuli lähihoitaja"));
  CHECK(has(search(site, "?sort=outo"), "Näin minusta tuli lähihoitaja"));
  auto const page = search(site, "?field=outo");
  CHECK(has(page, no_filters));
  CHECK_FALSE(has(page, no_words));
  CHECK(has(page, "content=\"noindex\""));
  CHECK(has(search(site, "?q=hitsaaja&institution=outo"), "Tällä haulla ja näillä rajauksilla ei löytynyt tarinaa."));
}
