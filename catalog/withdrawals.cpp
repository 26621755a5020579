// Withdrawal: at once for everybody's eyes, undone within some days, and after them erased down to the last row.
#include "catalog/consent_rows.hpp"
#include "catalog/package_rows.hpp"
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"

namespace tarina::catalog {
namespace {

bool may_withdraw(Actor const& actor) { return actor.kind == Actor::Kind::teller || may_coordinate(actor); }

Error erased() { return {Errc::gone, "story.erased", "the story is erased or about to be"}; }
Error not_withdrawn() { return {Errc::conflict, "story.not_withdrawn", "the story is not withdrawn"}; }

/// What was agreed to until this withdrawal. The record stays as it ended, so that giving it again is a new one.
std::optional<NewConsent> consent_withdrawn(Database& db, std::int64_t story_row) {
  auto q = db.query("SELECT withdrawn, watch, class_download, embed, feeds, text_version, text_hash, language FROM consent WHERE story_id = ?1 ORDER BY number DESC LIMIT 1", story_row);
  if (!q.step() || !q.flag()) return std::nullopt;
  NewConsent consent;
  consent.uses.watch = q.flag();
  consent.uses.class_download = q.flag();
  consent.uses.embed = q.flag();
  consent.uses.feeds = q.flag();
  consent.text_version = q.text();
  consent.text_hash = q.text();
  consent.language = q.text();
  return consent;
}

/// The original of which a package was being made when its tasks were cancelled.
std::optional<std::int64_t> original_in_the_making(Database& db, std::int64_t story_row) {
  auto q = db.query("SELECT original_id FROM package WHERE story_id = ?1 AND state = 'making' AND repair = 0 ORDER BY id DESC LIMIT 1", story_row);
  if (!q.step()) return std::nullopt;
  return q.integer();
}

constexpr char awaiting[] = " WHERE state = 'withdrawn' AND erased_at IS NULL AND erase_at > 0 AND ";

/// Marks the stories whose grace is over. Their marks outlive every jump of the clock: once files may go, nothing brings
/// the story back. A clock that stands before the withdrawal itself was set back, then or now. If it is put right, the
/// grace goes on by it as if nothing had been; if it stays so, a whole grace is counted from when that was first seen.
void mark_due(Database& db, Time now, milliseconds undo) {
  auto const update = [](char const* change, char const* condition) { return std::string("UPDATE story SET ") + change + awaiting + condition; };
  db.run(update("doubted_at = NULL", "doubted_at IS NOT NULL AND withdrawn_at <= ?1"), now);
  db.run(update("doubted_at = ?1", "(doubted_at IS NULL OR doubted_at > ?1) AND withdrawn_at > ?1"), now);
  db.run(update("erase_at = 0", "(erase_at <= ?1 OR doubted_at <= ?2)"), now, now - undo);
}

bool anything_to_mark(Database& db, Time now) {
  return db.query(std::string("SELECT 1 FROM story") + awaiting + "(erase_at <= ?1 OR withdrawn_at > ?1 OR doubted_at IS NOT NULL)", now).step();
}

} // namespace

result<void> Catalog::withdraw(Actor const& actor, std::string const& story) {
  if (!may_withdraw(actor)) return not_allowed();
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto const found = story_in_scope(db, actor, story);
    if (!found) return found.error();
    if (found->state == StoryState::withdrawn) return {};
    auto const now = state_->now();
    db.run("UPDATE story SET state = 'withdrawn', withdrawn_from = state, withdrawn_at = ?2, erase_at = ?3, doubted_at = NULL WHERE id = ?1", found->row, now, now + state_->options.undo);
    db.run("UPDATE consent SET ended_at = ?2, withdrawn = 1 WHERE story_id = ?1 AND ended_at IS NULL", found->row, now);
    db.run("UPDATE task SET state = 'cancelled', finished_at = ?2 WHERE state IN ('waiting', 'leased') AND package_id IN (SELECT id FROM package WHERE story_id = ?1)", found->row, now);
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "story.withdrawn", story);
    return {};
  });
  if (!done) return done;
  state_->access_changed();
  state_->refresh_search(story);
  return {};
}

result<void> Catalog::undo_withdrawal(Actor const& actor, std::string const& story) {
  if (!may_withdraw(actor)) return not_allowed();
  auto const done = state_->writer.write([&](Database& db) -> result<void> {
    auto const found = story_in_scope(db, actor, story);
    if (!found) return found.error();
    if (found->state != StoryState::withdrawn) return not_withdrawn();
    if (!db.query("SELECT 1 FROM story WHERE id = ?1 AND erased_at IS NULL AND erase_at > ?2", found->row, state_->patient_now()).step()) return erased();
    auto const now = state_->now();
    db.run("UPDATE story SET state = withdrawn_from, withdrawn_from = '', withdrawn_at = NULL, erase_at = NULL, doubted_at = NULL WHERE id = ?1", found->row);
    auto const consent = consent_withdrawn(db, found->row);
    if (consent) add_consent(db, found->row, *consent, actor_name(actor), now);
    if (auto const original = original_in_the_making(db, found->row)) start_package(db, found->row, *original, now);
    end_repairs(db, found->row); // their tasks were cancelled; the next walk finds what is still wrong
    touch_story(db, found->row, now);
    record_audit(db, actor, now, "story.withdrawal_undone", story, {}, consent ? describe_uses(consent->uses) : std::string());
    return {};
  });
  if (!done) return done;
  state_->access_changed();
  state_->refresh_search(story);
  return {};
}

