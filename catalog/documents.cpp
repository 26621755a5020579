// What the search index is told, and how it is kept in step with the record.
#include "catalog/documents.hpp"
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include "catalog/track_rows.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

constexpr char belongs[] = "s.state = 'published' AND s.package_id IS NOT NULL AND EXISTS (SELECT 1 FROM consent c WHERE c.story_id = s.id AND c.ended_at IS NULL AND c.watch)";

std::string LocalText::* const parts[] = {&LocalText::fi, &LocalText::sv, &LocalText::en};
char const* const part_names[] = {"fi", "sv", "en"};

/// A narrow field brings its broad one along.
std::vector<Field const*> with_parents(Vocabulary const& words, std::vector<std::string> const& codes) {
  std::vector<Field const*> all;
  auto add = [&](std::string const& code) {
    auto const* field = words.find_field(code);
    if (field && std::find(all.begin(), all.end(), field) == all.end()) all.push_back(field);
    return field;
  };
  for (auto const& code : codes)
    if (auto const* field = add(code); field && !field->parent.empty()) add(field->parent);
  return all;
}

std::string primary(std::string const& language) { return language.substr(0, language.find('-')); }

bool belongs_in(Database& db, std::string const& story) {
  return db.query(std::string("SELECT 1 FROM story s WHERE s.public_id = ?1 AND ") + belongs, story).step();
}

} // namespace

std::optional<StoryDocument> story_document(Database& db, Vocabulary const& words, std::string const& id) {
  std::int64_t row = 0;
  StoryDocument doc;
  {
    auto q = db.query(std::string("SELECT s.id, s.content_revision FROM story s WHERE s.public_id = ?1 AND ") + belongs, id);
    if (!q.step()) return std::nullopt;
    row = q.integer();
    doc.revision = q.integer();
  }
  auto const story = *load_story(db, id);
  auto const& d = story.details;
  auto const fields = with_parents(words, d.fields);
  auto const* institution = words.find_institution(d.institution);
  auto const* qualification = words.find_qualification(d.qualification);
  auto const* title = words.find_title(d.occupation);
  auto const* unit = institution ? institution->find_unit(d.unit) : nullptr;
  auto const main_language = d.languages.empty() ? std::string("fi") : primary(d.languages.front());
  doc.id = id;
  for (int i = 0; i < 3; ++i) {
    auto const part = parts[i];
    auto& text = doc.texts[part_names[i]];
    text.title = d.title.*part;
    text.summary = d.summary.*part;
    text.description = d.description.*part;
    if (title) text.occupation = title->name.*part;
    else if (main_language == part_names[i] || (i == 0 && main_language != "sv" && main_language != "en")) text.occupation = d.occupation_text;
    if (qualification) text.qualification = qualification->name.*part;
    if (institution) text.institution = (institution->name.*part).empty() ? institution->name.fi : institution->name.*part;
    if (institution && institution->short_name != text.institution) text.institution += " " + institution->short_name;
    for (auto const* field : fields) text.fields.push_back(field->name.*part);
  }
  doc.teller = d.shown_name;
  doc.tags = d.tags;
  doc.institution = d.institution;
  doc.unit = d.unit;
  if (unit) doc.unit_name = unit->name.fi;
  for (auto const* field : fields) doc.fields.push_back(field->code);
  doc.languages = d.languages;
  doc.duration = story.duration;
  doc.published = story.published_at.value_or(Time{});
  // Words nobody checked are not shown to the public, so they are not found either.
  for (auto const& track : load_checked_tracks(db, row)) {
    if (track.kind == TrackKind::descriptions || track.kind == TrackKind::chapters) continue;
    auto const language = primary(track.language);
    doc.plain_language = doc.plain_language || track.kind == TrackKind::plain;
    if (std::find(doc.captions.begin(), doc.captions.end(), language) != doc.captions.end()) continue; // plain language says the same again
    doc.captions.push_back(language);
    doc.tracks.push_back({language, load_cues(db, row, track.id, track.revision)});
  }
  return doc;
}

