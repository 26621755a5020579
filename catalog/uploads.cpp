// Uploads in progress, and the transaction that turns a complete one into work.
#include "catalog/ids.hpp"
#include "catalog/package_rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/text.hpp"

namespace tarina::catalog {
namespace {

struct UploadRow {
  std::int64_t row = 0;
  std::int64_t story_row = 0;
  StoryState story_state = StoryState::draft;
  Upload upload;
};

constexpr char select_upload[] = "SELECT u.id, s.id, s.state, u.public_id, s.public_id, u.original, u.size, u.offset, u.filename, u.content_type, u.metadata, u.created_at, u.expires_at, u.finished_at IS NOT NULL"
                                 " FROM upload u JOIN story s ON s.id = u.story_id";

UploadRow read_upload(Statement& q) {
  UploadRow r;
  auto& u = r.upload;
  r.row = q.integer();
  r.story_row = q.integer();
  r.story_state = state_from_name(q.text()).value();
  u.id = q.text();
  u.story = q.text();
  u.original = q.text();
  u.size = q.integer();
  u.offset = q.integer();
  u.filename = q.text();
  u.content_type = q.text();
  u.metadata = q.text();
  u.created_at = q.time();
  u.expires_at = q.time();
  u.finished = q.flag();
  return r;
}

Error story_withdrawn() { return {Errc::gone, "story.withdrawn", "the story was withdrawn"}; }
Error story_published() { return {Errc::conflict, "upload.story_published", "take the story back to review before sending a new video"}; }

Error expired() { return {Errc::gone, "upload.expired", "the upload was left alone too long"}; }
/// A full one waits for the server, not for the uploader.
bool has_expired(Upload const& u, Time now) { return !u.finished && u.offset < u.size && now >= u.expires_at; }

result<UploadRow> find_upload(Database& db, std::string const& id) {
  static std::string const sql = std::string(select_upload).append(" WHERE u.public_id = ?1");
  auto q = db.query(sql, id);
  if (!q.step()) return Error{Errc::not_found, "upload.unknown", "no such upload"};
  auto found = read_upload(q);
  if (found.story_state == StoryState::withdrawn) return story_withdrawn();
  return found;
}

result<void> finishable(UploadRow const& r) {
  auto const& u = r.upload;
  if (u.finished) return {};
  if (u.offset != u.size) return Error{Errc::conflict, "upload.incomplete", "the upload stands at " + std::to_string(u.offset) + " of " + std::to_string(u.size)};
  if (r.story_state == StoryState::published) return story_published();
  return {};
}

std::vector<Upload> uploads_where(Database& db, std::string_view condition, Time now) {
  std::vector<Upload> all;
  std::string sql = select_upload;
  sql.append(" WHERE u.finished_at IS NULL AND ").append(condition).append(" ORDER BY u.id");
  auto q = db.query(sql, now);
  while (q.step()) all.push_back(read_upload(q).upload);
  return all;
}

} // namespace

result<Upload> Catalog::create_upload(Actor const& actor, NewUpload const& fresh) {
  if (fresh.size < 1) return Error{Errc::invalid, "upload.size_missing", "the file's size must be given and not be zero"};
  if (!is_plain_text(fresh.filename) || fresh.filename.size() > 1000 || !is_plain_text(fresh.content_type) || fresh.content_type.size() > 200 || fresh.metadata.size() > 8000)
    return Error{Errc::invalid, "upload.metadata_invalid", "the upload's metadata is too long or not text"};
  return state_->writer.write([&](Database& db) -> result<Upload> {
    auto const story = living_story(db, actor, fresh.story);
    if (!story) return story.error();
    if (story->state == StoryState::published) return story_published();
    auto const now = state_->now();
    auto const id = random_id(24);
    // A link is shared or lost more easily than an account: it must not fill the disk with beginnings.
    if (actor.kind == Actor::Kind::teller) db.run("UPDATE upload SET expires_at = ?2 WHERE story_id = ?1 AND finished_at IS NULL AND offset < size AND expires_at > ?2", story->row, now);
    db.run("INSERT INTO upload (public_id, original, story_id, size, filename, content_type, metadata, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
           id, random_id(20), story->row, fresh.size, fresh.filename, fresh.content_type, fresh.metadata, now, fresh.expires_at);
    record_audit(db, actor, now, "upload.started", fresh.story, {}, std::to_string(fresh.size) + " bytes");
    return find_upload(db, id)->upload;
  });
}

result<Upload> Catalog::upload(std::string const& id) const {
  return state_->readers->read([&](Database& db) -> result<Upload> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    if (has_expired(found->upload, state_->now())) return expired();
    return found->upload;
  });
}

