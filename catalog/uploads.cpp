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

constexpr char select_upload[] = "SELECT u.id, s.id, s.state, u.public_id, s.public_id, u.original, u.size, u.announced, u.offset, u.partial, u.parts,"
                                 " u.filename, u.content_type, u.metadata, u.created_at, u.expires_at, u.finished_at IS NOT NULL"
                                 " FROM upload u JOIN story s ON s.id = u.story_id";
// A length that is not settled makes the comparison null, which is not true.
constexpr char not_full[] = "(u.offset = u.size) IS NOT TRUE";

std::vector<std::string> split_ids(std::string_view text) {
  std::vector<std::string> ids;
  while (!text.empty()) {
    auto const space = std::min(text.find(' '), text.size());
    ids.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return ids;
}

std::string join_ids(std::vector<std::string> const& ids) {
  std::string text;
  for (auto const& id : ids) text.append(text.empty() ? "" : " ").append(id);
  return text;
}

UploadRow read_upload(Statement& q) {
  UploadRow r;
  auto& u = r.upload;
  r.row = q.integer();
  r.story_row = q.integer();
  r.story_state = state_from_name(q.text()).value();
  u.id = q.text();
  u.story = q.text();
  u.original = q.text();
  u.size = q.maybe_integer();
  u.announced = q.maybe_integer();
  u.offset = q.integer();
  u.partial = q.flag();
  u.parts = split_ids(q.text());
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
/// A full one waits for the server, not for the uploader; a full piece waits for its uploader still.
bool has_expired(Upload const& u, Time now) { return !u.finished && (u.partial || !u.full()) && now >= u.expires_at; }

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
  if (u.partial || !u.full()) return Error{Errc::conflict, "upload.incomplete", "the upload stands at " + std::to_string(u.offset) + " of " + (u.size ? std::to_string(*u.size) : "an unknown length")};
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

bool is_readable(NewUpload const& fresh) {
  return is_plain_text(fresh.filename) && fresh.filename.size() <= 1000 && is_plain_text(fresh.content_type) && fresh.content_type.size() <= 200 && fresh.metadata.size() <= 8000;
}

Error unreadable() { return {Errc::invalid, "upload.metadata_invalid", "the upload's metadata is too long or not text"}; }

result<FoundStory> story_for_upload(Database& db, Actor const& actor, std::string const& id) {
  auto story = living_story(db, actor, id);
  if (story && story->state == StoryState::published) return story_published();
  return story;
}

/// Ends the story's oldest pieces until the others and `more` bytes fit into the budget.
void make_room(Database& db, std::int64_t story, std::int64_t more, std::int64_t budget, Time now) {
  std::vector<std::int64_t> too_much;
  auto q = db.query("SELECT id, coalesce(size, offset) FROM upload WHERE story_id = ?1 AND partial = 1 AND expires_at > ?2 ORDER BY id DESC", story, now);
  while (q.step()) {
    auto const row = q.integer();
    more += q.integer();
    if (more > budget) too_much.push_back(row);
  }
  for (auto const row : too_much) db.run("UPDATE upload SET expires_at = ?2 WHERE id = ?1", row, now);
}

void insert_upload(Database& db, std::string const& id, std::int64_t story, NewUpload const& fresh, std::int64_t offset, Time now) {
  db.run("INSERT INTO upload (public_id, original, story_id, size, announced, offset, partial, parts, filename, content_type, metadata, created_at, expires_at)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
         id, random_id(20), story, fresh.size, fresh.announced, offset, fresh.partial, join_ids(fresh.parts),
         fresh.filename, fresh.content_type, fresh.metadata, now, fresh.expires_at);
}

std::optional<Upload> find_concatenation(Database& db, std::string const& story, std::vector<std::string> const& parts) {
  if (parts.empty()) return std::nullopt;
  static std::string const sql = std::string(select_upload).append(" WHERE u.parts = ?1 AND s.public_id = ?2");
  auto q = db.query(sql, join_ids(parts), story);
  if (!q.step()) return std::nullopt;
  return read_upload(q).upload;
}

/// A change that a full disk refuses is an answer; whoever asked may come again when there is room.
template <class Change> auto write(Writer& writer, Change const& change) -> decltype(writer.write(change)) {
  try {
    return writer.write(change);
  } catch (DatabaseError const& failure) {
    if (!failure.disk_full()) throw;
    return Error{Errc::no_space, "upload.no_space", "the record's disk is full"};
  }
}

std::vector<std::string> ids_of(Statement q) {
  std::vector<std::string> ids;
  while (q.step()) ids.push_back(q.text());
  return ids;
}

} // namespace

result<Upload> Catalog::create_upload(Actor const& actor, NewUpload const& fresh) {
  if ((fresh.size && *fresh.size < 1) || (fresh.announced && *fresh.announced < 1)) return Error{Errc::invalid, "upload.size_missing", "the file must not be empty"};
  if (!is_readable(fresh)) return unreadable();
  return write(state_->writer, [&](Database& db) -> result<Upload> {
    auto const story = story_for_upload(db, actor, fresh.story);
    if (!story) return story.error();
    auto const now = state_->now();
    auto const patient = state_->patient_now(); // by which they have ended then
    auto const id = random_id(24);
    // A link is shared or lost more easily than an account: it must not fill the disk with beginnings.
    if (actor.kind == Actor::Kind::teller)
      db.run("UPDATE upload SET expires_at = ?2 WHERE story_id = ?1 AND finished_at IS NULL AND expires_at > ?2 AND ((offset = size) IS NOT TRUE OR partial = 1) AND (partial = 0 OR ?3 = 0)",
             story->row, patient, fresh.partial);
    if (fresh.partial) make_room(db, story->row, fresh.size.value_or(0), fresh.partial_budget, patient);
    insert_upload(db, id, story->row, fresh, 0, now);
    auto const length = fresh.size ? fresh.size : fresh.announced;
    record_audit(db, actor, now, "upload.started", fresh.story, {}, length ? std::to_string(*length) + " bytes" : "length not known");
    return find_upload(db, id)->upload;
  });
}

result<Upload> Catalog::settle_upload_size(std::string const& id, std::int64_t size) {
  return write(state_->writer, [&](Database& db) -> result<Upload> {
    auto found = find_upload(db, id);
    if (!found) return found.error();
    auto& u = found->upload;
    if (has_expired(u, state_->patient_now())) return expired();
    if (u.size && *u.size == size) return u;
    if (u.size) return Error{Errc::conflict, "upload.size_differs", "the upload's length is " + std::to_string(*u.size)};
    if (size < 1 || size < u.offset) return Error{Errc::invalid, "upload.size_wrong", "the upload stands at " + std::to_string(u.offset)};
    db.run("UPDATE upload SET size = ?2 WHERE id = ?1", found->row, size);
    u.size = size;
    return u;
  });
}

result<Upload> Catalog::concatenate_uploads(Actor const& actor, NewUpload const& fresh, std::string const& id) {
  if (!is_readable(fresh)) return unreadable();
  return write(state_->writer, [&](Database& db) -> result<Upload> {
    auto const story = story_for_upload(db, actor, fresh.story);
    if (!story) return story.error();
    if (auto const made = find_concatenation(db, fresh.story, fresh.parts)) return *made;
    auto const now = state_->now();
    auto const patient = state_->patient_now();
    std::int64_t size = 0;
    for (auto const& part : fresh.parts) {
      auto const piece = find_upload(db, part);
      if (!piece || !piece->upload.partial || piece->story_row != story->row || has_expired(piece->upload, patient))
        return Error{Errc::invalid, "upload.parts_unknown", "a part is not a partial upload of this story"};
      if (!piece->upload.full()) return Error{Errc::conflict, "upload.parts_incomplete", "a part has not come to its end"};
      size += *piece->upload.size;
    }
    auto whole = fresh;
    whole.size = size;
    insert_upload(db, id, story->row, whole, size, now);
    for (auto const& part : fresh.parts) db.run("UPDATE upload SET expires_at = ?2 WHERE public_id = ?1", part, patient);
    record_audit(db, actor, now, "upload.started", fresh.story, {}, std::to_string(size) + " bytes in " + std::to_string(fresh.parts.size()) + " parts");
    return find_upload(db, id)->upload;
  });
}

std::optional<Upload> Catalog::concatenation_of(std::string const& story, std::vector<std::string> const& parts) const {
  return state_->readers->read([&](Database& db) { return find_concatenation(db, story, parts); });
}

result<Upload> Catalog::upload(std::string const& id) const {
  return state_->readers->read([&](Database& db) -> result<Upload> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    if (has_expired(found->upload, state_->patient_now())) return expired();
    return found->upload;
  });
}

