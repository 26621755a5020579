// Who may open and change what: every route of the studio and administration for every role, in and out of scope.
#include "studio_fixture.hpp"

using namespace fixture;

namespace {

struct Person {
  std::string name, cookie;
  bool sees_own, sees_other, coordinates, administers;
};

} // namespace

TEST_CASE("Studio routes answer by role and scope, and what lies outside is not found", "[scope]") {
  Studio site;
  auto const own = site.story_of("osao", "Oma");
  auto const other = site.story_of("luovi", "Muiden");
  std::vector<Person> const people{
      {"administrator", site.signed_in("admin", Role::administrator), true, true, true, true},
      {"editor of all", site.signed_in("editor", Role::editor), true, true, false, false},
      {"editor of osao", site.signed_in("osaoeditor", Role::editor, "osao"), true, false, false, false},
      {"coordinator of osao", site.signed_in("osaocoordinator", Role::coordinator, "osao"), true, false, true, false},
      {"coordinator of luovi", site.signed_in("luovicoordinator", Role::coordinator, "luovi"), false, true, true, false},
  };
  for (auto const& person : people) {
    CAPTURE(person.name);
    auto const status = [&](std::string const& path) { return site.get(path, person.cookie).status; };
    auto const changed = [&](std::string const& path) { return site.post(path, {{"expected", "1"}, {"revision", "1"}, {"vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHei\n"}}, person.cookie).status; };
    auto const expected = [](bool sees) { return sees ? 200 : 404; };

    CHECK(status("/studio") == 200);
    CHECK(status("/studio/stories/new") == 200);
    for (auto const& [story, sees] : {std::pair(own, person.sees_own), std::pair(other, person.sees_other)}) {
      CAPTURE(story);
      CHECK(status("/studio/stories/" + story) == expected(sees));
      CHECK(status("/studio/stories/" + story + "/subtitles/fi-captions") == expected(sees));
      CHECK(status("/api/v1/studio/stories/" + story + "/state") == expected(sees));
      if (sees) continue;
      for (auto const* action : {"", "/publish", "/unpublish", "/retry", "/mine", "/subtitles/fi-captions", "/subtitles/fi-captions/delete", "/subtitles/fi-captions/restore"}) {
        CAPTURE(action);
        CHECK(changed("/studio/stories/" + story + action) == 404);
      }
      CHECK(site.post("/studio/stories/" + story + "/withdraw", {{"confirm", story}}, person.cookie).status == 404);
      auto const saved = site.put_json("/api/v1/studio/stories/" + story + "/subtitles/fi-captions", {{"revision", 0}, {"checked", true}, {"cues", {{{"start_ms", 0}, {"end_ms", 2000}, {"text", "Hei"}}}}}, person.cookie);
      CHECK(saved.status == 404);
    }
    CHECK(status("/studio/invites") == expected(person.coordinates));
    CHECK(status("/studio/interests") == expected(person.coordinates));
    CHECK(status("/admin/people") == expected(person.coordinates));
    CHECK(status("/admin/sites") == expected(person.coordinates));
    CHECK(status("/admin") == expected(person.administers));
    CHECK(status("/studio/stories/eiolemassa") == 404);
  }
  CHECK(site.catalog().story(Actor::system(), own)->state == catalog::StoryState::draft);
  CHECK(site.catalog().story(Actor::system(), other)->state == catalog::StoryState::draft);
}

TEST_CASE("Editors are shown no way that is closed to them", "[scope]") {
  Studio site;
  auto const id = site.story_of("osao", "Osaon tarina");
  auto const editor = site.signed_in("editor", Role::editor);
  auto const coordinator = site.signed_in("osao", Role::coordinator, "osao");
  auto const queue = site.get("/studio", editor);
  CHECK_FALSE(shows(queue, "/studio/invites"));
  CHECK(shows(queue, ">1 tarina<"));
  CHECK(shows(site.get("/studio", coordinator), "/studio/invites"));
  auto const story = site.get("/studio/stories/" + id, editor);
  CHECK_FALSE(shows(story, "Kertojan oma linkki"));
  CHECK(shows(story, "Pyydä oppilaitoksen yhdyshenkilöä"));
  CHECK(shows(site.get("/studio/stories/" + id, coordinator), "Kertojan oma linkki"));
}

TEST_CASE("The list of changes names stories, people and institutions", "[scope]") {
  Studio site;
  auto const id = site.story_of("osao", "Osaon tarina");
  auto const admin = site.signed_in("admin", Role::administrator);
  REQUIRE(site.post("/admin/people", {{"email", "kaisa@example.org"}, {"name", "Kaisa Korhonen"}, {"role", "editor"}, {"institution", "osao"}}, admin).status == 303);
  auto const health = site.get("/admin", admin);
  CHECK(shows(health, "Henkilö lisättiin: Kaisa Korhonen"));
  CHECK(shows(health, ">Osaon tarina</a>"));
  CHECK_FALSE(shows(health, ">" + id + "<"));
}