std::map<std::string, std::int64_t> indexed_stories(Database& db) {
  std::map<std::string, std::int64_t> all;
  for (auto q = db.query(std::string("SELECT s.public_id, s.content_revision FROM story s WHERE ") + belongs); q.step();) {
    auto id = q.text();
    all[std::move(id)] = q.integer();
  }
  return all;
}

void Catalog::State::refresh_search(std::string const& story) {
  if (!index) return;
  std::lock_guard lock(index_mutex);
  try {
    auto const document = readers->read([&](Database& db) { return story_document(db, *words(), story); });
    if (document) index->update(*document);
    else index->remove(story);
    if (search_stale && !index->needs_rebuild()) sync_search();
  } catch (std::exception const&) {
    // The change itself is durable and must not look failed. The index is a copy: it is brought in step with the next
    // change, at the next start, or by reindexing; access() stands before everything it finds.
    search_stale = true;
  }
}

void Catalog::State::sync_search() {
  auto const drift = index->drift(readers->read([](Database& db) { return indexed_stories(db); }));
  for (auto const& id : drift.surplus) index->remove(id);
  for (auto const& id : drift.missing)
    if (auto const document = readers->read([&](Database& db) { return story_document(db, *words(), id); })) index->update(*document);
  search_stale = false;
}

bool Catalog::State::purge_search(std::string const& story) {
  if (!index) return true;
  std::lock_guard lock(index_mutex);
  try {
    index->remove(story);
    if (!index->needs_rebuild()) index->purge();
  } catch (DatabaseError const&) {
    if (!index->needs_rebuild()) throw;
  }
  return !index->needs_rebuild(); // it is built anew without the story
}

namespace {
struct Stopped {}; // leaves a rebuild, which then changes nothing
}

bool Catalog::State::rebuild_search(std::stop_token stop) {
  try {
    index->rebuild([&](std::function<void(StoryDocument const&)> const& add) {
      for (auto const& story : readers->read([](Database& db) { return indexed_stories(db); })) {
        if (stop.stop_requested()) throw Stopped{};
        if (auto const document = readers->read([&](Database& db) { return story_document(db, *words(), story.first); })) add(*document);
      }
    });
  } catch (Stopped const&) {
    return false;
  }
  return true;
}

void Catalog::State::settle_search() {
  if (!index || index->needs_rebuild()) return;
  auto const expected = readers->read([](Database& db) { return indexed_stories(db); });
  try {
    auto drift = index->drift(expected);
    drift.missing.insert(drift.missing.end(), drift.surplus.begin(), drift.surplus.end());
    for (auto const& id : drift.missing) refresh_search(id);
  } catch (DatabaseError const&) {
    if (!index->needs_rebuild()) throw; // it may prove broken only when it is read
  }
}

void Catalog::settle_search() { state_->settle_search(); }
bool Catalog::reindex(std::stop_token stop) { return state_->rebuild_search(stop); }
SearchIndex const& Catalog::search_index() const { return *state_->index; }
result<SearchResult> Catalog::search(SearchQuery const& query) const { return state_->index->search(query); }

std::vector<Suggestion> Catalog::suggestions(SuggestionQuery const& query) const {
  auto found = state_->index->suggestions(query);
  auto const of_story = [](Suggestion const& s) { return s.kind == Suggestion::Kind::story; };
  if (std::none_of(found.begin(), found.end(), of_story)) return found;
  // The index may be behind the record, and a title is the teller's.
  state_->readers->read([&](Database& db) { std::erase_if(found, [&](auto const& s) { return of_story(s) && !belongs_in(db, s.code); }); });
  return found;
}

std::vector<Moment> Catalog::moments(std::string const& story, std::string const& text, int limit) const { return state_->index->moments(story, text, limit); }

} // namespace tarina::catalog
