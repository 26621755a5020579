// A story from another record: checked as if nobody had ever checked it, then written as it was there.
#include "catalog/package_rows.hpp"
#include "catalog/rows.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_record.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/track_rows.hpp"
#include "catalog/vocabulary_tables.hpp"
#include <algorithm>
#include <limits>
#include <set>

namespace tarina::catalog {
namespace {

Error bad(std::string detail) { return {Errc::invalid, "import.invalid", std::move(detail)}; }

bool is_word(std::string_view text, std::size_t most) { return text.size() <= most && is_plain_text(text) && text.find('\n') == text.npos; }

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_story_id(std::string_view id) {
  return !id.empty() && id.size() <= 40 && std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); });
}

result<void> check_consents(StoryRecord const& r) {
  for (std::size_t i = 0; i < r.consents.size(); ++i) {
    auto const& c = r.consents[i];
    bool const last = i + 1 == r.consents.size();
    if (c.number != static_cast<std::int64_t>(i) + 1) return bad("consents are numbered 1, 2, …");
    if (!last && !c.ended_at) return bad("only the newest consent can be in force");
    if (c.withdrawn && !c.ended_at) return bad("a withdrawn consent has an end");
    if (!is_word(c.text_version, 100) || !is_word(c.given_by, 100) || !is_hex(c.text_hash, 64) || !is_language_tag(c.language)) return bad("consent " + std::to_string(c.number) + " is not one");
  }
  return {};
}

result<void> check_versions(RecordedTrack const& t) {
  if (t.versions.empty() || t.versions.size() > 2 || (t.deleted && t.versions.size() > 1)) return bad("subtitles " + t.id() + " have no versions, or too many");
  std::int64_t above = std::numeric_limits<std::int64_t>::max();
  for (auto const& v : t.versions) {
    if (v.revision < 1 || v.revision >= above || !is_word(v.saved_by, 100)) return bad("subtitles " + t.id() + " have a version that cannot be");
    above = v.revision;
    if (t.deleted && v.lines.empty()) continue;
    if (auto const sound = check_track({t.language, t.kind, v.checked, v.lines, 0}); t.deleted || !sound) return bad("subtitles " + t.id() + ": " + (sound ? "deleted ones have no lines" : sound.error().detail));
  }
  return {};
}

result<void> check_tracks(StoryRecord const& r) {
  std::set<std::string> ids;
  for (auto const& t : r.tracks) {
    if (!is_language_tag(t.language) || !is_word(t.label, 1000)) return bad("subtitles have a language that is none, or a strange label");
    if (!ids.insert(t.id()).second) return bad("subtitles " + t.id() + " are there twice");
    if (auto const sound = check_versions(t); !sound) return sound;
  }
  return {};
}

void add_words(Database& db, Vocabulary const& words) {
  // As what left the data files: named where a story carries it, not offered.
  for (auto const& f : words.fields)
    db.run("INSERT INTO field (code, parent, fi, sv, en, position, listed) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0) ON CONFLICT (code) DO NOTHING", f.code, f.parent, f.name.fi, f.name.sv, f.name.en);
  for (auto const& q : words.qualifications)
    db.run("INSERT INTO qualification (code, fi, sv, en, broad_field, narrow_field, broad_mark, narrow_mark, position, listed) VALUES (?1, ?2, ?3, ?4, '', '', 'D', 'D', 0, 0) ON CONFLICT (code) DO NOTHING",
           q.code, q.name.fi, q.name.sv, q.name.en);
  for (auto const& t : words.titles)
    db.run("INSERT INTO title (code, fi, sv, en, qualification, position, listed) VALUES (?1, ?2, ?3, ?4, '', 0, 0) ON CONFLICT (code) DO NOTHING", t.code, t.name.fi, t.name.sv, t.name.en);
  for (auto const& i : words.institutions) {
    db.run("INSERT INTO institution (code, fi, sv, en, short_name, numbers, oid, provider, provider_id, website, valid_from, valid_to, mark, note, position, listed)"
           " VALUES (?1, ?2, ?3, ?4, ?5, '[]', '', '', '', '', '', '', 'D', '', 0, 0) ON CONFLICT (code) DO NOTHING",
           i.code, i.name.fi, i.name.sv, i.name.en, i.short_name);
    for (auto const& u : i.units)
      db.run("INSERT INTO unit (code, institution, fi, sv, en, number, oid, kind, valid_from, valid_to, mark, position, listed) VALUES (?1, ?2, ?3, ?4, ?5, '', '', 'unit', '', '', 'D', 0, 0) ON CONFLICT (code) DO NOTHING",
             u.code, i.code, u.name.fi, u.name.sv, u.name.en);
  }
}

result<void> check_words(Vocabulary const& words) {
  auto const fine = [](std::string const& code, LocalText const& name) { return !code.empty() && is_word(code, 60) && is_word(name.fi, 300) && is_word(name.sv, 300) && is_word(name.en, 300) && !name.empty(); };
  auto const all = [&](auto const& entries) { return std::all_of(entries.begin(), entries.end(), [&](auto const& e) { return fine(e.code, e.name); }); };
  bool sound = all(words.fields) && all(words.qualifications) && all(words.titles) && all(words.institutions);
  for (auto const& i : words.institutions) sound = sound && all(i.units) && is_word(i.short_name, 100);
  if (!sound) return bad("a code or its name is missing, too long or not text");
  return {};
}

