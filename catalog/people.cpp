// Accounts, sessions and one-time sign-in links. Credentials are stored as hashes only.
#include "catalog/ids.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

constexpr char select_person[] = "SELECT p.id, p.public_id, p.email, p.name, p.role, coalesce(p.institution, ''), coalesce(p.unit, ''), p.language, p.disabled,"
                                 " p.password_hash <> '', p.created_at, p.last_sign_in_at FROM person p";

struct PersonRow {
  std::int64_t row = 0;
  Person person;
};

PersonRow read_person(Statement& q) {
  PersonRow r;
  auto& p = r.person;
  r.row = q.integer();
  p.id = q.text();
  p.email = q.text();
  p.name = q.text();
  p.role = role_from_name(q.text()).value();
  p.institution = q.text();
  p.unit = q.text();
  p.language = q.text();
  p.disabled = q.flag();
  p.has_password = q.flag();
  p.created_at = q.time();
  p.last_sign_in_at = q.maybe_time();
  return r;
}

Error unknown_person() { return {Errc::not_found, "person.unknown", "no such person"}; }

result<PersonRow> find_person(Database& db, std::string const& id) {
  auto q = db.query(std::string(select_person) + " WHERE p.public_id = ?1", id);
  if (!q.step()) return unknown_person();
  return read_person(q);
}

std::string clean_email(std::string_view email) {
  auto const first = email.find_first_not_of(" \t\r\n");
  if (first == email.npos) return {};
  std::string clean(email.substr(first, email.find_last_not_of(" \t\r\n") - first + 1));
  for (auto& c : clean)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return clean;
}

bool is_email(std::string_view email) {
  auto const at = email.find('@');
  auto const strange = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == ','; };
  return at != email.npos && at > 0 && at + 1 < email.size() && email.find('@', at + 1) == email.npos && email.size() <= 254 && std::none_of(email.begin(), email.end(), strange);
}

bool may_manage(Actor const& actor, NewPerson const& person) {
  if (actor.sees_everything()) return true;
  return actor.kind == Actor::Kind::person && actor.role == Role::coordinator && person.role == Role::editor && !person.institution.empty() && in_scope(actor, person.institution, person.unit);
}

result<void> check_person(NewPerson const& p, Vocabulary const& words) {
  if (!is_email(p.email)) return Error{Errc::invalid, "person.email_invalid", "not an e-mail address"};
  if (p.name.empty() || p.name.size() > 200) return Error{Errc::invalid, "person.name_missing", "a name of 1 to 200 bytes is needed"};
  if (p.institution.empty()) {
    if (p.role == Role::coordinator || !p.unit.empty()) return Error{Errc::invalid, "person.institution_missing", "a coordinator speaks for one institution"};
    return {};
  }
  auto const* institution = words.find_institution(p.institution);
  if (!institution || (!p.unit.empty() && !institution->find_unit(p.unit))) return Error{Errc::invalid, "person.institution_unknown", "no such institution or unit"};
  return {};
}

std::optional<std::string> or_null(std::string const& text) { return text.empty() ? std::nullopt : std::optional(text); }

void end_sessions(Database& db, std::int64_t row) {
  db.run("DELETE FROM session WHERE person_id = ?1", row);
}

void end_sessions_and_links(Database& db, std::int64_t row) {
  end_sessions(db, row);
  db.run("DELETE FROM sign_in_link WHERE person_id = ?1", row);
}

bool email_taken(Database& db, std::string const& email, std::int64_t but_by) {
  return db.query("SELECT 1 FROM person WHERE email = ?1 AND id <> ?2", email, but_by).step();
}

result<Person> find_link_owner(Database& db, std::string const& token, Time now) {
  auto q = db.query("SELECT l.created_at, l.expires_at, l.used_at, p.public_id FROM sign_in_link l JOIN person p ON p.id = l.person_id WHERE l.token_hash = ?1 AND p.disabled = 0", hash_token(token));
  if (!q.step()) return Error{Errc::unauthenticated, "sign_in_link.unknown", "ask for a new sign-in link"};
  auto const created = q.time();
  auto const expires = q.time();
  if (q.maybe_time()) return Error{Errc::unauthenticated, "sign_in_link.used", "this sign-in link was used already"};
  if (now >= expires || now + std::chrono::minutes(5) < created) return Error{Errc::unauthenticated, "sign_in_link.expired", "this sign-in link is too old"};
  return find_person(db, q.text())->person;
}

} // namespace

