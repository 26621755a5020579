// Lesson lists and collections over HTTP: who reads, who changes, what is shown of a story and what is not.
#include "catalog/lists.hpp"
#include "studio_fixture.hpp"
#include "worker_fixture.hpp"
#include <regex>

using namespace fixture;
using nlohmann::json;

namespace {

/// The page that a redirect to an edit link leads to, and the link.
struct Made {
  std::string edit; // "/lists/edit/{token}"
  std::string page;
};

Made follow(Studio& site, Answer const& answer) {
  REQUIRE(answer.status == 303);
  auto const address = location(answer);
  REQUIRE(address.starts_with("/lists/edit/"));
  auto const page = site.get(address.substr(0, address.find('#')));
  REQUIRE(page.status == 200);
  return {address.substr(0, address.find('?')), page.body};
}

std::string between(std::string const& text, std::string const& before, char after) {
  auto const at = text.find(before);
  REQUIRE(at != std::string::npos);
  auto const from = at + before.size();
  return text.substr(from, text.find(after, from) - from);
}

Answer call(Studio& site, std::string_view method, std::string const& path, json const& body, std::string const& token = {}) {
  return fetch(site.port(), method, path, "Content-Type: application/json\r\n" + (token.empty() ? std::string() : "Authorization: Bearer " + token + "\r\n"), body.dump());
}

constexpr char title[] = "Näin minusta tuli lähihoitaja"; // of fixture stories

} // namespace

TEST_CASE("a teacher makes a list of a clip without an account, and students read it without changing it", "[lists]") {
  Studio site;
  auto const story = published_story(site);
  CHECK(shows(site.get("/stories/" + story + "?t=83"), "name=\"start\" value=\"1:23\""));
  auto const made = follow(site, site.post("/lists/add", {{"story", story}, {"start", "0:06"}, {"end", "0:12,5"}, {"title", "Hoitajan <päivä>"}}));
  CHECK(made.page.find("Hoitajan &lt;päivä&gt;") != std::string::npos);
  CHECK(made.page.find("value=\"0:12,5\"") != std::string::npos);
  CHECK(made.page.find(title) != std::string::npos);
  auto const id = between(made.page, "data-list=\"", '"');
  auto const read = site.get("/lists/" + id);
  REQUIRE(read.status == 200);
  CHECK(shows(read, "/stories/" + story + "?t=6"));
  CHECK(shows(read, "noindex"));
  CHECK_FALSE(shows(read, made.edit.substr(12)));
  CHECK(site.get("/lists/edit/" + id).status == 404);
  auto const edit = site.get(made.edit);
  CHECK(edit["referrer-policy"] == "strict-origin");
  CHECK(edit["cache-control"] == "no-store");
  CHECK(edit["x-robots-tag"] == "noindex");
  CHECK(site.get("/lists/eiolemassa").status == 404);
}

