// The studio's forms: what is read, what is kept when a save is refused, and how subtitles travel.
#include "server/pages/cue_json.hpp"
#include "server/pages/story_form.hpp"
#include "server/qr_code.hpp"
#include "studio_fixture.hpp"

using namespace fixture;

TEST_CASE("A story form becomes details, titles become codes, free words stay", "[studio]") {
  Studio site;
  auto const words = site.catalog().vocabulary();
  auto const read = [&](std::vector<std::pair<std::string, std::string>> const& values) { return server::read_story_form(server::FormValues(form_encoded(values)), *words); };
  auto const full = read({{"title_fi", "  Otsikko \r\n"}, {"summary_sv", "Rad 1\r\nRad 2"}, {"field", "091"}, {"field", ""}, {"field", "091"}, {"field", "10"},
                          {"occupation", "lähihoitaja"}, {"institution", "osao"}, {"unit", "luovi-muhos"}, {"year", "2019"}, {"tags", "kotihoito, , oppisopimus,kotihoito, sää, Oppisopimus, SÄÄ"},
                          {"language", "fi"}, {"language", "sv"}, {"shown_name", " Maija "}});
  CHECK(full.title.fi == "Otsikko");
  CHECK(full.summary.sv == "Rad 1\nRad 2");
  CHECK(full.fields == std::vector<std::string>{"091", "10"});
  CHECK(full.occupation == "10008");
  CHECK(full.occupation_text.empty());
  CHECK(full.unit.empty()); // not a unit of osao
  CHECK(full.graduation_year == 2019);
  CHECK(full.tags == std::vector<std::string>{"kotihoito", "oppisopimus", "sää"}); // the first spelling of each
  CHECK(full.languages == std::vector<std::string>{"fi", "sv"});
  CHECK(full.shown_name == "Maija");
  CHECK(read({{"occupation", "Närvårdare"}}).occupation == "10008");
  auto const free_words = read({{"occupation", "metsäkonekuski"}, {"year", "tuhat"}});
  CHECK(free_words.occupation.empty());
  CHECK(free_words.occupation_text == "metsäkonekuski");
  CHECK(free_words.graduation_year == -1);
}

TEST_CASE("A save on an old revision is refused, keeps every typed word and shows what differs", "[studio]") {
  Studio site;
  auto const editor = site.signed_in("kaisa", Role::editor);
  auto const id = site.story_of("osao", "Ensimmäinen");
  auto const path = "/studio/stories/" + id;
  auto const first = site.post(path, {{"revision", "1"}, {"title_fi", "Toisen tekemä"}, {"institution", "osao"}, {"language", "fi"}}, editor);
  REQUIRE(first.status == 303);
  CHECK(location(first) == path + "?done=edit.saved#details");

  auto const late = site.post(path, {{"revision", "1"}, {"title_fi", "Minun <b>versioni</b>"}, {"description_fi", "Pitkä kuvaus"}, {"institution", "osao"}, {"language", "fi"}}, editor);
  CHECK(late.status == 409);
  CHECK(shows(late, "Minun &lt;b&gt;versioni&lt;/b&gt;"));
  CHECK(shows(late, "Pitkä kuvaus"));
  CHECK(shows(late, "Toisen tekemä"));
  CHECK(site.catalog().story(Actor::system(), id)->details.title.fi == "Toisen tekemä");

  // The page now carries the newest revision: saving again puts the typed words on top.
  auto const revision = site.catalog().story(Actor::system(), id)->revision;
  CHECK(shows(late, "name=\"revision\" value=\"" + std::to_string(revision) + "\""));
  CHECK(site.post(path, {{"revision", std::to_string(revision)}, {"title_fi", "Minun"}, {"institution", "osao"}, {"language", "fi"}}, editor).status == 303);
}

TEST_CASE("A refused year keeps the form and says why", "[studio]") {
  Studio site;
  auto const editor = site.signed_in("kaisa", Role::editor);
  auto const answer = site.post("/studio/stories", {{"title_fi", "Uusi tarina"}, {"institution", "osao"}, {"year", "kaksi"}}, editor);
  CHECK(answer.status == 400);
  CHECK(shows(answer, "Uusi tarina"));
  CHECK(shows(answer, "Tarkista valmistumisvuosi"));
}

TEST_CASE("The publish gate lists what is missing and refuses", "[studio]") {
  Studio site;
  auto const editor = site.signed_in("kaisa", Role::editor);
  auto const id = site.story_of("osao");
  auto const page = site.get("/studio/stories/" + id, editor);
  CHECK(shows(page, "Suostumus puuttuu"));
  CHECK(shows(page, "Koulutusala puuttuu"));
  CHECK(shows(page, "Tarkistettu tekstitys puuttuu"));
  auto const refused = site.post("/studio/stories/" + id + "/publish", {}, editor);
  CHECK(refused.status == 409);
  CHECK(site.catalog().story(Actor::system(), id)->state == catalog::StoryState::draft);
}