result<Person> Catalog::create_person(Actor const& actor, NewPerson const& given) {
  NewPerson fresh = given;
  fresh.email = clean_email(given.email);
  if (auto const sound = check_person(fresh, *state_->words()); !sound) return sound.error();
  if (!may_manage(actor, fresh)) return not_allowed();
  return state_->writer.write([&](Database& db) -> result<Person> {
    if (email_taken(db, fresh.email, 0)) return Error{Errc::conflict, "person.email_taken", "somebody has this e-mail address already"};
    auto const id = random_id(12);
    auto const now = state_->now();
    db.run("INSERT INTO person (public_id, email, name, role, institution, unit, language, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
           id, fresh.email, fresh.name, role_name(fresh.role), or_null(fresh.institution), or_null(fresh.unit), fresh.language, now);
    record_audit(db, actor, now, "person.created", {}, id, role_name(fresh.role));
    return find_person(db, id)->person;
  });
}

result<Person> Catalog::update_person(Actor const& actor, std::string const& id, NewPerson const& given) {
  NewPerson fresh = given;
  fresh.email = clean_email(given.email);
  if (auto const sound = check_person(fresh, *state_->words()); !sound) return sound.error();
  return state_->writer.write([&](Database& db) -> result<Person> {
    auto const old = find_person(db, id);
    if (!old) return old.error();
    if (!may_manage(actor, old->person)) return unknown_person();
    if (!may_manage(actor, fresh)) return not_allowed();
    if (email_taken(db, fresh.email, old->row)) return Error{Errc::conflict, "person.email_taken", "somebody has this e-mail address already"};
    db.run("UPDATE person SET email = ?2, name = ?3, role = ?4, institution = ?5, unit = ?6, language = ?7 WHERE id = ?1", old->row, fresh.email, fresh.name, role_name(fresh.role),
           or_null(fresh.institution), or_null(fresh.unit), fresh.language);
    auto const& p = old->person;
    if (p.role != fresh.role || p.institution != fresh.institution || p.unit != fresh.unit) end_sessions(db, old->row);
    record_audit(db, actor, state_->now(), "person.changed", {}, id, role_name(fresh.role));
    return find_person(db, id)->person;
  });
}

result<Person> Catalog::person(Actor const& actor, std::string const& id) const {
  return state_->readers->read([&](Database& db) -> result<Person> {
    auto const found = find_person(db, id);
    if (!found) return found.error();
    if (actor.person != id && !may_manage(actor, found->person)) return unknown_person();
    return found->person;
  });
}

result<Person> Catalog::person_by_email(std::string const& email) const {
  return state_->readers->read([&](Database& db) -> result<Person> {
    auto q = db.query(std::string(select_person) + " WHERE p.email = ?1", clean_email(email));
    if (!q.step()) return unknown_person();
    return read_person(q).person;
  });
}

std::vector<Person> Catalog::people(Actor const& actor) const {
  return state_->readers->read([&](Database& db) {
    std::vector<Person> found;
    for (auto q = db.query(std::string(select_person) + " ORDER BY p.name, p.id"); q.step();) {
      auto person = read_person(q).person;
      if (may_manage(actor, person)) found.push_back(std::move(person));
    }
    return found;
  });
}

result<void> Catalog::set_disabled(Actor const& actor, std::string const& id, bool disabled) {
  return state_->writer.write([&](Database& db) -> result<void> {
    auto const found = find_person(db, id);
    if (!found) return found.error();
    if (!may_manage(actor, found->person)) return unknown_person();
    db.run("UPDATE person SET disabled = ?2 WHERE id = ?1", found->row, disabled);
    if (disabled) end_sessions_and_links(db, found->row);
    record_audit(db, actor, state_->now(), disabled ? "person.disabled" : "person.enabled", {}, id);
    return {};
  });
}