TEST_CASE("one form keeps every word while items are moved, removed and added", "[lists]") {
  Studio site;
  auto const first = published_story(site);
  auto const second = published_story(site);
  auto const made = follow(site, site.post("/lists", {{"title", "Oma lista"}}));
  auto const token = made.edit.substr(12);
  auto press = [&](std::vector<std::pair<std::string, std::string>> fields, std::string const& button) {
    auto const list = catalog::Lists(site.catalog()).open(catalog::ListKeeper::by_link(token)).value();
    fields.insert(fields.end(), {{"revision", std::to_string(list.revision)}, {"title", "Oma lista"}, {"description", "Kuvaus"}, {"language", "fi"}, {"do", button}});
    return site.post(made.edit, fields);
  };
  auto items = [&] { return catalog::Lists(site.catalog()).open(catalog::ListKeeper::by_link(token)).value().contents.items; };
  REQUIRE(press({{"address", "https://tarina.example/stories/" + first + "?t=6#x"}}, "add").status == 303);
  auto const one = items().at(0).id;
  CHECK(items().at(0).start == std::chrono::milliseconds(6000));
  REQUIRE(press({{"item", one}, {"start_" + one, "0:06"}, {"note_" + one, "Katsokaa"}, {"address", second}}, "add").status == 303);
  auto const two = items().at(1).id;
  auto const moved = press({{"item", one}, {"question_" + one, "Miksi?"}, {"item", two}, {"end_" + two, "0:09"}}, "up:" + two);
  REQUIRE(moved.status == 303);
  CHECK(location(moved).ends_with("#item-" + two));
  REQUIRE(items().size() == 2);
  CHECK(items()[0].story == second);
  CHECK(items()[0].end == std::chrono::milliseconds(9000));
  CHECK(items()[1].question == "Miksi?");
  auto const refused = press({{"item", two}, {"start_" + two, "0:03"}, {"end_" + two, "kohta"}, {"item", one}, {"question_" + one, "Ei katoa"}, {"address", "/stories/" + first + "?t=ehkä"}}, "save");
  CHECK(refused.status == 400);
  CHECK(shows(refused, "Kirjoita ajat muodossa 1:23"));
  CHECK(shows(refused, "Ei katoa"));
  CHECK(shows(refused, "name=\"start_" + two + "\" value=\"0:03\" placeholder=\"0:00\" autocomplete=\"off\" maxlength=\"12\">"));
  CHECK(std::regex_search(refused.body, std::regex("name=\"end_" + two + "\" value=\"kohta\"[^>]* aria-invalid=\"true\">")));
  CHECK(shows(refused, "name=\"address\" value=\"/stories/" + first + "?t=ehkä\""));
  auto const late = press({{"item", two}, {"start_" + two, "1:00"}, {"item", one}}, "save");
  CHECK(late.status == 400);
  CHECK(std::regex_search(late.body, std::regex("name=\"start_" + two + "\" value=\"1:00\"[^>]* aria-invalid=\"true\">")));
  REQUIRE(press({{"item", two}, {"item", one}}, "remove:" + two).status == 303);
  REQUIRE(items().size() == 1);
  CHECK(items()[0].story == first);
  auto const stale = site.post(made.edit, {{"revision", "1"}, {"title", "Toinen ikkuna"}, {"language", "fi"}, {"do", "save"}});
  CHECK(stale.status == 409);
  CHECK(shows(stale, "value=\"Toinen ikkuna\""));
  CHECK(shows(stale, "name=\"item\" value=\"" + one + "\"")); // was added meanwhile: saving again keeps it
  CHECK(site.post("/lists", {{"title", " "}}).status == 400);
  CHECK(location(site.post(made.edit + "/delete", {})) == "/lists?deleted=1");
  CHECK(site.get(made.edit).status == 404);
}

TEST_CASE("an item added in another window stays when the older form is saved again, one taken out stays out", "[lists]") {
  Studio site;
  auto const first = published_story(site);
  auto const made = follow(site, site.post("/lists/add", {{"story", first}, {"title", "Kaksi ikkunaa"}}));
  auto const keeper = catalog::ListKeeper::by_link(made.edit.substr(12));
  auto const before = catalog::Lists(site.catalog()).open(keeper).value();
  auto const one = before.contents.items.at(0).id;
  auto const old = std::to_string(before.revision);
  auto const two = catalog::Lists(site.catalog()).add(keeper, before.contents.items[0]).value();
  auto const stale = site.post(made.edit, {{"revision", old}, {"title", "Vanha ikkuna"}, {"language", "fi"}, {"item", one}, {"note_" + one, "Kirjoitettu"}, {"do", "save"}});
  CHECK(stale.status == 409);
  CHECK(shows(stale, "Kirjoitettu"));
  CHECK(stale.body.find("name=\"item\" value=\"" + one) < stale.body.find("name=\"item\" value=\"" + two + "\""));
  CHECK(shows(stale, "name=\"item\" value=\"" + two + "\""));
  CHECK(shows(stale, "name=\"revision\" value=\"" + std::to_string(before.revision + 1) + "\""));
  auto const mistyped = site.post(made.edit, {{"revision", old}, {"title", "Vanha ikkuna"}, {"language", "fi"}, {"item", one}, {"end_" + one, "kohta"}, {"do", "save"}});
  CHECK(mistyped.status == 400);
  CHECK(shows(mistyped, "name=\"revision\" value=\"" + old + "\"")); // the next save is refused, and shows both
  auto const removing = site.post(made.edit, {{"revision", old}, {"title", "Vanha ikkuna"}, {"language", "fi"}, {"item", one}, {"do", "remove:" + one}});
  CHECK(removing.status == 409);
  CHECK_FALSE(shows(removing, "name=\"item\" value=\"" + one + "\""));
  CHECK(shows(removing, "name=\"item\" value=\"" + two + "\""));
}

