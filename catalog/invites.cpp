// Personal links: the invitation that becomes a story, and the link to one's own story.
#include "catalog/consent_rows.hpp"
#include "catalog/ids.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"

namespace tarina::catalog {
namespace {

constexpr char select_invite[] = "SELECT i.id, i.public_id, i.institution, i.unit, i.teller, i.language, i.expires_at, i.created_by, i.created_at, i.accepted_at, i.revoked,"
                                 " coalesce(s.public_id, ''), coalesce(s.id, 0) FROM invite i LEFT JOIN story s ON s.id = i.story_id";

struct InviteRow {
  std::int64_t row = 0;
  std::int64_t story_row = 0;
  Invite invite;
};

InviteRow read_invite(Statement& q) {
  InviteRow r;
  auto& i = r.invite;
  r.row = q.integer();
  i.id = q.text();
  i.institution = q.text();
  i.unit = q.text();
  i.teller = q.text();
  i.language = q.text();
  i.expires_at = q.time();
  i.created_by = q.text();
  i.created_at = q.time();
  i.accepted_at = q.maybe_time();
  i.revoked = q.flag();
  i.story = q.text();
  r.story_row = q.integer();
  return r;
}

result<InviteRow> find_invite(Database& db, std::string const& token) {
  auto q = db.query(std::string(select_invite) + " WHERE i.token_hash = ?1", hash_token(token));
  if (!q.step()) return Error{Errc::not_found, "invite.unknown", "no such invitation"};
  return read_invite(q);
}

std::string add_mine_token(Database& db, std::int64_t story_row, Time now) {
  auto token = random_id(40);
  db.run("INSERT INTO mine_token (token_hash, story_id, created_at) VALUES (?1, ?2, ?3)", hash_token(token), story_row, now);
  return token;
}

} // namespace

result<CreatedInvite> Catalog::create_invite(Actor const& actor, NewInvite const& fresh) {
  if (!may_coordinate(actor)) return not_allowed();
  auto const words = state_->words();
  auto const* institution = words->find_institution(fresh.institution);
  if (!institution) return Error{Errc::invalid, "invite.institution_unknown", "no such institution"};
  if (!fresh.unit.empty() && !institution->find_unit(fresh.unit)) return Error{Errc::invalid, "invite.unit_unknown", "no such unit in this institution"};
  if (!in_scope(actor, fresh.institution, fresh.unit)) return not_allowed();
  if (fresh.teller.size() > 500) return Error{Errc::invalid, "invite.note_too_long", "at most 500 bytes"};
  auto const token = random_id(32);
  return state_->writer.write([&](Database& db) -> result<CreatedInvite> {
    auto const now = state_->now();
    auto const id = random_id(12);
    db.run("INSERT INTO invite (public_id, token_hash, institution, unit, teller, language, created_by, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
           id, hash_token(token), fresh.institution, fresh.unit, fresh.teller, fresh.language, actor_name(actor), now, fresh.expires_at);
    record_audit(db, actor, now, "invite.created", {}, id, fresh.institution);
    return CreatedInvite{find_invite(db, token)->invite, token};
  });
}

std::vector<Invite> Catalog::invites(Actor const& actor) const {
  if (!may_coordinate(actor)) return {};
  return state_->readers->read([&](Database& db) {
    std::vector<Invite> found;
    for (auto q = db.query(std::string(select_invite) + " ORDER BY i.created_at DESC, i.id DESC"); q.step();) {
      auto invite = read_invite(q).invite;
      if (in_scope(actor, invite.institution, invite.unit)) found.push_back(std::move(invite));
    }
    return found;
  });
}

result<void> Catalog::revoke_invite(Actor const& actor, std::string const& id) {
  if (!may_coordinate(actor)) return not_allowed();
  return state_->writer.write([&](Database& db) -> result<void> {
    auto q = db.query(std::string(select_invite) + " WHERE i.public_id = ?1", id);
    if (!q.step()) return Error{Errc::not_found, "invite.unknown", "no such invitation"};
    auto const found = read_invite(q);
    if (!in_scope(actor, found.invite.institution, found.invite.unit)) return Error{Errc::not_found, "invite.unknown", "no such invitation"};
    if (found.invite.accepted_at) return Error{Errc::conflict, "invite.already_accepted", "the invitation led to a story already"};
    db.run("UPDATE invite SET revoked = 1 WHERE id = ?1", found.row);
    record_audit(db, actor, state_->now(), "invite.revoked", {}, id);
    return {};
  });
}

result<Invite> Catalog::invite(std::string const& token) const {
  return state_->readers->read([&](Database& db) -> result<Invite> {
    auto const found = find_invite(db, token);
    if (!found) return found.error();
    if (found->invite.accepted_at) return found->invite;
    if (found->invite.revoked) return Error{Errc::gone, "invite.revoked", "the invitation was taken back"};
    if (state_->now() >= found->invite.expires_at) return Error{Errc::gone, "invite.expired", "the invitation is too old"};
    return found->invite;
  });
}

result<AcceptedInvite> Catalog::accept_invite(std::string const& token, Acceptance const& given) {
  if (!given.consent.uses.any()) return Error{Errc::invalid, "consent.nothing_ticked", "at least one use must be agreed to"};
  if (given.shown_name.size() > 200) return Error{Errc::invalid, "story.name_too_long", "at most 200 bytes"};
  return state_->writer.write([&](Database& db) -> result<AcceptedInvite> {
    auto const now = state_->now();
    auto const found = find_invite(db, token);
    if (!found) return found.error();
    auto const& invite = found->invite;
    if (invite.accepted_at) return Error{Errc::conflict, "invite.already_accepted", "the invitation led to a story already"};
    if (invite.revoked) return Error{Errc::gone, "invite.revoked", "the invitation was taken back"};
    if (now >= invite.expires_at) return Error{Errc::gone, "invite.expired", "the invitation is too old"};
    auto const id = random_id(10);
    db.run("INSERT INTO story (public_id, state, shown_name, institution, unit, created_at, changed_at) VALUES (?1, 'draft', ?2, ?3, ?4, ?5, ?5)", id, given.shown_name, invite.institution, invite.unit, now);
    auto const row = db.last_id();
    db.run("INSERT INTO story_language (story_id, position, language) VALUES (?1, 1, ?2)", row, invite.language);
    add_consent(db, row, given.consent, "teller", now);
    db.run("UPDATE invite SET accepted_at = ?2, story_id = ?3 WHERE id = ?1", found->row, now, row);
    auto const teller = Actor::teller(id);
    record_audit(db, teller, now, "story.created", id, invite.id);
    record_audit(db, teller, now, "consent.given", id, {}, describe_uses(given.consent.uses));
    return AcceptedInvite{id, add_mine_token(db, row, now)};
  });
}

result<std::string> Catalog::continue_invite(std::string const& token) {
  return state_->writer.write([&](Database& db) -> result<std::string> {
    auto const found = find_invite(db, token);
    if (!found) return found.error();
    if (!found->story_row) return Error{Errc::conflict, "invite.not_accepted", "the invitation was not accepted yet"};
    return add_mine_token(db, found->story_row, state_->now());
  });
}

result<std::string> Catalog::story_of_mine(std::string const& token) const {
  return state_->readers->read([&](Database& db) -> result<std::string> {
    auto q = db.query("SELECT s.public_id FROM mine_token m JOIN story s ON s.id = m.story_id WHERE m.token_hash = ?1", hash_token(token));
    if (!q.step()) return Error{Errc::not_found, "mine.unknown", "no such link"};
    return q.text();
  });
}

// The link can change consent and withdraw, so it is for those who may do that themselves.
result<std::string> Catalog::issue_mine_token(Actor const& actor, std::string const& story) {
  if (!may_coordinate(actor)) return not_allowed();
  return state_->writer.write([&](Database& db) -> result<std::string> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    record_audit(db, actor, state_->now(), "story.link_made", story);
    return add_mine_token(db, found->row, state_->now());
  });
}

} // namespace tarina::catalog