TEST_CASE("A sign-in link is shown once, to who made it, and a reload makes no other", "[scope]") {
  Studio site;
  auto const admin = site.signed_in("admin", Role::administrator);
  auto const other = site.signed_in("toinen", Role::administrator);
  auto const editor = site.add_person("kaisa", Role::editor, "osao");
  auto const made = site.post("/admin/people/" + editor.id + "/link", {}, admin);
  REQUIRE(location(made).ends_with("#link"));
  CHECK_FALSE(shows(followed(site, made, other), "/sign-in/"));
  auto const page = followed(site, made, admin);
  CHECK(shows(page, "/sign-in/"));
  CHECK(page["referrer-policy"] == "strict-origin");
  CHECK_FALSE(shows(followed(site, made, admin), "/sign-in/"));
  auto const twice = site.post("/admin/people", {{"email", "uusi@example.org"}, {"name", "Uusi"}, {"role", "editor"}}, admin);
  CHECK(shows(followed(site, twice, admin), "Uusi"));
  CHECK(site.catalog().people(Actor::system()).size() == 4);

  auto const story = site.story_of("osao");
  auto const elsewhere = site.story_of("osao");
  auto const mine = location(site.post("/studio/stories/" + story + "/mine", {}, admin));
  REQUIRE(mine.ends_with("#mine"));
  auto const key = mine.substr(mine.find('?'), mine.find('#') - mine.find('?'));
  CHECK(shows(site.get("/studio/stories/" + story + key, admin), "/mine/"));
  CHECK_FALSE(shows(site.get("/studio/stories/" + story + key, admin), "id=\"mine-link\""));
  auto const astray = location(site.post("/studio/stories/" + story + "/mine", {}, admin));
  CHECK_FALSE(shows(site.get("/studio/stories/" + elsewhere + astray.substr(astray.find('?'), astray.find('#') - astray.find('?')), admin), "id=\"mine-link\""));
}

TEST_CASE("Stories without a title are told apart by their id, and found by it", "[scope]") {
  Studio site;
  auto const admin = site.signed_in("admin", Role::administrator);
  auto const one = site.story_of("osao", "");
  auto const two = site.story_of("osao", "");
  auto const queue = site.get("/studio", admin);
  for (auto const& id : {one, two}) CHECK(shows(queue, ">Nimetön tarina (" + id + ")</a>"));
  CHECK(shows(site.get("/studio/stories/" + one, admin), ">Nimetön tarina (" + one + ")</h1>"));
  CHECK(shows(site.get("/admin", admin), ">Nimetön tarina (" + one + ")</a>"));
  auto const found = site.get("/studio?q=" + one, admin);
  CHECK(shows(found, one));
  CHECK_FALSE(shows(found, two));
  CHECK_FALSE(shows(site.get("/studio?q=" + one.substr(0, 6), admin), one)); // only the whole id
}

TEST_CASE("The queue lists only stories in scope", "[scope]") {
  Studio site;
  site.story_of("osao", "Osaon tarina");
  site.story_of("luovi", "Luovin tarina");
  auto const all = site.get("/studio", site.signed_in("editor", Role::editor));
  CHECK(shows(all, "Osaon tarina"));
  CHECK(shows(all, "Luovin tarina"));
  auto const one = site.get("/studio", site.signed_in("osao", Role::coordinator, "osao"));
  CHECK(shows(one, "Osaon tarina"));
  CHECK_FALSE(shows(one, "Luovin tarina"));
  auto const asked = site.get("/studio?institution=luovi", site.signed_in("osao2", Role::coordinator, "osao"));
  CHECK_FALSE(shows(asked, "Luovin tarina"));
}

TEST_CASE("Coordinators add only editors of their own institution, and set only its sites", "[scope]") {
  Studio site;
  auto const coordinator = site.signed_in("osao", Role::coordinator, "osao");
  auto const made = site.post("/admin/people", {{"email", "uusi@example.org"}, {"name", "Uusi"}, {"role", "editor"}, {"institution", "osao"}}, coordinator);
  CHECK(shows(followed(site, made, coordinator), "/sign-in/"));
  CHECK(site.post("/admin/people", {{"email", "a@example.org"}, {"name", "A"}, {"role", "administrator"}, {"institution", ""}}, coordinator).status == 403);
  CHECK(site.post("/admin/people", {{"email", "b@example.org"}, {"name", "B"}, {"role", "editor"}, {"institution", "luovi"}}, coordinator).status == 403);
  CHECK_FALSE(site.catalog().person_by_email("a@example.org"));
  CHECK_FALSE(site.catalog().person_by_email("b@example.org"));

  CHECK(site.post("/admin/sites/osao", {{"sites", "https://www.osao.fi/\r\n\r\nhttps://blog.osao.fi"}}, coordinator).status == 303);
  CHECK(site.catalog().vocabulary()->find_institution("osao")->embed_sites == std::vector<std::string>{"https://www.osao.fi", "https://blog.osao.fi"});
  auto const wrong = site.post("/admin/sites/osao", {{"sites", "javascript:alert(1)"}}, coordinator);
  CHECK(wrong.status == 400);
  CHECK(shows(wrong, "javascript:alert(1)")); // what was typed stays
  CHECK(site.post("/admin/sites/luovi", {{"sites", "https://www.osao.fi"}}, coordinator).status != 303);
  CHECK(site.catalog().vocabulary()->find_institution("luovi")->embed_sites.empty());
}

TEST_CASE("A disabled person is signed out at once and nobody disables themselves", "[scope]") {
  Studio site;
  auto const admin = site.add_person("admin", Role::administrator);
  auto const editor = site.add_person("editor", Role::editor);
  auto const admin_cookie = site.cookie_of(admin);
  auto const editor_cookie = site.cookie_of(editor);
  CHECK(site.get("/studio", editor_cookie).status == 200);
  CHECK(site.post("/admin/people/" + editor.id + "/disable", {}, admin_cookie).status == 303);
  CHECK(site.get("/studio", editor_cookie).status == 303);
  CHECK(site.post("/admin/people/" + admin.id + "/disable", {}, admin_cookie).status == 409);
  CHECK(site.get("/admin", admin_cookie).status == 200);
}