TEST_CASE("a story shows in a list, its class mode and its embed only as far as its teller agreed", "[lists]") {
  Studio site;
  auto const everywhere = published_story(site);
  auto const home = published_story(site);
  auto const give = [&](std::string const& story, catalog::Uses uses) {
    catalog::NewConsent consent;
    consent.uses = uses;
    consent.text_version = "1";
    consent.text_hash = std::string(64, 'a');
    consent.language = "fi";
    REQUIRE(site.catalog().give_consent(Actor::system(), story, consent));
  };
  give(home, {.watch = true, .class_download = false, .embed = false, .feeds = false});
  catalog::ListContents contents;
  contents.title = "Kaksi tarinaa";
  contents.items.resize(2);
  contents.items[0].story = everywhere;
  contents.items[1].story = home;
  auto const list = catalog::Lists(site.catalog()).create(contents).value();
  CHECK(shows(site.get("/lists/" + list.id), "/stories/" + home));
  auto const in_class = site.get("/class/list/" + list.id);
  REQUIRE(in_class.status == 200);
  auto const key = [&](std::string const& story, catalog::Use use) { return site.catalog().access(story, use).value().stream_key; };
  CHECK(shows(in_class, key(everywhere, catalog::Use::class_download)));
  CHECK_FALSE(shows(in_class, key(home, catalog::Use::watch)));
  CHECK(shows(in_class, "1 / 1"));
  auto const embedded = site.get("/embed/list/" + list.id);
  REQUIRE(embedded.status == 200);
  CHECK(shows(embedded, key(everywhere, catalog::Use::embed)));
  CHECK(embedded["content-security-policy"].find("frame-ancestors 'self' https://www.osao.fi") != std::string::npos);
  CHECK_FALSE(embedded.has("set-cookie"));
  auto const told = fetch(site.port(), "GET", "/oembed?maxwidth=320&url=http://localhost/lists/" + list.id);
  REQUIRE(told.status == 200);
  CHECK(json::parse(told.body)["html"].get<std::string>().find("/embed/list/" + list.id) != std::string::npos);
  CHECK(json::parse(told.body)["width"] == 320);
  CHECK(shows(site.get("/lists/edit/" + list.token), "Tätä ei saa näyttää luokkanäkymässä"));

  REQUIRE(site.catalog().withdraw(Actor::teller(everywhere), everywhere));
  auto const read = site.get("/lists/" + list.id);
  CHECK_FALSE(shows(read, everywhere));
  CHECK(shows(site.get("/lists/edit/" + list.token), "Tarina ei ole enää saatavilla"));
  CHECK(site.get("/class/list/" + list.id).status == 404);
  CHECK(site.get("/embed/list/" + list.id).status == 404);
  CHECK(fetch(site.port(), "GET", "/oembed?url=http://localhost/lists/" + list.id).status == 404);
  CHECK_FALSE(shows(site.get("/lists/" + list.id + "/print"), everywhere));
}

