// The alumnus's way without an account: invitation, consent, own page, withdrawal.
#include "server/templates.hpp"
#include "server/work.hpp"
#include "studio_fixture.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

std::string invite(Studio& site, std::string const& language = "fi") {
  catalog::NewInvite fresh;
  fresh.institution = "osao";
  fresh.teller = "Maija";
  fresh.language = language;
  fresh.expires_at = catalog::system_clock()() + std::chrono::hours(24);
  return site.catalog().create_invite(Actor::system(), fresh)->token;
}

Values const all_agreed{{"use", "watch"}, {"use", "class_download"}, {"show_name", "yes"}, {"shown_name", "Maija"}, {"age", "yes"}};

/// Accepts an invitation and gives the own page's path.
std::string accept(Studio& site) {
  auto const answer = site.post("/invite/" + invite(site), all_agreed);
  REQUIRE(answer.status == 303);
  return location(answer);
}

std::string story_of(Studio& site, std::string const& mine) { return site.catalog().story_of_mine(mine.substr(6)).value(); }

} // namespace

TEST_CASE("The consent text is pinned to its version: whoever changes a word raises the version", "[alumnus]") {
  server::Templates const templates(Studio().config.web);
  auto const hash = [&](std::string_view lang) { return server::consent_text(templates, lang).hash; };
  REQUIRE(server::consent_text(templates, "fi").version == "2026-2");
  CHECK(hash("fi") == "8dee445e7db9c1c1d936546682255db7e9a4a14be768c2574ebb6299873599a9");
  CHECK(hash("sv") == "c2682bb9590da77a96d7d8a81d16f94bbad8981a806779fbf737c05fca25331a");
  CHECK(hash("en") == "6c15872c02d6993f81ddfc5c304e6e22a89694419d05962838b9d3f6b56b7936");
}

TEST_CASE("An invitation asks every use by name, with nothing ticked, and tells no other site of itself", "[alumnus]") {
  Studio site;
  auto const page = site.get("/invite/" + invite(site));
  REQUIRE(page.status == 200);
  for (auto const* use : {"watch", "class_download", "embed", "feeds"}) CHECK(shows(page, std::string("name=\"use\" value=\"") + use + "\">"));
  CHECK_FALSE(shows(page, " checked"));
  CHECK(page["cache-control"] == "no-store");
  CHECK(page["referrer-policy"] == "strict-origin");
  CHECK(page["x-robots-tag"] == "noindex");
  CHECK(site.get("/invite/eitallaista").status == 404);
  // In the invitation's language, unless the reader has chosen one.
  CHECK(shows(site.get("/invite/" + invite(site, "sv")), "<html lang=\"sv\""));
  CHECK(shows(site.get("/invite/" + invite(site, "sv"), "Cookie: lang=en\r\n"), "<html lang=\"en\""));
}

TEST_CASE("What is not answered is asked again with the rest kept", "[alumnus]") {
  Studio site;
  auto const path = "/invite/" + invite(site);
  auto const nothing = site.post(path, {{"show_name", "yes"}, {"shown_name", "Maija Meikäläinen"}, {"age", "yes"}});
  CHECK(nothing.status == 400);
  CHECK(shows(nothing, "Valitse vähintään yksi kohta"));
  CHECK(shows(nothing, "Maija Meikäläinen"));
  auto const nameless = site.post(path, {{"use", "embed"}, {"show_name", "yes"}, {"shown_name", ""}, {"age", "yes"}});
  CHECK(nameless.status == 400);
  CHECK(shows(nameless, "value=\"embed\" checked"));
  CHECK(site.post(path, {{"use", "watch"}, {"show_name", "no"}}).status == 400);
  CHECK(site.catalog().list_stories(Actor::system(), {}).total == 0);
}

