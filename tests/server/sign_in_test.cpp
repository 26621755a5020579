// Signing in as people do it: forms, cookies and one-time links.
#include "studio_fixture.hpp"

using namespace fixture;

namespace {

constexpr char good_password[] = "kolme lammasta aidan takana";

std::string cookie_line(Answer const& answer) {
  auto const set = answer.headers.at("set-cookie");
  return "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
}

/// What the page says, without what differs in every answer.
std::string sentence(Answer const& answer) {
  auto const at = answer.body.find("role=\"alert\"");
  return at == std::string::npos ? std::string() : answer.body.substr(at, answer.body.find("</ul>", at) - at);
}

} // namespace

TEST_CASE("A one-time link sets a password, signs in, and works once", "[sign-in]") {
  Studio site;
  auto const person = site.add_person("kaisa", Role::editor);
  auto const token = site.catalog().create_sign_in_link(Actor::system(), person.id, std::chrono::hours(1)).value();

  CHECK(site.get("/sign-in/" + token).status == 200); // looking does not use it up
  CHECK(site.get("/sign-in/" + token).status == 200);
  auto const differing = site.post("/sign-in/" + token, {{"password", good_password}, {"repeat", "toinen salasana"}});
  CHECK(differing.status == 400);
  auto const weak = site.post("/sign-in/" + token, {{"password", "lyhyt"}, {"repeat", "lyhyt"}});
  CHECK(weak.status == 400);
  CHECK(shows(weak, "vähintään 10 merkkiä"));

  auto const entered = site.post("/sign-in/" + token, {{"password", good_password}, {"repeat", good_password}});
  REQUIRE(entered.status == 303);
  CHECK(location(entered) == "/studio");
  CHECK(entered.headers.at("set-cookie").find("HttpOnly") != std::string::npos);
  CHECK(site.get("/studio", cookie_line(entered)).status == 200);

  auto const again = site.post("/sign-in/" + token, {{"password", good_password}, {"repeat", good_password}});
  CHECK(again.status == 401);
  CHECK_FALSE(again.has("set-cookie"));
  // A used or invented link is told on sight, and no password is hashed for it, not even judged.
  CHECK(site.get("/sign-in/" + token).status == 401);
  CHECK(site.post("/sign-in/" + std::string(40, 'a'), {{"password", "lyhyt"}, {"repeat", "lyhyt"}}).status == 401);

  auto const signed_in = site.post("/sign-in", {{"email", "Kaisa@example.org"}, {"password", good_password}, {"next", "/studio/invites"}});
  REQUIRE(signed_in.status == 303);
  CHECK(location(signed_in) == "/studio/invites");
  auto const out = site.post("/sign-out", {}, cookie_line(signed_in));
  CHECK(location(out) == "/sign-in");
  CHECK(site.get("/studio", cookie_line(signed_in)).status == 303);
}

TEST_CASE("A wrong password and an unknown person get the same words", "[sign-in]") {
  Studio site;
  auto const person = site.add_person("kaisa", Role::editor);
  auto const token = site.catalog().create_sign_in_link(Actor::system(), person.id, std::chrono::hours(1)).value();
  REQUIRE(site.post("/sign-in/" + token, {{"password", good_password}, {"repeat", good_password}}).status == 303);

  auto const wrong = site.post("/sign-in", {{"email", "kaisa@example.org"}, {"password", "jokin aivan muu"}});
  auto const unknown = site.post("/sign-in", {{"email", "eikukaan@example.org"}, {"password", "jokin aivan muu"}});
  CHECK(wrong.status == 401);
  CHECK(unknown.status == 401);
  REQUIRE_FALSE(sentence(wrong).empty());
  CHECK(sentence(wrong) == sentence(unknown));
  CHECK_FALSE(wrong.has("set-cookie"));
}

TEST_CASE("Signing in goes on only to our own studio", "[sign-in]") {
  Studio site;
  auto const person = site.add_person("kaisa", Role::editor);
  auto const token = site.catalog().create_sign_in_link(Actor::system(), person.id, std::chrono::hours(1)).value();
  REQUIRE(site.post("/sign-in/" + token, {{"password", good_password}, {"repeat", good_password}}).status == 303);
  for (auto const* next : {"https://evil.example/", "//evil.example/", "/\\evil.example", "/studioevil", "/stories"}) {
    CAPTURE(next);
    auto const answer = site.post("/sign-in", {{"email", "kaisa@example.org"}, {"password", good_password}, {"next", next}});
    CHECK(location(answer) == "/studio");
  }
}

TEST_CASE("A page that needs a sign-in sends there and back, a script gets 401", "[sign-in]") {
  Studio site;
  auto const page = site.get("/studio/stories/abc?x=1");
  CHECK(page.status == 303);
  CHECK(location(page) == "/sign-in?next=%2Fstudio%2Fstories%2Fabc%3Fx%3D1");
  auto const script = fetch(site.port(), "GET", "/api/v1/studio/stories/abc/state", "Accept: application/json\r\n");
  CHECK(script.status == 401);
}

TEST_CASE("A form from another site changes nothing", "[sign-in]") {
  Studio site;
  auto const editor = site.signed_in("kaisa", Role::editor);
  auto const id = site.story_of("osao", "Alkuperäinen");
  auto const answer = fetch(site.port(), "POST", "/studio/stories/" + id, "Sec-Fetch-Site: cross-site\r\nContent-Type: application/x-www-form-urlencoded\r\n" + editor,
                            form_encoded({{"title_fi", "Kaapattu"}, {"institution", "osao"}, {"revision", "1"}}));
  CHECK(answer.status == 403);
  CHECK(site.catalog().story(Actor::system(), id)->details.title.fi == "Alkuperäinen");
}