/// Errc::gone for a story that was taken back here, Errc::conflict for one that is here otherwise.
result<ImportState> state_here(Database& db, StoryRecord const& r) {
  auto const found = find_story(db, r.id);
  if (!found) return ImportState::fresh;
  if (found->state == StoryState::withdrawn) return Error{Errc::gone, "story.withdrawn", "story " + r.id + " was taken back here, and stays so"};
  auto const differs = difference(*load_story_record(db, r.id), r);
  if (!differs.empty()) return Error{Errc::conflict, "import.differs", "story " + r.id + " is here already with other " + differs};
  return ImportState::present;
}

std::int64_t add_story(Database& db, StoryRecord const& r) {
  auto const& d = r.details;
  auto const state = r.state == StoryState::published ? StoryState::published : StoryState::draft; // start_package makes it processing
  db.run("INSERT INTO story (public_id, state, revision, institution, created_at, changed_at, published_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
         r.id, state_name(state), r.revision, d.institution, r.created_at, r.changed_at, r.published_at);
  auto const row = db.last_id();
  store_details(db, row, d);
  for (auto const& c : r.consents)
    db.run("INSERT INTO consent (story_id, number, watch, class_download, embed, feeds, text_version, text_hash, language, given_by, given_at, ended_at, withdrawn)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
           row, c.number, c.uses.watch, c.uses.class_download, c.uses.embed, c.uses.feeds, c.text_version, c.text_hash, c.language, c.given_by, c.given_at, c.ended_at, c.withdrawn);
  for (auto const& link : r.links)
    db.run("INSERT INTO mine_token (token_hash, story_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (token_hash) DO NOTHING", link.hash, row, link.created_at);
  return row;
}

void add_track(Database& db, std::int64_t story_row, RecordedTrack const& t) {
  auto const& newest = t.versions.front();
  auto const cues = static_cast<std::int64_t>(newest.lines.size());
  db.run("INSERT INTO track (story_id, name, language, kind, revision, checked, deleted, cues, changed_at, changed_by, embedded_revision, label)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
         story_row, t.id(), t.language, track_kind_name(t.kind), newest.revision, newest.checked, t.deleted, cues, newest.saved_at, newest.saved_by,
         t.embedded ? std::optional(newest.revision) : std::nullopt, t.label);
  auto const row = db.last_id();
  for (auto const& v : t.versions)
    db.run("INSERT INTO track_version (track_id, revision, checked, deleted, cues, body, saved_at, saved_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
           row, v.revision, v.checked, t.deleted, static_cast<std::int64_t>(v.lines.size()), write_cues(v.lines), v.saved_at, v.saved_by);
}

} // namespace

result<void> check_story_record(StoryRecord const& r, Vocabulary const& words) {
  if (!is_story_id(r.id)) return bad("\"" + r.id.substr(0, 60) + "\" is not a story's id");
  if (r.state == StoryState::withdrawn) return bad("a withdrawn story cannot be brought in");
  if (r.revision < 1) return bad("a revision is 1 or more");
  if (auto const sound = check_details(r.details, words); !sound) return bad(sound.error().key + ": " + sound.error().detail);
  if (r.state == StoryState::published && (!r.original || !r.published_at)) return bad("a published story has its video and the time it was published");
  if (auto const sound = check_consents(r); !sound) return sound;
  if (auto const sound = check_tracks(r); !sound) return sound;
  for (auto const& link : r.links)
    if (!is_hex(link.hash, 64)) return bad("a personal link's hash has 64 hexadecimal digits");
  if (!r.original) return {};
  auto const& o = *r.original;
  if (o.bytes < 1 || !is_hex(o.sha256, 64) || o.filename.size() > 1000 || !is_plain_text(o.filename) || !is_word(o.content_type, 200)) return bad("the original is not described as one");
  return {};
}

result<ImportState> Catalog::check_import(StoryRecord const& record, Vocabulary const& words) const {
  if (auto const sound = check_words(words); !sound) return sound.error();
  return state_->readers->read([&](Database& db) -> result<ImportState> {
    auto known = load_vocabulary(db);
    auto const add = [](auto& to, auto const& from) { to.insert(to.end(), from.begin(), from.end()); }; // what is here is found first
    add(known.fields, words.fields);
    add(known.qualifications, words.qualifications);
    add(known.titles, words.titles);
    for (auto const& i : words.institutions) {
      auto const here = std::find_if(known.institutions.begin(), known.institutions.end(), [&](Institution const& k) { return k.code == i.code; });
      if (here == known.institutions.end()) known.institutions.push_back(i);
      else add(here->units, i.units);
    }
    if (auto const sound = check_story_record(record, known); !sound) return sound.error();
    return state_here(db, record);
  });
}

result<void> Catalog::import_story(StoryRecord const& record, Vocabulary const& words) {
  if (auto const sound = check_import(record, words); !sound) return sound.error();
  state_->writer.write([&](Database& db) {
    auto const now = state_->now();
    add_words(db, words);
    auto const row = add_story(db, record);
    for (auto const& track : record.tracks) add_track(db, row, track);
    if (record.original) {
      auto const& o = *record.original;
      db.run("INSERT INTO original (public_id, story_id, filename, content_type, bytes, sha256, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", o.id, row, o.filename, o.content_type, o.bytes, o.sha256, o.created_at);
      auto const package = start_package(db, row, db.last_id(), now);
      db.run("UPDATE package SET poster = ?2 WHERE public_id = ?1", package, record.poster);
    } else {
      touch_story(db, row, now);
    }
    record_audit(db, Actor::system(), now, "story.imported", record.id, {}, record.original ? "sha256 " + record.original->sha256 : std::string());
  });
  try {
    state_->reload_vocabulary();
  } catch (std::exception const&) { // the story is here; the next import or start reads the words again
  }
  return {};
}

} // namespace tarina::catalog