TEST_CASE("Agreeing makes a story with exactly what was ticked, and the invitation leads back to it", "[alumnus]") {
  Studio site;
  auto const token = invite(site);
  auto const accepted = site.post("/invite/" + token, all_agreed);
  REQUIRE(accepted.status == 303);
  auto const mine = location(accepted);
  REQUIRE(mine.starts_with("/mine/"));
  auto const id = story_of(site, mine);
  auto const story = site.catalog().story(Actor::system(), id).value();
  CHECK(story.uses == catalog::Uses{.watch = true, .class_download = true, .embed = false, .feeds = false});
  CHECK(story.details.shown_name == "Maija");
  auto const consent = site.catalog().consents(Actor::system(), id)->at(0);
  server::Templates const templates(site.config.web);
  CHECK(consent.text_version == server::consent_text(templates, "fi").version);
  CHECK(consent.text_hash == server::consent_text(templates, "fi").hash);
  CHECK(consent.language == "fi");

  auto const again = site.post("/invite/" + token, all_agreed);
  CHECK(again.status == 200);
  CHECK(shows(again, "jo käytössä"));
  auto const back = site.post("/invite/" + token + "/continue", {});
  REQUIRE(back.status == 303);
  CHECK(story_of(site, location(back)) == id);
  CHECK(site.catalog().list_stories(Actor::system(), {}).total == 1);
}

TEST_CASE("A name typed beside 'no name' is not kept", "[alumnus]") {
  Studio site;
  auto const accepted = site.post("/invite/" + invite(site), {{"use", "watch"}, {"show_name", "no"}, {"shown_name", "Maija"}, {"age", "yes"}});
  REQUIRE(accepted.status == 303);
  CHECK(site.catalog().story(Actor::system(), story_of(site, location(accepted)))->details.shown_name.empty());
}

TEST_CASE("The own page changes each use, keeps a history, and tells the state as JSON", "[alumnus]") {
  Studio site;
  auto const mine = accept(site);
  auto const id = story_of(site, mine);
  auto const page = site.get(mine);
  REQUIRE(page.status == 200);
  CHECK(page["referrer-policy"] == "strict-origin");
  CHECK(page["cache-control"] == "no-store");
  CHECK(shows(page, "value=\"watch\" checked"));
  CHECK_FALSE(shows(page, "value=\"embed\" checked"));

  CHECK(site.post(mine + "/consents", {{"use", "watch"}, {"use", "embed"}}).status == 303);
  CHECK(site.catalog().story(Actor::system(), id)->uses == catalog::Uses{.watch = true, .class_download = false, .embed = true, .feeds = false});
  CHECK(site.catalog().consents(Actor::system(), id)->size() == 2);
  CHECK(site.post(mine + "/consents", {}).status == 400);
  CHECK(site.catalog().consents(Actor::system(), id)->size() == 2);

  auto const state = nlohmann::json::parse(fetch(site.port(), "GET", mine + "/state", "Accept: application/json\r\nAccept-Language: sv\r\n").body);
  CHECK(state["phase"] == "empty");
  CHECK(state["sentence"] == "Ingen video har laddats upp ännu.");
  CHECK(state["preview"].is_null());
}

TEST_CASE("The own page knows an unfinished upload, to go on with on any device", "[alumnus]") {
  Studio site;
  auto const mine = accept(site);
  auto const upload = create_upload(site.port(), mine.substr(6), 1000);
  REQUIRE(patch(site.port(), upload, 0, std::string(400, 'x')).status == 204);
  auto const page = site.get(mine);
  CHECK(shows(page, "data-unfinished-size=\"1000\""));
  CHECK(shows(page, "data-unfinished-name=\"oma video.mp4\""));
  CHECK(shows(page, "data-unfinished-url=\"" + upload.substr(upload.find("/api"))));
  auto const state = nlohmann::json::parse(site.get(mine + "/state").body);
  CHECK(state["phase"] == "uploading");
  CHECK(state["fraction"] == 0.4);
}