result<void> Catalog::advance_upload(std::string const& id, std::int64_t from, std::int64_t to, Time expires_at) {
  return state_->writer.write([&](Database& db) -> result<void> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    auto const& u = found->upload;
    if (has_expired(u, state_->now())) return expired();
    if (u.finished || u.offset != from || to < from || to > u.size) return Error{Errc::conflict, "upload.offset_differs", "the upload stands at " + std::to_string(u.offset)};
    db.run("UPDATE upload SET offset = ?2, expires_at = ?3 WHERE id = ?1", found->row, to, expires_at);
    return {};
  });
}

result<FinishedUpload> Catalog::finish_upload(std::string const& id, std::string const& sha256) {
  return state_->writer.write([&](Database& db) -> result<FinishedUpload> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    auto const& u = found->upload;
    FinishedUpload done{u.story, u.original, {}};
    if (u.finished) {
      // The package it led to; a later retry of the same original does not count.
      auto q = db.query("SELECT p.public_id FROM package p JOIN original o ON o.id = p.original_id WHERE o.public_id = ?1 ORDER BY p.id LIMIT 1", u.original);
      if (q.step()) done.package = q.text();
      return done;
    }
    if (auto const fine = finishable(*found); !fine) return fine.error();
    auto const now = state_->now();
    db.run("INSERT INTO original (public_id, story_id, filename, content_type, bytes, sha256, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", u.original, found->story_row, u.filename, u.content_type, u.size, sha256, now);
    auto const original = db.last_id();
    db.run("UPDATE upload SET finished_at = ?2 WHERE id = ?1", found->row, now);
    done.package = start_package(db, found->story_row, original, now);
    record_audit(db, Actor::system(), now, "upload.finished", u.story, u.original, "sha256 " + sha256);
    return done;
  });
}

result<void> Catalog::check_finish(std::string const& id) const {
  return state_->readers->read([&](Database& db) -> result<void> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    return finishable(*found);
  });
}

result<void> Catalog::terminate_upload(std::string const& id) {
  return state_->writer.write([&](Database& db) -> result<void> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    if (found->upload.finished) return Error{Errc::conflict, "upload.finished", "the upload is finished"};
    db.run("DELETE FROM upload WHERE id = ?1", found->row);
    record_audit(db, Actor::system(), state_->now(), "upload.ended", found->upload.story);
    return {};
  });
}

std::vector<Upload> Catalog::expired_uploads() const {
  return state_->readers->read([&](Database& db) { return uploads_where(db, "u.expires_at <= ?1 AND (u.offset < u.size OR s.state = 'published') AND s.state <> 'withdrawn'", state_->now()); });
}

std::vector<Upload> Catalog::stranded_uploads() const {
  return state_->readers->read([&](Database& db) { return uploads_where(db, "u.expires_at <= ?1 AND u.offset = u.size AND s.state NOT IN ('published', 'withdrawn')", state_->now()); });
}

std::vector<Upload> Catalog::unfinished_uploads() const {
  return state_->readers->read([&](Database& db) { return uploads_where(db, "?1 IS NOT NULL AND s.state <> 'withdrawn'", state_->now()); });
}

std::int64_t Catalog::reserved_bytes() const {
  return state_->readers->read([&](Database& db) {
    auto q = db.query("SELECT coalesce(sum(u.size - u.offset), 0) FROM upload u JOIN story s ON s.id = u.story_id WHERE u.finished_at IS NULL AND u.expires_at > ?1 AND s.state <> 'withdrawn'", state_->now());
    return q.step() ? q.integer() : 0;
  });
}

} // namespace tarina::catalog