TEST_CASE("Subtitles are saved as text, by the editor's script, deleted and brought back", "[studio]") {
  Studio site;
  auto const editor = site.signed_in("kaisa", Role::editor);
  auto const id = site.story_of("osao");
  auto const page = "/studio/stories/" + id + "/subtitles/fi-captions";
  auto const api = "/api/v1/studio/stories/" + id + "/subtitles/fi-captions";
  auto const track = [&] { return site.catalog().track(Actor::system(), id, "fi-captions"); };

  CHECK(site.get(page, editor).status == 200); // an editor for a track that is not there yet
  auto const unreadable = site.post(page, {{"revision", "0"}, {"vtt", "ei tämä ole tekstitys"}}, editor);
  CHECK(unreadable.status == 400);
  CHECK(shows(unreadable, "ei tämä ole tekstitys"));

  REQUIRE(site.post(page, {{"revision", "0"}, {"vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\nHei <i>kaikki</i>\n"}, {"checked", "yes"}}, editor).status == 303);
  REQUIRE(track());
  CHECK(track()->lines.at(0).text == "Hei kaikki");
  CHECK(track()->checked);

  nlohmann::json const cues = {{{"start_ms", 1000}, {"end_ms", 3500}, {"text", "Hei <kaikki> & muut"}, {"speaker", ""}, {"settings", ""}}};
  auto const saved = site.put_json(api, {{"revision", track()->revision}, {"checked", false}, {"cues", cues}}, editor);
  REQUIRE(saved.status == 200);
  auto const revision = nlohmann::json::parse(saved.body)["revision"].get<std::int64_t>();
  CHECK(track()->revision == revision);
  CHECK(track()->lines.at(0).text == "Hei <kaikki> & muut");
  CHECK_FALSE(track()->checked);

  auto const late = site.put_json(api, {{"revision", revision - 1}, {"checked", true}, {"cues", cues}}, editor);
  CHECK(late.status == 409);
  CHECK(nlohmann::json::parse(late.body)["current_revision"] == revision);
  auto const late_text = site.post(page, {{"revision", "1"}, {"vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\nMyöhässä\n"}}, editor);
  CHECK(late_text.status == 409);
  CHECK(shows(late_text, "Myöhässä"));
  CHECK(track()->revision == revision);

  for (auto const& wrong : {nlohmann::json{{"revision", revision}}, nlohmann::json{{"revision", "x"}, {"cues", cues}}, nlohmann::json::array(),
                            nlohmann::json{{"revision", revision}, {"cues", {{{"start_ms", "a"}}}}}})
    CHECK(site.put_json(api, wrong, editor).status == 400);

  auto const gone = site.post(page + "/delete", {{"expected", std::to_string(revision)}}, editor);
  CHECK(gone.status == 200);
  CHECK(shows(gone, "Kumoa poisto"));
  CHECK_FALSE(track());
  CHECK(site.post(page + "/restore", {{"revision", std::to_string(revision)}, {"expected", "0"}}, editor).status == 303);
  REQUIRE(track());
  CHECK(track()->lines.at(0).text == "Hei <kaikki> & muut");
}

TEST_CASE("A subtitle file is read, its doubts are shown, and no second track is made over the first", "[studio]") {
  Studio site;
  auto const editor = site.signed_in("kaisa", Role::editor);
  auto const id = site.story_of("osao");
  auto const send = [&](std::string const& path, std::string const& file) {
    std::string body;
    for (auto const& [name, value] : {std::pair("language", "fi"), std::pair("kind", "captions"), std::pair("revision", "1")})
      body += std::string("--x\r\nContent-Disposition: form-data; name=\"") + name + "\"\r\n\r\n" + value + "\r\n";
    body += "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.srt\"\r\nContent-Type: application/x-subrip\r\n\r\n" + file + "\r\n--x--\r\n";
    return fetch(site.port(), "POST", path, "Accept: text/html\r\nAccept-Language: fi\r\nSec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=x\r\n" + editor, body);
  };
  std::string const srt = "1\r\n00:00:01,000 --> 00:00:03,000\r\nHei\r\n\r\n2\r\n00:00:09,000 --> 00:00:05,000\r\nVäärin päin\r\n";
  auto const base = "/studio/stories/" + id + "/subtitles";
  auto const added = send(base, srt);
  CHECK(added.status == 200);
  CHECK(shows(added, "Tiedostosta luettiin 1 repliikki."));
  CHECK(shows(added, "Repliikki 2: loppu on ennen alkua."));
  CHECK(shows(added, ">1 repliikki,")); // one is no plural
  CHECK(shows(added, "Tekstitys tallennettiin: Suomi: tekstitys")); // the list of changes says which
  CHECK(send(base, srt).status == 409);
  CHECK(send(base, "ei tämä ole tekstitys").status == 400);
  auto const replaced = send(base + "/fi-captions/file", "1\n00:00:01,000 --> 00:00:03,000\nUusi\n");
  CHECK(replaced.status == 200);
  CHECK(site.catalog().track(Actor::system(), id, "fi-captions")->lines.at(0).text == "Uusi");
}

TEST_CASE("Track ids name a language and a kind", "[studio]") {
  CHECK(server::parse_track("fi-captions")->language == "fi");
  CHECK(server::parse_track("sv-FI-subtitles")->language == "sv-FI");
  CHECK(server::parse_track("fi-plain")->kind == catalog::TrackKind::plain);
  for (auto const* wrong : {"", "-captions", "fi", "fi-", "fi-other", "f/i-captions", "fi captions"}) {
    CAPTURE(wrong);
    CHECK_FALSE(server::parse_track(wrong));
  }
}

TEST_CASE("A QR code is a picture with a quiet zone", "[studio]") {
  auto const svg = server::qr_svg("https://tarina.example.fi/invite/abcdefghijklmnopqrstuvwxyz012345");
  CHECK(svg.starts_with("<svg viewBox=\"0 0 45 45\"")); // version 5 has 37 modules, and 4 on each side
  CHECK(svg.find("M4 4h1v1h-1z") != std::string::npos); // the corner of the first finder pattern
  CHECK(svg.find("M3 ") == std::string::npos);
}