TEST_CASE("The own page tells of one thing while a video comes anew after a refused one", "[alumnus]") {
  Studio site;
  auto const id = uploaded_story(site);
  auto const mine = "/mine/" + site.mine_token(id);
  auto const sentence = [&] { return nlohmann::json::parse(site.get(mine + "/state").body)["story_sentence"]; };
  CHECK(sentence() == "Video on perillä ja sitä käsitellään.");
  CHECK(shows(site.get(mine), "Entinen video poistetaan 7 päivän kuluttua"));
  Worker worker(site);
  auto const task = worker.lease();
  REQUIRE(worker.call("POST", "tasks/" + task.task_id + "/fail", task.token, R"({"failure":{"key":"media.damaged","detail":"","permanent":true}})").status == 204);
  CHECK(sentence() == "Tarvitsemme videosi uudelleen.");
  CHECK_FALSE(shows(site.get(mine), "Entinen video poistetaan"));

  auto const upload = create_upload(site.port(), mine.substr(6), 1000);
  REQUIRE(patch(site.port(), upload, 0, std::string(250, 'x')).status == 204);
  auto const page = site.get(mine);
  CHECK(shows(page, "Videosi ei ole vielä kokonaan perillä."));
  CHECK(shows(page, "Videon lähetys on kesken: 25 % on perillä."));
  CHECK_FALSE(shows(page, "Video on perillä ja sitä käsitellään."));
  CHECK_FALSE(shows(page, "Tarvitsemme videosi"));
  CHECK_FALSE(shows(page, " Mt / ")); // one figure, not two that differ
  CHECK(sentence() == "Videosi ei ole vielä kokonaan perillä.");
}

TEST_CASE("A published story its teller keeps off the site is nowhere said to be there", "[alumnus]") {
  Studio site;
  auto const id = published_story(site);
  auto const mine = "/mine/" + site.mine_token(id);
  auto const editor = site.signed_in("kaisa", Role::editor);
  auto const studio = "/studio/stories/" + id;
  auto const link = "href=\"/stories/" + id + "\"";
  std::string const unseen = "Ei näy Tarinan sivuilla: kertojan valinta";
  CHECK(shows(site.get(studio, editor), link));
  CHECK(shows(site.get(mine), link));
  CHECK_FALSE(shows(site.get("/studio", editor), unseen));
  REQUIRE(site.post(mine + "/consents", {{"use", "embed"}}).status == 303);
  CHECK_FALSE(shows(site.get(studio, editor), link));
  CHECK(shows(site.get(studio, editor), unseen));
  CHECK(shows(site.get("/studio", editor), unseen));
  CHECK_FALSE(shows(site.get(mine), link));
  CHECK(shows(site.get(mine), "Tarinasi on julkaistu, mutta sitä ei näytetä Tarinan sivuilla"));
}

TEST_CASE("The own page edits the teller's part of the details and refuses an old revision kindly", "[alumnus]") {
  Studio site;
  auto const mine = accept(site);
  auto const id = story_of(site, mine);
  REQUIRE(site.post(mine + "/details", {{"revision", "1"}, {"title", "Minun tarinani"}, {"summary", "Lyhyesti"}, {"shown_name", "M."}, {"year", "2020"}}).status == 303);
  auto const story = site.catalog().story(Actor::system(), id).value();
  CHECK(story.details.title.fi == "Minun tarinani");
  CHECK(story.details.graduation_year == 2020);
  auto const late = site.post(mine + "/details", {{"revision", "1"}, {"title", "Myöhästynyt otsikko"}, {"summary", ""}, {"shown_name", ""}, {"year", ""}});
  CHECK(late.status == 409);
  CHECK(shows(late, "Myöhästynyt otsikko"));
  CHECK(site.catalog().story(Actor::system(), id)->details.title.fi == "Minun tarinani");
}

