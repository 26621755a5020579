// Interest in taking part, from /join until a coordinator has answered.
#include "catalog/ids.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

constexpr int most_waiting = 2000; // the form is open to anybody: a flood must not fill the disk

bool may_read(Actor const& actor, std::string const& institution) {
  if (actor.sees_everything()) return true;
  return may_coordinate(actor) && !institution.empty() && actor.institution == institution;
}

} // namespace

result<void> Catalog::add_interest(NewInterest const& fresh) {
  if (fresh.name.empty()) return Error{Errc::invalid, "interest.name_missing", "a name is needed"};
  auto const digits = std::count_if(fresh.contact.begin(), fresh.contact.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (fresh.contact.find('@') == std::string::npos && digits < 5) return Error{Errc::invalid, "interest.contact_missing", "an e-mail address or telephone number is needed"};
  if (fresh.name.size() > 200 || fresh.contact.size() > 200 || fresh.message.size() > 4000)
    return Error{Errc::invalid, "interest.too_long", "name and contact at most 200 bytes, message at most 4000"};
  if (!fresh.institution.empty() && !state_->words()->find_institution(fresh.institution))
    return Error{Errc::invalid, "interest.institution_unknown", "no such institution"};
  return state_->writer.write([&](Database& db) -> result<void> {
    {
      auto waiting = db.query("SELECT count(*) FROM interest");
      if (waiting.step() && waiting.number() >= most_waiting) return Error{Errc::unavailable, "interest.full", "too many unanswered messages"};
    }
    db.run("INSERT INTO interest (public_id, name, contact, institution, message, language, sent_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
           random_id(12), fresh.name, fresh.contact, fresh.institution, fresh.message, fresh.language, state_->now());
    return {};
  });
}

std::vector<Interest> Catalog::interests(Actor const& actor) const {
  if (!may_coordinate(actor)) return {};
  return state_->readers->read([&](Database& db) {
    std::vector<Interest> found;
    for (auto q = db.query("SELECT public_id, name, contact, institution, message, language, sent_at FROM interest ORDER BY sent_at DESC, id DESC"); q.step();) {
      Interest one;
      one.id = q.text();
      one.name = q.text();
      one.contact = q.text();
      one.institution = q.text();
      one.message = q.text();
      one.language = q.text();
      one.sent_at = q.time();
      if (may_read(actor, one.institution)) found.push_back(std::move(one));
    }
    return found;
  });
}

result<void> Catalog::remove_interest(Actor const& actor, std::string const& id) {
  if (!may_coordinate(actor)) return not_allowed();
  return state_->writer.write([&](Database& db) -> result<void> {
    std::string institution;
    {
      auto q = db.query("SELECT institution FROM interest WHERE public_id = ?1", id);
      if (!q.step()) return Error{Errc::not_found, "interest.unknown", "no such message"};
      institution = q.text();
    }
    if (!may_read(actor, institution)) return Error{Errc::not_found, "interest.unknown", "no such message"};
    db.run("DELETE FROM interest WHERE public_id = ?1", id);
    record_audit(db, actor, state_->now(), "interest.answered", {}, id);
    return {};
  });
}

} // namespace tarina::catalog