std::string Catalog::password_hash(std::string const& email) const {
  return state_->readers->read([&](Database& db) {
    auto q = db.query("SELECT password_hash FROM person WHERE email = ?1 AND disabled = 0", clean_email(email));
    return q.step() ? q.text() : std::string();
  });
}

result<void> Catalog::set_password(std::string const& id, std::string const& hash) {
  return state_->writer.write([&](Database& db) -> result<void> {
    auto const found = find_person(db, id);
    if (!found) return found.error();
    db.run("UPDATE person SET password_hash = ?2 WHERE id = ?1", found->row, hash);
    end_sessions_and_links(db, found->row);
    record_audit(db, Actor::of(found->person), state_->now(), "person.password_set", {}, id);
    return {};
  });
}

result<std::string> Catalog::open_session(std::string const& id, milliseconds lifetime) {
  auto const token = random_id(40);
  return state_->writer.write([&](Database& db) -> result<std::string> {
    auto const found = find_person(db, id);
    if (!found) return found.error();
    if (found->person.disabled) return unknown_person();
    auto const now = state_->now();
    db.run("DELETE FROM session WHERE expires_at <= ?1", now);
    db.run("INSERT INTO session (token_hash, person_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)", hash_token(token), found->row, now, now + lifetime);
    db.run("UPDATE person SET last_sign_in_at = ?2 WHERE id = ?1", found->row, now);
    record_audit(db, Actor::of(found->person), now, "person.signed_in", {}, id);
    return token;
  });
}

result<Session> Catalog::session(std::string const& token) const {
  return state_->readers->read([&](Database& db) -> result<Session> {
    Error const ended{Errc::unauthenticated, "session.ended", "sign in again"};
    auto const now = state_->now();
    auto q = db.query("SELECT s.created_at, s.expires_at, p.public_id FROM session s JOIN person p ON p.id = s.person_id WHERE s.token_hash = ?1 AND p.disabled = 0", hash_token(token));
    if (!q.step()) return ended;
    Session session;
    auto const created = q.time();
    session.expires_at = q.time();
    // A clock set back must not revive or prolong a session: from before its beginning it counts as ended.
    if (now >= session.expires_at || now + std::chrono::minutes(5) < created) return ended;
    session.person = find_person(db, q.text())->person;
    return session;
  });
}

void Catalog::close_session(std::string const& token) {
  state_->writer.write([&](Database& db) { db.run("DELETE FROM session WHERE token_hash = ?1", hash_token(token)); });
}

void Catalog::close_sessions(std::string const& person) {
  state_->writer.write([&](Database& db) { db.run("DELETE FROM session WHERE person_id = (SELECT id FROM person WHERE public_id = ?1)", person); });
}

result<std::string> Catalog::create_sign_in_link(Actor const& actor, std::string const& id, milliseconds lifetime) {
  auto const token = random_id(40);
  return state_->writer.write([&](Database& db) -> result<std::string> {
    auto const found = find_person(db, id);
    if (!found) return found.error();
    if (!may_manage(actor, found->person) || found->person.disabled) return unknown_person();
    auto const now = state_->now();
    db.run("DELETE FROM sign_in_link WHERE person_id = ?1", found->row);
    db.run("INSERT INTO sign_in_link (token_hash, person_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)", hash_token(token), found->row, now, now + lifetime);
    record_audit(db, actor, now, "person.sign_in_link_made", {}, id);
    return token;
  });
}

result<Person> Catalog::sign_in_link(std::string const& token) const {
  return state_->readers->read([&](Database& db) { return find_link_owner(db, token, state_->now()); });
}

result<Person> Catalog::use_sign_in_link(std::string const& token) {
  return state_->writer.write([&](Database& db) {
    auto const now = state_->now();
    auto owner = find_link_owner(db, token, now);
    if (owner) db.run("UPDATE sign_in_link SET used_at = ?2 WHERE token_hash = ?1", hash_token(token), now);
    return owner;
  });
}

bool Catalog::has_administrator() const {
  return state_->readers->read([](Database& db) { return db.query("SELECT 1 FROM person WHERE role = 'administrator' AND disabled = 0").step(); });
}

} // namespace tarina::catalog