TEST_CASE("Withdrawing is one button, works at once, and leaves a receipt", "[alumnus]") {
  Studio site;
  auto const mine = accept(site);
  auto const id = story_of(site, mine);
  auto const withdrawn = site.post(mine + "/withdraw", {});
  REQUIRE(withdrawn.status == 303);
  CHECK(location(withdrawn) == mine);
  CHECK(site.catalog().story(Actor::system(), id)->state == catalog::StoryState::withdrawn);
  auto const receipt = site.get(mine);
  CHECK(receipt.status == 200);
  CHECK(shows(receipt, "Suostumuksesi on peruttu"));
  CHECK(shows(receipt, id));
  CHECK(site.post(mine + "/withdraw", {}).status == 303); // repeating is fine
  auto const late = site.post(mine + "/consents", {{"use", "watch"}});
  CHECK(late.status == 303);
  CHECK(site.catalog().story(Actor::system(), id)->state == catalog::StoryState::withdrawn);
  CHECK(site.get("/mine/eitallaista").status == 404);
}

TEST_CASE("The receipt says when the files go, and until then one button undoes the withdrawal", "[alumnus]") {
  Studio site;
  auto const mine = accept(site);
  auto const id = story_of(site, mine);
  auto const own = [&] { return site.catalog().story(Actor::system(), id).value(); };
  auto const uses = own().uses;
  CHECK(location(site.post(mine + "/undo", {})) == mine); // nothing to undo: the page as it is
  REQUIRE(site.post(mine + "/withdraw", {}).status == 303);
  auto const receipt = site.get(mine);
  CHECK(shows(receipt, "Tiedostot poistetaan"));
  CHECK(shows(receipt, "Kumoa peruminen"));
  CHECK(shows(receipt, "Poista heti"));
  CHECK(shows(receipt, "Peruttu"));
  CHECK_FALSE(shows(receipt, "Tiedostot poistettu"));
  CHECK(receipt["cache-control"] == "no-store");

  auto const undone = site.post(mine + "/undo", {});
  REQUIRE(undone.status == 303);
  CHECK(shows(site.get(location(undone)), "Peruminen on kumottu"));
  CHECK(own().state == catalog::StoryState::draft);
  CHECK(own().uses == uses);
  CHECK(location(site.post(mine + "/undo", {})) == mine); // a second tap
  CHECK(location(site.post(mine + "/erase", {})) == mine); // an old page: nothing is withdrawn, nothing is erased
  server::sweep_once(site.catalog(), site.store());
  CHECK(own().state == catalog::StoryState::draft);
  CHECK(site.post("/mine/eitallaista/undo", {}).status == 404);
  CHECK(site.post("/mine/eitallaista/erase", {}).status == 404);
}

TEST_CASE("What is to be erased at once cannot be undone, and the receipt then names what was erased", "[alumnus]") {
  Studio site;
  auto const mine = accept(site);
  auto const id = story_of(site, mine);
  REQUIRE(site.post(mine + "/withdraw", {}).status == 303);
  REQUIRE(site.post(mine + "/erase", {}).status == 303);
  CHECK_FALSE(shows(site.get(mine), "Kumoa peruminen"));
  CHECK(location(site.post(mine + "/undo", {})) == mine); // too late: the page tells
  server::sweep_once(site.catalog(), site.store());
  auto const receipt = site.get(mine);
  CHECK(shows(receipt, "Tiedostot poistettu"));
  CHECK(shows(receipt, "Poistettu: alkuperäinen video"));
  CHECK(site.catalog().story(Actor::system(), id)->state == catalog::StoryState::withdrawn);
}

TEST_CASE("A coordinator withdraws only by typing the story's id, an editor not at all", "[alumnus]") {
  Studio site;
  auto const id = site.story_of("osao");
  auto const coordinator = site.signed_in("osao", Role::coordinator, "osao");
  auto const editor = site.signed_in("editor", Role::editor, "osao");
  auto const path = "/studio/stories/" + id + "/withdraw";
  CHECK(site.post(path, {{"confirm", id}}, editor).status == 404);
  CHECK(site.post(path, {{"confirm", "väärä"}}, coordinator).status == 400);
  CHECK(site.catalog().story(Actor::system(), id)->state == catalog::StoryState::draft);
  CHECK(site.post(path, {{"confirm", id}}, coordinator).status == 303);
  CHECK(site.catalog().story(Actor::system(), id)->state == catalog::StoryState::withdrawn);
  auto const page = site.get("/studio/stories/" + id, coordinator);
  CHECK(page.status == 200);
  CHECK(shows(page, "Sen tiedostot poistetaan "));
  CHECK(shows(page, "Kumoa peruminen"));
  CHECK_FALSE(shows(site.get("/studio/stories/" + id, editor), "Kumoa peruminen"));
}

