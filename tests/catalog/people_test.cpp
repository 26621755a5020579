#include "tests/catalog/record.hpp"

namespace tarina::catalog {
namespace {

constexpr milliseconds hour{3'600'000};

Person make(Record& r, std::string email, Role role, std::string institution = {}) {
  return r->create_person(Actor::system(), {std::move(email), "Nimi Niminen", role, std::move(institution), "", "fi"}).value();
}

NewInvite invite_to(Record& r, std::string institution = "osao") {
  NewInvite i;
  i.institution = std::move(institution);
  i.teller = "Maija";
  i.language = "sv";
  i.expires_at = r.now() + hour;
  return i;
}

} // namespace

TEST_CASE("an e-mail address belongs to one person, in whatever letters it is written") {
  Record r;
  CHECK_FALSE(r->has_administrator());
  auto const admin = make(r, " Anna@Example.FI ", Role::administrator);
  CHECK(admin.email == "anna@example.fi");
  CHECK(r->has_administrator());
  CHECK(error_of(r->create_person(Actor::system(), {"ANNA@example.fi", "Toinen", Role::editor, "", "", "fi"})).key == "person.email_taken");
  CHECK(r->person_by_email("Anna@EXAMPLE.fi").value().id == admin.id);
  auto refused = [&](NewPerson p) { return error_of(r->create_person(Actor::system(), p)).key; };
  CHECK(refused({"not an address", "N", Role::editor, "", "", "fi"}) == "person.email_invalid");
  CHECK(refused({"a@b\r\nBcc: c@d", "N", Role::editor, "", "", "fi"}) == "person.email_invalid");
  CHECK(refused({"b@c.fi", "", Role::editor, "", "", "fi"}) == "person.name_missing");
  CHECK(refused({"b@c.fi", "N", Role::coordinator, "", "", "fi"}) == "person.institution_missing");
  CHECK(refused({"b@c.fi", "N", Role::coordinator, "none", "", "fi"}) == "person.institution_unknown");
  CHECK(refused({"b@c.fi", "N", Role::editor, "osao", "luovi-muhos", "fi"}) == "person.institution_unknown");
}

TEST_CASE("a coordinator manages the editors of the own institution and nobody else") {
  Record r;
  auto const coordinator = Actor::of(make(r, "c@osao.fi", Role::coordinator, "osao"));
  auto const own = make(r, "e@osao.fi", Role::editor, "osao");
  auto const foreign = make(r, "e@luovi.fi", Role::editor, "luovi");
  auto const admin = make(r, "a@a.fi", Role::administrator);
  CHECK(r->create_person(coordinator, {"n@osao.fi", "N", Role::editor, "osao", "", "fi"}).has_value());
  CHECK(error_of(r->create_person(coordinator, {"x@x.fi", "N", Role::editor, "luovi", "", "fi"})).code == Errc::forbidden);
  CHECK(error_of(r->create_person(coordinator, {"x@x.fi", "N", Role::editor, "", "", "fi"})).code == Errc::forbidden);
  CHECK(error_of(r->create_person(coordinator, {"x@x.fi", "N", Role::administrator, "osao", "", "fi"})).code == Errc::forbidden);
  CHECK(error_of(r->update_person(coordinator, own.id, {"e@osao.fi", "N", Role::administrator, "osao", "", "fi"})).code == Errc::forbidden);
  CHECK(r->person(coordinator, own.id).has_value());
  for (auto const& other : {foreign.id, admin.id}) {
    CHECK(error_of(r->person(coordinator, other)).code == Errc::not_found);
    CHECK(error_of(r->set_disabled(coordinator, other, true)).code == Errc::not_found);
    CHECK(error_of(r->create_sign_in_link(coordinator, other, hour)).code == Errc::not_found);
  }
  CHECK(r->people(coordinator).size() == 2);
  CHECK(r->people(Actor::of(own)).empty());
  CHECK(r->person(Actor::of(own), own.id).has_value());
}

TEST_CASE("a session lives until it expires, is closed, or its person is disabled or changed") {
  Record r;
  auto const p = make(r, "e@osao.fi", Role::editor, "osao");
  auto const a = r->open_session(p.id, hour).value();
  auto const b = r->open_session(p.id, hour).value();
  CHECK(a != b);
  CHECK(a.size() >= 32);
  CHECK(r->session(a).value().person.id == p.id);
  r->close_session(a);
  CHECK(error_of(r->session(a)).key == "session.ended");
  CHECK(r->session(b).has_value());
  r.pass(hour);
  CHECK(error_of(r->session(b)).key == "session.ended");
  auto const c = r->open_session(p.id, hour).value();
  r->update_person(Actor::system(), p.id, {"e@osao.fi", "Nimi Niminen", Role::editor, "luovi", "", "fi"}).value();
  CHECK(r->session(c).has_error());
  auto const d = r->open_session(p.id, hour).value();
  r->set_password(p.id, "$argon2id$hash").value();
  CHECK(r->session(d).has_error());
  auto const e = r->open_session(p.id, hour).value();
  r->set_disabled(Actor::system(), p.id, true).value();
  CHECK(r->session(e).has_error());
  CHECK(r->open_session(p.id, hour).has_error());
  CHECK(r->password_hash("e@osao.fi").empty());
  r->set_disabled(Actor::system(), p.id, false).value();
  CHECK(r->session(e).has_error());
  CHECK(r->password_hash("E@osao.fi") == "$argon2id$hash");
  CHECK(r->password_hash("nobody@osao.fi").empty());
}

TEST_CASE("a clock set far back ends sessions instead of reviving them") {
  Record r;
  auto const p = make(r, "e@osao.fi", Role::editor, "osao");
  auto const token = r->open_session(p.id, hour).value();
  r.wall -= (24 * hour).count();
  CHECK(r->session(token).has_error());
}

TEST_CASE("a sign-in link works once, in time, and only the newest") {
  Record r;
  auto const p = make(r, "a@a.fi", Role::administrator);
  auto const old = r->create_sign_in_link(Actor::system(), p.id, hour).value();
  auto const link = r->create_sign_in_link(Actor::system(), p.id, hour).value();
  CHECK(error_of(r->use_sign_in_link(old)).key == "sign_in_link.unknown");
  CHECK(r->use_sign_in_link(link).value().id == p.id);
  CHECK(error_of(r->use_sign_in_link(link)).key == "sign_in_link.used");
  auto const late = r->create_sign_in_link(Actor::system(), p.id, hour).value();
  r.pass(hour);
  CHECK(error_of(r->use_sign_in_link(late)).key == "sign_in_link.expired");
  auto const ended = r->create_sign_in_link(Actor::system(), p.id, hour).value();
  r->set_disabled(Actor::system(), p.id, true).value();
  CHECK(error_of(r->use_sign_in_link(ended)).key == "sign_in_link.unknown");
}

TEST_CASE("looking at a sign-in link does not use it up and gives the same answers as using it") {
  Record r;
  NewPerson wanted;
  wanted.email = "kaisa@example.org";
  wanted.name = "Kaisa";
  wanted.role = Role::administrator;
  auto const person = r->create_person(Actor::system(), wanted).value();
  auto const link = r->create_sign_in_link(Actor::system(), person.id, std::chrono::hours(1)).value();
  CHECK(r->sign_in_link(link).value().id == person.id);
  CHECK(r->sign_in_link(link).value().id == person.id);
  CHECK(error_of(r->sign_in_link("nosuchlink")).key == "sign_in_link.unknown");
  CHECK(r->use_sign_in_link(link).value().id == person.id);
  CHECK(error_of(r->sign_in_link(link)).key == "sign_in_link.used");
  auto const old = r->create_sign_in_link(Actor::system(), person.id, std::chrono::hours(1)).value();
  r.pass(std::chrono::hours(1));
  CHECK(error_of(r->sign_in_link(old)).key == "sign_in_link.expired");
}

TEST_CASE("an invitation becomes one story with its consent, and the link leads back to it") {
  Record r;
  auto const coordinator = person_actor(Role::coordinator, "osao");
  auto const created = r->create_invite(coordinator, invite_to(r)).value();
  CHECK(created.token.size() >= 32);
  CHECK(r->invite(created.token).value().teller == "Maija");
  CHECK(error_of(r->accept_invite(created.token, {consent_to(Uses{}), ""})).key == "consent.nothing_ticked");
  auto const accepted = r->accept_invite(created.token, {consent_to({true, false, false, false}), "Maija M."}).value();
  CHECK(error_of(r->accept_invite(created.token, {consent_to(everything), ""})).key == "invite.already_accepted");
  CHECK(r->story_of_mine(accepted.mine_token).value() == accepted.story);
  auto const story = r->story(Actor::teller(accepted.story), accepted.story).value();
  CHECK(story.details.shown_name == "Maija M.");
  CHECK(story.details.institution == "osao");
  CHECK(story.details.languages == std::vector<std::string>{"sv"});
  CHECK(story.uses == Uses{true, false, false, false});
  r.pass(2 * hour); // an accepted invitation does not expire
  CHECK(r->invite(created.token).value().story == accepted.story);
  auto const again = r->continue_invite(created.token).value();
  CHECK(again != accepted.mine_token);
  CHECK(r->story_of_mine(again).value() == accepted.story);
  CHECK(r->story_of_mine(accepted.mine_token).value() == accepted.story);
  CHECK(error_of(r->revoke_invite(coordinator, created.invite.id)).key == "invite.already_accepted");
  CHECK(error_of(r->story_of_mine("nonsense")).key == "mine.unknown");
  CHECK(r->invites(coordinator).at(0).story == accepted.story);
  CHECK(r->invites(person_actor(Role::coordinator, "luovi")).empty());
}

TEST_CASE("an invitation can be taken back or grow old, and none is made outside the scope") {
  Record r;
  auto const coordinator = person_actor(Role::coordinator, "osao");
  auto const one = r->create_invite(coordinator, invite_to(r)).value();
  r->revoke_invite(coordinator, one.invite.id).value();
  CHECK(error_of(r->invite(one.token)).key == "invite.revoked");
  CHECK(error_of(r->accept_invite(one.token, {consent_to(everything), ""})).key == "invite.revoked");
  auto const two = r->create_invite(coordinator, invite_to(r)).value();
  CHECK(error_of(r->continue_invite(two.token)).key == "invite.not_accepted");
  CHECK(error_of(r->revoke_invite(person_actor(Role::coordinator, "luovi"), two.invite.id)).code == Errc::not_found);
  r.pass(hour);
  CHECK(error_of(r->invite(two.token)).key == "invite.expired");
  CHECK(error_of(r->accept_invite(two.token, {consent_to(everything), ""})).key == "invite.expired");
  CHECK(error_of(r->create_invite(coordinator, invite_to(r, "luovi"))).code == Errc::forbidden);
  CHECK(error_of(r->create_invite(Actor::system(), invite_to(r, "none"))).key == "invite.institution_unknown");
  auto wrong_unit = invite_to(r);
  wrong_unit.unit = "luovi-muhos";
  CHECK(error_of(r->create_invite(coordinator, wrong_unit)).key == "invite.unit_unknown");
}

} // namespace tarina::catalog
