// Consent as access control: records, and the one question every public path asks.
#include "catalog/consent_rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"

namespace tarina::catalog {

void add_consent(Database& db, std::int64_t story_row, NewConsent const& c, std::string_view given_by, Time now) {
  db.run("UPDATE consent SET ended_at = ?2 WHERE story_id = ?1 AND ended_at IS NULL", story_row, now);
  db.run("INSERT INTO consent (story_id, number, watch, class_download, embed, feeds, text_version, text_hash, language, given_by, given_at)"
         " VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM consent WHERE story_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
         story_row, c.uses.watch, c.uses.class_download, c.uses.embed, c.uses.feeds, c.text_version, c.text_hash, c.language, given_by, now);
}

std::optional<Uses> uses_in_force(Database& db, std::int64_t story_row) {
  auto q = db.query("SELECT watch, class_download, embed, feeds FROM consent WHERE story_id = ?1 AND ended_at IS NULL", story_row);
  if (!q.step()) return std::nullopt;
  Uses uses;
  uses.watch = q.flag();
  uses.class_download = q.flag();
  uses.embed = q.flag();
  uses.feeds = q.flag();
  return uses;
}

std::string describe_uses(Uses const& uses) {
  std::string text;
  for (auto use : consent_uses)
    if (uses.allows(use)) text += (text.empty() ? "" : " ") + std::string(use_name(use));
  return text.empty() ? "nothing" : text;
}

result<Access> access_in(Database& db, std::string const& id, Use use) {
  Error const unknown{Errc::not_found, "story.unknown", "no such story"};
  auto const story = find_story(db, id);
  if (!story) return unknown;
  if (story->state == StoryState::withdrawn) {
    // Only what was once public may be known to be gone; a draft that never was shown stays unknown to strangers.
    if (use == Use::preview || db.query("SELECT 1 FROM story WHERE id = ?1 AND published_at IS NOT NULL", story->row).step())
      return Error{Errc::gone, "story.withdrawn", "the story was withdrawn"};
    return unknown;
  }
  Access answer{story->id, {}, {}};
  if (story->package) {
    auto q = db.query("SELECT public_id FROM package WHERE id = ?1", *story->package);
    if (q.step()) answer.package = q.text();
  }
  if (use == Use::preview) return answer;
  auto const uses = uses_in_force(db, story->row);
  if (story->state != StoryState::published || !uses || !uses->allows(use) || answer.package.empty()) return unknown;
  auto q = db.query("SELECT key FROM stream_key WHERE package = ?1 AND use = ?2", answer.package, use_name(use));
  if (!q.step()) throw std::logic_error("package " + answer.package + " has no stream key");
  answer.stream_key = q.text();
  return answer;
}

result<Access> Catalog::access(std::string const& story, Use use) const {
  return state_->readers->read([&](Database& db) { return access_in(db, story, use); });
}

result<ResolvedStream> Catalog::resolve_stream(std::string const& key) const {
  return state_->readers->read([&](Database& db) -> result<ResolvedStream> {
    auto q = db.query("SELECT s.public_id, k.package, k.use FROM stream_key k JOIN story s ON s.id = k.story_id WHERE k.key = ?1", key);
    if (!q.step()) return Error{Errc::not_found, "stream.unknown", "no such stream"};
    auto const story = q.text();
    auto const package = q.text();
    auto const use = use_from_name(q.text()).value();
    auto const answer = access_in(db, story, use);
    auto const replaced = [&] { return db.query("SELECT 1 FROM package WHERE public_id = ?1 AND replaced_at IS NOT NULL", package).step(); };
    if (answer && (answer->package == package || replaced())) return ResolvedStream{package, use};
    // Whoever holds the key has seen the story, so nothing is given away by saying that it ended.
    if (!answer && answer.error().code == Errc::gone) return answer.error();
    return Error{Errc::gone, "stream.ended", "this stream has ended"};
  });
}

result<void> Catalog::give_consent(Actor const& actor, std::string const& story, NewConsent const& consent) {
  if (actor.kind != Actor::Kind::teller && !may_coordinate(actor)) return not_allowed();
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto const found = living_story(db, actor, story);
    if (!found) return found.error();
    auto const now = state_->now();
    add_consent(db, found->row, consent, actor_name(actor), now);
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "consent.given", story, {}, describe_uses(consent.uses));
    return {};
  });
  if (!done) return done;
  state_->access_changed();
  state_->refresh_search(story);
  return {};
}

result<std::vector<Consent>> Catalog::consents(Actor const& actor, std::string const& story) const {
  return state_->readers->read([&](Database& db) -> result<std::vector<Consent>> {
    auto const found = story_in_scope(db, actor, story);
    if (!found) return found.error();
    std::vector<Consent> all;
    auto q = db.query("SELECT number, watch, class_download, embed, feeds, text_version, text_hash, language, given_at, ended_at, withdrawn FROM consent WHERE story_id = ?1 ORDER BY number", found->row);
    while (q.step()) {
      auto& c = all.emplace_back();
      c.number = q.integer();
      c.uses.watch = q.flag();
      c.uses.class_download = q.flag();
      c.uses.embed = q.flag();
      c.uses.feeds = q.flag();
      c.text_version = q.text();
      c.text_hash = q.text();
      c.language = q.text();
      c.given_at = q.time();
      c.ended_at = q.maybe_time();
      c.withdrawn = q.flag();
    }
    return all;
  });
}

} // namespace tarina::catalog