result<void> Catalog::advance_upload(std::string const& id, std::int64_t from, std::int64_t to, Time expires_at) {
  return write(state_->writer, [&](Database& db) -> result<void> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    auto const& u = found->upload;
    if (has_expired(u, state_->patient_now())) return expired();
    if (u.finished || u.offset != from || to < from || (u.size && to > *u.size)) return Error{Errc::conflict, "upload.offset_differs", "the upload stands at " + std::to_string(u.offset)};
    db.run("UPDATE upload SET offset = ?2, expires_at = ?3 WHERE id = ?1", found->row, to, expires_at);
    return {};
  });
}

result<FinishedUpload> Catalog::finish_upload(std::string const& id, std::string const& sha256) {
  return write(state_->writer, [&](Database& db) -> result<FinishedUpload> {
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
    db.run("INSERT INTO original (public_id, story_id, filename, content_type, bytes, sha256, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", u.original, found->story_row, u.filename, u.content_type, *u.size, sha256, now);
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
  return write(state_->writer, [&](Database& db) -> result<void> {
    auto const found = find_upload(db, id);
    if (!found) return found.error();
    if (found->upload.finished) return Error{Errc::conflict, "upload.finished", "the upload is finished"};
    db.run("DELETE FROM upload WHERE id = ?1", found->row);
    record_audit(db, Actor::system(), state_->now(), "upload.ended", found->upload.story);
    return {};
  });
}

std::vector<Upload> Catalog::expired_uploads() const {
  static std::string const due = std::string("u.expires_at <= ?1 AND s.state <> 'withdrawn' AND (u.partial = 1 OR s.state = 'published' OR ").append(not_full).append(")");
  return state_->readers->read([&](Database& db) { return uploads_where(db, due, state_->patient_now()); });
}

std::vector<Upload> Catalog::stranded_uploads() const {
  return state_->readers->read([&](Database& db) {
    return uploads_where(db, "u.expires_at <= ?1 AND u.offset = u.size AND u.partial = 0 AND s.state NOT IN ('published', 'withdrawn')", state_->patient_now());
  });
}

std::vector<Upload> Catalog::unfinished_uploads() const {
  return state_->readers->read([&](Database& db) { return uploads_where(db, "?1 IS NOT NULL AND s.state <> 'withdrawn'", state_->now()); });
}

std::int64_t Catalog::reserved_bytes() const {
  return state_->readers->read([&](Database& db) {
    auto q = db.query("SELECT coalesce(sum(max(coalesce(u.size, u.announced, 0) - u.offset, 0)), 0) FROM upload u JOIN story s ON s.id = u.story_id"
                      " WHERE u.finished_at IS NULL AND u.expires_at > ?1 AND s.state <> 'withdrawn'", state_->patient_now());
    return q.step() ? q.integer() : 0;
  });
}

KnownFiles Catalog::known_files() const {
  return state_->readers->read([](Database& db) {
    KnownFiles known;
    known.uploads = ids_of(db.query("SELECT public_id FROM upload WHERE finished_at IS NULL ORDER BY 1"));
    known.originals = ids_of(db.query("SELECT public_id FROM original UNION SELECT original FROM upload WHERE finished_at IS NULL ORDER BY 1"));
    known.packages = ids_of(db.query("SELECT public_id FROM package ORDER BY 1"));
    known.kept = ids_of(db.query("SELECT o.public_id FROM original o JOIN story s ON s.id = o.story_id WHERE o.superseded_at IS NULL AND s.state <> 'withdrawn' ORDER BY 1"));
    known.published = ids_of(db.query("SELECT p.public_id FROM package p JOIN story s ON s.id = p.story_id WHERE p.state = 'published' AND s.state <> 'withdrawn' ORDER BY 1"));
    return known;
  });
}

} // namespace tarina::catalog