TEST_CASE("a list of two institutions is framed only by sites that both have named", "[lists]") {
  Studio site;
  auto const first = published_story(site);
  auto const second = published_story(site);
  auto details = site.catalog().story(Actor::system(), second).value();
  details.details.institution = "luovi";
  REQUIRE(site.catalog().edit_story(Actor::system(), second, details.details, details.revision));
  REQUIRE(site.catalog().set_embed_sites(Actor::system(), "osao", {"https://www.osao.fi", "https://moodle.example"}));
  REQUIRE(site.catalog().set_embed_sites(Actor::system(), "luovi", {"https://moodle.example", "https://luovi.fi"}));
  catalog::ListContents contents;
  contents.title = "Kaksi taloa";
  contents.items.resize(2);
  contents.items[0].story = first;
  contents.items[1].story = second;
  auto const list = catalog::Lists(site.catalog()).create(contents).value();
  CHECK(site.get("/embed/list/" + list.id)["content-security-policy"].find("frame-ancestors 'self' https://moodle.example") != std::string::npos);
  CHECK(site.get("/embed/list/" + list.id)["content-security-policy"].find("osao.fi") == std::string::npos);
}

TEST_CASE("programs make, read, change and delete lists with the edit token", "[lists]") {
  Studio site;
  auto const story = published_story(site);
  json const item{{"story", story}, {"start_ms", 1500}, {"end_ms", 4000}, {"question", "Mitä?"}};
  auto const created = call(site, "POST", "/api/v1/lists", {{"title", "Ohjelman lista"}, {"items", json::array({item})}});
  REQUIRE(created.status == 201);
  auto const made = json::parse(created.body);
  auto const address = "/api/v1/lists/" + made["id"].get<std::string>();
  auto const token = made["edit_token"].get<std::string>();
  auto read = json::parse(site.get(address).body);
  CHECK(read["items"][0]["start_ms"] == 1500);
  CHECK(read["items"][0]["title"] == title);
  CHECK_FALSE(read.contains("edit_token"));
  json const kept{{"id", read["items"][0]["id"]}, {"note", "Alku"}};
  json const change{{"title", "Uusi nimi"}, {"language", "fi"}, {"revision", read["revision"]}, {"items", json::array({kept})}};
  CHECK(call(site, "PUT", address, change).status == 401);
  CHECK(call(site, "PUT", address, change, std::string(32, 'x')).status == 404);
  REQUIRE(call(site, "PUT", address, change, token).status == 200);
  CHECK(call(site, "PUT", address, change, token).status == 409);
  json without_items = change;
  without_items.erase("items");
  without_items["revision"] = change["revision"].get<int>() + 1;
  CHECK(call(site, "PUT", address, without_items, token).status == 400);
  auto const added = call(site, "POST", address + "/items", json::object({{"story", story}}), token);
  REQUIRE(added.status == 201);
  read = json::parse(site.get(address).body);
  CHECK(json::parse(added.body)["id"] == read["items"].at(1)["id"]);
  CHECK(read["title"] == "Uusi nimi");
  CHECK(read["items"].size() == 2);
  CHECK(read["items"][0]["start_ms"].is_null());
  json const strange = json::object({{"story", "eiole"}});
  CHECK(call(site, "POST", "/api/v1/lists", {{"title", "x"}, {"items", json::array({strange})}}).status == 400);
  CHECK(call(site, "POST", "/api/v1/lists", {{"title", "x"}, {"items", "kaikki"}}).status == 400);
  CHECK(fetch(site.port(), "POST", "/api/v1/lists", "Content-Type: application/json\r\n", "{").status == 400);
  CHECK(fetch(site.port(), "DELETE", address, "authorization: bearer " + token + "\r\n").status == 204);
  CHECK(site.get(address).status == 404);
}

