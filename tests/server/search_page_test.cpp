// The search page: how it narrows, what it shows of a hit, and what it says when it has nothing to show.
#include "told_story.hpp"

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

namespace {

Told const welder{.title = "Hitsaajan päivä", .lines = {"Minusta tuli hitsaaja."}, .fields = {"07", "071"}, .unit = "osao-tekniikka", .plain = true, .tags = {"metalli"}};
Told const nurse{.title = "Hoitajan yö", .lines = {"Opiskelin hoitajaksi <hei> & \"moi\".", "Hoitaja auttaa."}, .fields = {"09", "092"}, .institution = "luovi"};

} // namespace

TEST_CASE("broad fields come first, and the one that is chosen opens its narrow ones", "[search_page]") {
  Site site(name_search_assets);
  told_story(site, welder);
  told_story(site, nurse);
  auto const all = search(site, "");
  CHECK(has(all, "href=\"/stories?field=07\""));
  CHECK(has(all, "href=\"/stories?field=09\""));
  CHECK_FALSE(has(all, "href=\"/stories?field=071\""));
  auto const technology = search(site, "?field=07&sort=longest");
  CHECK(has(technology, "href=\"/stories?field=07&amp;sort=longest\" aria-current=\"true\""));
  CHECK(has(technology, "href=\"/stories?field=071&amp;sort=longest\""));
  CHECK(has(technology, "href=\"/stories?sort=longest\""));          // back to all, and the chip
  CHECK_FALSE(has(technology, "href=\"/stories?field=09&amp;sort=longest\""));
  CHECK(has(technology, "<input type=\"hidden\" name=\"field\" value=\"07\">")); // the form keeps it
  auto const narrow = search(site, "?field=071");
  CHECK(has(narrow, "href=\"/stories?field=07\""));
  CHECK(has(narrow, "href=\"/stories?field=071\" aria-current=\"true\""));
}

TEST_CASE("units are offered within an institution that is chosen, and what is chosen is a chip", "[search_page]") {
  Site site(name_search_assets);
  told_story(site, welder);
  told_story(site, nurse);
  CHECK_FALSE(has(search(site, ""), "name=\"unit\""));
  CHECK_FALSE(has(search(site, "?institution=luovi"), "name=\"unit\""));
  auto const there = search(site, "?institution=osao&plain=1&length=short&tag=metalli&year=1999");
  CHECK(has(there, "name=\"unit\" value=\"osao-tekniikka\""));
  // Nothing was published in 1999: without that filter there is a story, without another there is not.
  CHECK(has(there, no_filters));
  CHECK(has(there, "Poista rajaus: 1999 (1 tarina)"));
  CHECK_FALSE(has(there, "Poista rajaus: OSAO"));
  CHECK(has(there, "Poista kaikki rajaukset (2 tarinaa)"));
  auto const some = search(site, "?institution=osao&plain=1&length=short&tag=metalli");
  for (auto const* chip : {"Poista rajaus Oppilaitos: </span>OSAO", "Poista rajaus Pituus: </span>Alle 3 minuuttia", "Poista rajaus Selkokieli: </span>Selkokielinen tekstitys", "Poista rajaus Asiasana: </span>metalli"}) {
    CAPTURE(chip);
    CHECK(has(some, chip));
  }
  CHECK(has(some, "Rajaa tarinoita (4)"));
  CHECK(has(search(site, ""), "Rajaa tarinoita</span>"));
}

TEST_CASE("a hit shows the sentence, and its second and words go along to the story", "[search_page]") {
  Site site(name_search_assets);
  auto const id = told_story(site, nurse);
  auto const page = search(site, "?q=hoitaja");
  CHECK(has(page, "href=\"/stories/" + id + "?t=0&amp;q=hoitaja\""));
  CHECK(has(page, "Opiskelin <mark>hoitajaksi</mark> &lt;hei&gt; &amp; "));
  CHECK(has(page, "data-start-ms=\"0\" data-end-ms=\"3000\""));
  CHECK(has(search(site, "?q=hoitaja&sort=longest"), "<option value=\"longest\" selected>"));
}

TEST_CASE("a word spelled wrong leads to the one that was meant, also under filters", "[search_page]") {
  Site site(name_search_assets);
  told_story(site, welder);
  for (std::string const query : {"?q=hitsaaaja", "?q=hitsaaaja&institution=osao"}) {
    CAPTURE(query);
    auto const page = search(site, query);
    CHECK(has(page, "Tarkoititko:"));
    CHECK(has(page, "href=\"/stories?q=hitsaaja" + std::string(query.find('&') == std::string::npos ? "\"" : "&amp;institution=osao\"")));
    CHECK(has(page, "(1 tarina)"));
  }
  // Under a filter that leaves nothing of it either, the filter goes too.
  auto const elsewhere = search(site, "?q=hitsaaaja&institution=psk");
  CHECK(has(elsewhere, "href=\"/stories?q=hitsaaja\""));
  CHECK_FALSE(has(elsewhere, "(0 tarinaa)"));
}

TEST_CASE("a story's own page marks the words of the search that led there, or those looked for in it", "[search_page]") {
  auto name_watch_assets = [](server::Config& config) {
    std::ofstream(config.web / "dist" / "manifest.json") << R"({"site.css":"/assets/site.css","site.js":"/assets/site.js","watch.css":"/assets/watch.css","watch.js":"/assets/watch.js","list.css":"/assets/list.css","lists.js":"/assets/lists.js"})";
  };
  Site site(name_watch_assets);
  auto const id = told_story(site, nurse);
  auto read = [&](std::string const& query) { return fetch(site.port(), "GET", "/stories/" + id + query, "Accept: text/html\r\nAccept-Language: fi\r\n").body; };
  auto const led = read("?t=0&q=hoitaja");
  CHECK(has(led, "Opiskelin <mark id=\"found\">hoitajaksi</mark> &lt;hei&gt; &amp; &quot;moi&quot;."));
  CHECK(has(led, "<mark>Hoitaja</mark> auttaa."));
  CHECK(has(led, "name=\"find\" value=\"hoitaja\""));
  CHECK(has(led, "<a href=\"#found\">2 osumaa</a>"));
  auto const looked = read("?q=hoitaja&find=opiskella");
  CHECK(has(looked, "<mark id=\"found\">Opiskelin</mark> hoitajaksi"));
  auto const nothing = read("?find=kuuk%C3%A4vely");
  CHECK(has(nothing, "Ei osumia"));
  CHECK_FALSE(has(nothing, "<mark"));
  CHECK(has(read("?find=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"), "&quot;&gt;&lt;script&gt;"));
}