TEST_CASE("A coordinator undoes a withdrawal, and erases at once only by typing the story's id", "[alumnus]") {
  Studio site;
  auto const id = site.story_of("osao");
  auto const coordinator = site.signed_in("osao", Role::coordinator, "osao");
  auto const editor = site.signed_in("editor", Role::editor, "osao");
  auto const stranger = site.signed_in("luovi", Role::coordinator, "luovi");
  auto const path = "/studio/stories/" + id;
  auto const state = [&] { return site.catalog().story(Actor::system(), id)->state; };
  REQUIRE(site.post(path + "/withdraw", {{"confirm", id}}, coordinator).status == 303);
  for (auto const& other : {editor, stranger}) {
    CHECK(site.post(path + "/undo", {}, other).status == 404);
    CHECK(site.post(path + "/erase", {{"confirm", id}}, other).status == 404);
  }
  CHECK(state() == catalog::StoryState::withdrawn);
  auto const undone = site.post(path + "/undo", {}, coordinator);
  REQUIRE(undone.status == 303);
  CHECK(state() == catalog::StoryState::draft);
  CHECK(shows(site.get(location(undone), coordinator), "Peruminen on kumottu"));
  CHECK(site.post(path + "/undo", {}, coordinator).status == 409);
  REQUIRE(site.post(path + "/withdraw", {{"confirm", id}}, coordinator).status == 303);
  CHECK(site.post(path + "/erase", {{"confirm", "väärä"}}, coordinator).status == 400);
  server::sweep_once(site.catalog(), site.store());
  CHECK_FALSE(site.catalog().tombstone(id)->erased_at);
  CHECK(site.post(path + "/erase", {{"confirm", id}}, coordinator).status == 303);
  CHECK(shows(site.get(path, coordinator), "tiedostoja poistetaan"));
  server::sweep_once(site.catalog(), site.store());
  CHECK(site.catalog().tombstone(id)->erased_at);
  CHECK(site.post(path + "/undo", {}, coordinator).status == 410);
}

TEST_CASE("An invitation is made with link, message and QR code, listed, and revoked", "[alumnus]") {
  Studio site;
  auto const coordinator = site.signed_in("osao", Role::coordinator, "osao");
  auto const made = site.post("/studio/invites", {{"institution", "osao"}, {"teller", "Maija, lähihoitaja 2019"}, {"language", "sv"}, {"days", "30"}}, coordinator);
  auto const page = followed(site, made, coordinator);
  CHECK(shows(page, "/invite/"));
  CHECK(shows(page, "<svg viewBox"));
  CHECK(shows(page, "Berätta på video")); // the message is in the invitation's language
  CHECK(page["referrer-policy"] == "strict-origin");
  auto const reloaded = followed(site, made, coordinator);
  CHECK_FALSE(shows(reloaded, "/invite/"));
  CHECK(shows(reloaded, "Maija, lähihoitaja 2019"));
  CHECK(site.post("/studio/invites", {{"institution", "luovi"}, {"language", "fi"}}, coordinator).status == 403);
  auto const invites = site.catalog().invites(Actor::system());
  REQUIRE(invites.size() == 1);
  CHECK(site.post("/studio/invites/" + invites[0].id + "/revoke", {}, coordinator).status == 303);
  auto const at = page.body.find("/invite/");
  auto const link = page.body.substr(at, page.body.find_first_of("\" <", at) - at);
  CHECK(site.get(link).status == 410);
}