result<void> Catalog::erase_now(Actor const& actor, std::string const& story) {
  if (!may_withdraw(actor)) return not_allowed();
  return state_->writer.write([&](Database& db) -> result<void> {
    auto const found = story_in_scope(db, actor, story);
    if (!found) return found.error();
    if (found->state != StoryState::withdrawn) return not_withdrawn();
    db.run("UPDATE story SET erase_at = 0 WHERE id = ?1 AND erase_at <> 0", found->row);
    if (db.changes() > 0) record_audit(db, actor, state_->now(), "story.erasure_asked", story);
    return {};
  });
}

std::vector<Erasure> Catalog::pending_erasures() {
  auto const now = state_->patient_now();
  if (state_->readers->read([&](Database& db) { return anything_to_mark(db, now); }))
    state_->writer.write([&](Database& db) { mark_due(db, now, state_->options.undo); });
  return state_->readers->read([](Database& db) {
    std::vector<Erasure> pending;
    for (auto q = db.query("SELECT id, public_id FROM story WHERE state = 'withdrawn' AND erased_at IS NULL AND erase_at = 0 ORDER BY id"); q.step();) {
      auto& erasure = pending.emplace_back();
      auto const row = q.integer();
      erasure.story = q.text();
      erasure.uploads = texts(db.query("SELECT public_id FROM upload WHERE story_id = ?1 ORDER BY id", row));
      // An upload's file may lie under its future name already when a crash came in between.
      erasure.originals = texts(db.query("SELECT original FROM upload WHERE story_id = ?1 UNION SELECT public_id FROM original WHERE story_id = ?1 ORDER BY 1", row));
      erasure.packages = texts(db.query("SELECT public_id FROM package WHERE story_id = ?1 ORDER BY id", row));
    }
    return pending;
  });
}

void Catalog::finish_erasure(std::string const& story) {
  std::vector<std::string> packages;
  bool const done = state_->writer.write([&](Database& db) {
    auto const found = find_story(db, story);
    if (!found || !db.query("SELECT 1 FROM story WHERE id = ?1 AND state = 'withdrawn' AND erase_at = 0", found->row).step()) return false;
    auto const row = found->row;
    for (auto q = db.query("SELECT public_id FROM package WHERE story_id = ?1", row); q.step();) packages.push_back(q.text());
    db.run("UPDATE story SET title_fi = '', title_sv = '', title_en = '', summary_fi = '', summary_sv = '', summary_en = '', description_fi = '', description_sv = '', description_en = '',"
           " shown_name = '', qualification = '', occupation = '', occupation_text = '', graduation_year = 0, captions_exemption = '', package_id = NULL WHERE id = ?1", row);
    for (auto const* table : {"story_field", "story_tag", "story_language", "track", "upload", "package", "original"})
      db.run(std::string("DELETE FROM ") + table + " WHERE story_id = ?1", row); // versions and tasks go with them
    db.run("UPDATE invite SET teller = '' WHERE story_id = ?1", row);
    // Of lists only the place stays: what a teacher wrote beside the story may name its teller.
    db.run("UPDATE list_item SET story_id = NULL, start_ms = NULL, end_ms = NULL, note = '', question = '' WHERE story_id = ?1", row);
    return true;
  });
  if (!done) return;
  for (auto const& package : packages) state_->forget_growth(package);
  // What was overwritten still stands in the write-ahead log until it is emptied. A reader may hold it back for a
  // moment; closing the catalog and every later erasure empty it too.
  for (int attempt = 0; attempt < 5 && !state_->writer.checkpoint(); ++attempt) {}
  if (!state_->purge_search(story)) return; // the sweep comes back to it
  // Last, so that an erasure that was cut short anywhere before is done again.
  state_->writer.write([&](Database& db) {
    auto const now = state_->now();
    db.run("UPDATE story SET erased_at = ?2 WHERE public_id = ?1 AND erased_at IS NULL", story, now);
    if (db.changes() > 0) record_audit(db, Actor::system(), now, "story.erased", story);
  });
}

result<Tombstone> Catalog::tombstone(std::string const& story) const {
  auto const now = state_->patient_now();
  return state_->readers->read([&](Database& db) -> result<Tombstone> {
    auto q = db.query("SELECT coalesce(published_at, 0), withdrawn_at, erased_at, CASE WHEN erased_at IS NULL AND erase_at > ?2 THEN min(erase_at, coalesce(doubted_at + ?3, erase_at)) END"
                      " FROM story WHERE public_id = ?1 AND state = 'withdrawn'", story, now, state_->options.undo);
    if (!q.step()) return Error{Errc::not_found, "story.unknown", "no such withdrawn story"};
    Tombstone t;
    t.story = story;
    t.published_at = q.time();
    t.withdrawn_at = q.time();
    t.erased_at = q.maybe_time();
    t.erases_at = q.maybe_time();
    return t;
  });
}

} // namespace tarina::catalog