TEST_CASE("one address makes only so many lists at once", "[lists]") {
  Studio site;
  int made = 0;
  int last = 0;
  for (int i = 0; i < 70 && last != 429; ++i) { // by both doors
    last = i % 2 ? site.post("/lists", {{"title", "Lista"}}).status : call(site, "POST", "/api/v1/lists", json::object({{"title", "Lista"}})).status;
    made += last == 303 || last == 201;
  }
  CHECK(last == 429);
  CHECK(made >= 60);
}

TEST_CASE("one address changes lists only so many times at once", "[lists]") {
  Studio site;
  auto const made = json::parse(call(site, "POST", "/api/v1/lists", json::object({{"title", "Lista"}})).body);
  auto const token = made["edit_token"].get<std::string>();
  auto const address = "/api/v1/lists/" + made["id"].get<std::string>();
  int tries = 0;
  int last = 0;
  for (; tries < 600 && last != 429; ++tries) // each is refused for its revision, and counts
    last = tries % 2 ? site.post("/lists/edit/" + token, {{"revision", "0"}, {"title", "Lista"}, {"language", "fi"}, {"do", "save"}}).status
                     : call(site, "PUT", address, {{"title", "Lista"}, {"revision", 0}, {"items", json::array()}}, token).status;
  CHECK(last == 429);
  CHECK(tries > 240);
}

TEST_CASE("editors make a collection in the studio, and the front page shows it once it is published", "[lists]") {
  Studio site;
  auto const story = published_story(site);
  auto const editor = site.signed_in("editor", Role::editor, "osao");
  auto const stranger = site.signed_in("stranger", Role::editor, "luovi");
  auto const created = site.post("/studio/collections", {{"title", "Hoitajia"}, {"institution", "osao"}}, editor);
  REQUIRE(created.status == 303);
  auto const address = location(created).substr(0, location(created).find('?'));
  auto const id = address.substr(address.rfind('/') + 1);
  CHECK(site.get(address, stranger).status == 404);
  CHECK(site.post(address + "/publish", {}, stranger).status == 404);
  CHECK(site.post("/studio/collections", {{"title", "x"}, {"institution", "luovi"}}, editor).status == 400);
  CHECK(site.post(address + "/publish", {}, editor).status == 409);
  REQUIRE(site.post(address, {{"revision", "1"}, {"title", "Hoitajia"}, {"language", "fi"}, {"address", story}, {"do", "add"}}, editor).status == 303);
  CHECK(site.get("/collections/" + id).status == 404);
  CHECK_FALSE(shows(site.get("/"), "Hoitajia"));
  REQUIRE(site.post(address + "/publish", {}, editor).status == 303);
  auto const page = site.get("/collections/" + id);
  CHECK(shows(page, title));
  CHECK(shows(page, "<meta name=\"description\" content=\"1 kohta, "));
  CHECK(shows(page, "<meta property=\"og:title\" content=\"Hoitajia\">"));
  CHECK(shows(page, "<meta property=\"og:image\" content=\"http"));
  CHECK(shows(page, "type=\"application/json+oembed\""));
  CHECK(shows(page, "type=\"text/xml+oembed\""));
  CHECK(shows(site.get("/collections"), "Hoitajia"));
  CHECK(shows(site.get("/"), "/collections/" + id));
  CHECK(location(site.get("/lists/" + id)) == "/collections/" + id);
  CHECK(shows(site.get("/admin", site.signed_in("chief", Role::administrator)), "Kokoelma julkaistiin"));
  REQUIRE(site.catalog().withdraw(Actor::teller(story), story));
  CHECK_FALSE(shows(site.get("/collections"), "Hoitajia"));
  CHECK_FALSE(shows(site.get("/"), "/collections/" + id));
  CHECK(shows(site.get("/collections/" + id), "Kokoelmassa ei ole nyt mitään katsottavaa"));
  REQUIRE(site.post(address + "/delete", {}, editor).status == 303);
  CHECK(site.get("/collections/" + id).status == 404);
}
