#include "catalog/search/index.hpp"
#include "catalog/search/rows.hpp"
#include "catalog/search/schema.hpp"
#include "catalog/search/state.hpp"
#include "media/durable.hpp"
#include <fmt/format.h>

namespace tarina::catalog {
namespace {

constexpr std::size_t words_of_writer = 50'000;   // one story at a time
constexpr std::size_t words_of_rebuild = 400'000; // remembered with their terms; the writer then forgets them
constexpr int postings_in_memory = 128 << 20;     // bytes, of each language

class Transaction {
public:
  explicit Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction() {
    try {
      if (!done_ && !database_.autocommit()) database_.execute("ROLLBACK");
    } catch (...) {
    } // the connection reports its state at the next use
  }
  Transaction(Transaction const&) = delete;
  void commit() {
    database_.execute("COMMIT");
    done_ = true;
  }

private:
  Database& database_;
  bool done_ = false;
};

constexpr char const* file_ends[] = {"", "-wal", "-shm", "-journal"}; // of a database

void delete_files(std::filesystem::path const& file) {
  for (auto const* end : file_ends) std::filesystem::remove(file.string() + end);
}

std::string read_meta(Database& database, std::string_view key) {
  auto found = database.query("SELECT value FROM meta WHERE key = ?1", key);
  return found.step() ? found.text() : std::string();
}

void write_meta(Database& database, std::string_view key, std::string_view value) {
  database.run("INSERT INTO meta(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value", key, value);
}

int user_version(Database& database) {
  auto version = database.query("PRAGMA user_version");
  return version.step() ? version.number() : 0;
}

void create_tables(SearchConnection& connection) {
  Transaction transaction(connection.database);
  connection.database.execute(search_tables());
  write_meta(connection.database, "analyser", connection.analysers.describe());
  transaction.commit();
}

/// Whether the file has our tables, or none yet.
bool is_ours(Database& database) {
  auto const version = user_version(database);
  if (version == search_schema) return true;
  auto tables = database.query("SELECT count(*) FROM sqlite_schema");
  return version == 0 && tables.step() && tables.integer() == 0;
}

} // namespace

SearchIndex::State::State(SearchOptions o) : options(std::move(o)), file(options.file) {}

void SearchIndex::State::open(std::unique_ptr<Tables> loaded) {
  try {
    attach(std::move(loaded));
  } catch (DatabaseError const& failure) {
    if (!failure.file_broken()) throw; // the rest (disk full, no right, no memory) is not ours to mend
    readers.reset();
    writer.reset();
    delete_files(file);
    attach({});
  }
}

void SearchIndex::State::attach(std::unique_ptr<Tables> loaded) {
  auto const connect = [&] { return std::make_unique<SearchConnection>(file, Database::Mode::writer, options.voikko_dictionary, words_of_writer); };
  writer = connect();
  if (!is_ours(writer->database)) {
    writer.reset();
    delete_files(file);
    writer = connect();
  }
  auto& database = writer->database;
  // The file can be built again, so a commit need not wait for the disk; WAL keeps it sound (sqlite.org/pragma.html).
  database.execute("PRAGMA synchronous = NORMAL");
  if (user_version(database) != search_schema) create_tables(*writer);
  stale = read_meta(database, "analyser") != writer->analysers.describe();
  incomplete = read_meta(database, "complete") != "yes";
  if (!loaded) {
    loaded = std::make_unique<Tables>();
    load_tables(database, loaded->facets, loaded->suggestions, !stale);
  }
  tables = std::move(loaded);
  readers = std::make_unique<SearchReaders>(file, options.voikko_dictionary, options.readers);
  analyser = writer->analysers.describe();
  has_dictionary = writer->analysers.finnish.has_dictionary();
  broken = false;
}

void SearchIndex::State::throw_not_open() { throw DatabaseError(14, "the search index is not open"); } // SQLITE_CANTOPEN

SearchConnection& SearchIndex::State::writing_connection() const {
  if (!writer) throw_not_open();
  return *writer;
}

void SearchIndex::State::apply(std::string const& story, StoryDocument const* document) {
  auto& database = writing_connection().database;
  auto row = find_story_row(database, story);
  auto const before = row;
  WordChanges words;
  auto const fields = document ? field_names_of(*document) : std::map<std::string, LocalNames>();
  Transaction transaction(database);
  if (row) delete_story_rows(*writer, *row, stale, words);
  if (stale) row.reset(); // its old words are still bound to the old row id
  if (document) row = insert_story_rows(*writer, *document, row, words);
  if (!stale) write_words(database, words);
  write_field_names(database, fields);
  transaction.commit();
  auto& [facets, suggestions] = *tables;
  if (before && (!document || before != row)) {
    facets.erase(*before);
    suggestions.erase(*before);
  }
  if (document) {
    facets.put(*row, row_of(*document));
    suggestions.put(*row, names_of(*document));
    for (auto const& [code, names] : fields) suggestions.name_field(code, names);
  }
  if (!stale) suggestions.change(words);
}

void SearchIndex::State::forget(std::string const& story) {
  auto const row = tables->facets.row_of(story);
  if (!row) return;
  tables->facets.erase(*row);
  tables->suggestions.erase(*row);
}

SearchIndex::SearchIndex(SearchOptions options) : state_(std::make_unique<State>(std::move(options))) {
  delete_files(state_->file.string() + ".rebuild"); // of a process that died
  state_->open();
}

SearchIndex::~SearchIndex() = default;

bool SearchIndex::needs_rebuild() const { return state_->stale || state_->incomplete || state_->broken; }

bool SearchIndex::is_building() const { return state_->building; }

std::string SearchIndex::describe() const {
  std::shared_lock lock(state_->files);
  return state_->analyser;
}

bool SearchIndex::has_dictionary() const {
  std::shared_lock lock(state_->files);
  return state_->has_dictionary;
}

std::int64_t SearchIndex::size() const {
  std::shared_lock lock(state_->files);
  return state_->tables->facets.size();
}

void SearchIndex::update(StoryDocument const& story) {
  std::lock_guard lock(state_->writing);
  if (state_->meanwhile) (*state_->meanwhile)[story.id] = story; // first: the file that is being replaced may be broken
  state_->watch([&] { state_->apply(story.id, &story); });
}

void SearchIndex::remove(std::string_view story) {
  std::lock_guard lock(state_->writing);
  if (state_->meanwhile) (*state_->meanwhile)[std::string(story)] = std::nullopt;
  try {
    state_->watch([&] { state_->apply(std::string(story), nullptr); });
  } catch (DatabaseError const&) {
    state_->forget(std::string(story)); // no reason to go on showing it
    throw;
  }
}

void SearchIndex::rebuild(std::function<void(std::function<void(StoryDocument const&)> const&)> const& each) {
  auto& s = *state_;
  std::lock_guard one_at_a_time(s.rebuilding);
  {
    std::lock_guard lock(s.writing);
    s.meanwhile.emplace();
    s.building = true;
  }
  std::filesystem::path const beside = s.file.string() + ".rebuild";
  bool removed = false; // a story that was in the new file already
  try {
    delete_files(beside);
    auto fresh = std::make_unique<SearchConnection>(beside, Database::Mode::writer, s.options.voikko_dictionary, words_of_rebuild);
    auto& database = fresh->database;
    // A crash throws the file away anyway, and nobody reads it before it is whole.
    database.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -65536;");
    create_tables(*fresh);
    // One big merge at the end, instead of many small ones on the way: postings wait in memory and are written in large
    // segments (sqlite.org/fts5.html section 6).
    for (auto language : index_languages)
      database.execute(fmt::format("INSERT INTO story_{0}(story_{0}, rank) VALUES ('automerge', 0), ('crisismerge', 1000), ('hashsize', {1})",
                                   language, postings_in_memory));
    WordChanges words;
    std::map<std::string, LocalNames> fields;
    auto take_out = [&](std::string const& id) {
      auto const row = find_story_row(database, id);
      if (row) delete_story_rows(*fresh, *row, false, words);
      return row.has_value();
    };
    auto put = [&](StoryDocument const& story) {
      take_out(story.id);
      insert_story_rows(*fresh, story, std::nullopt, words);
      fields.merge(field_names_of(story));
    };
    {
      constexpr int batch = 5000; // a commit writes the postings out
      int count = 0;
      auto transaction = std::make_unique<Transaction>(database);
      each([&](StoryDocument const& story) {
        put(story);
        if (++count % batch != 0) return;
        transaction->commit();
        transaction.reset();
        transaction = std::make_unique<Transaction>(database);
      });
      transaction->commit();
    }
    // Merged while changes still go into the present index; what they bring is small. Then FTS5's own settings again.
    for (auto language : index_languages)
      database.execute(fmt::format("INSERT INTO story_{0}(story_{0}) VALUES ('optimize');"
                                   "INSERT INTO story_{0}(story_{0}, rank) VALUES ('automerge', 4), ('crisismerge', 16), ('hashsize', 1048576)",
                                   language));
    std::lock_guard lock(s.writing);
    {
      Transaction transaction(database);
      for (auto const& [id, story] : *s.meanwhile) {
        if (story) put(*story);
        else removed = take_out(id) || removed;
      }
      write_words(database, words);
      write_field_names(database, fields);
      write_meta(database, "complete", "yes");
      transaction.commit();
    }
    database.execute("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE);");
    auto loaded = std::make_unique<State::Tables>();
    load_tables(database, loaded->facets, loaded->suggestions, true);
    fresh.reset();
    std::unique_lock swap(s.files);
    s.readers.reset();
    s.writer.reset();
    delete_files(s.file); // with its WAL, which must not meet the new file: not after a power cut either
    media::sync_folder(std::filesystem::absolute(s.file).parent_path());
    std::filesystem::rename(beside, s.file);
    s.open(std::move(loaded));
    s.meanwhile.reset();
    s.building = false;
  } catch (...) {
    std::lock_guard lock(s.writing);
    s.meanwhile.reset();
    s.building = false;
    std::error_code stays; // whatever does is deleted before the next try
    for (auto const* end : file_ends) std::filesystem::remove(beside.string() + end, stays);
    if (!s.writer || !s.readers) { // the swap failed half way: an empty index that asks to be rebuilt is better than none
      std::unique_lock swap(s.files);
      s.broken = true;
      s.readers.reset();
      s.writer.reset();
      s.open();
    }
    throw;
  }
  if (removed) purge(); // one meanwhile saw only the file that went
}

SearchDrift SearchIndex::drift(std::map<std::string, std::int64_t> const& expected) const {
  std::shared_lock files(state_->files);
  return state_->read([&](SearchConnection& connection) {
    SearchDrift drift;
    auto left = expected;
    auto stories = connection.database.query("SELECT public_id, revision FROM story ORDER BY public_id");
    while (stories.step()) {
      auto const id = stories.text();
      auto const revision = stories.integer();
      auto const found = left.find(id);
      if (found == left.end()) drift.surplus.push_back(id);
      else if (found->second == revision) left.erase(found);
    }
    for (auto const& [id, revision] : left) drift.missing.push_back(id);
    return drift;
  });
}

std::string SearchIndex::check() {
  std::lock_guard lock(state_->writing);
  if (!state_->writer) return "the index is not open; rebuild it";
  auto& database = state_->writer->database;
  if (state_->stale) return "the index was built by another analyser or dictionary; rebuild it";
  auto const find_wrong = [&]() -> std::string {
    auto sound = database.query("PRAGMA integrity_check(1)");
    if (sound.step())
      if (auto const verdict = sound.text(); verdict != "ok") return "SQLite: " + verdict;
    for (auto language : index_languages) {
      auto const table = fmt::format("story_{}", language);
      database.run(fmt::format("INSERT INTO {0}({0}) VALUES ('integrity-check')", table));
      auto stray = database.query(fmt::format("SELECT count(*) FROM {0} WHERE rowid NOT IN (SELECT id FROM story)", table));
      if (stray.step() && stray.integer() > 0) return table + " holds rows of stories that are not in the index";
    }
    auto unsaid = database.query("SELECT count(*) FROM speech WHERE story NOT IN (SELECT id FROM story)");
    if (unsaid.step() && unsaid.integer() > 0) return "there is speech of stories that are not in the index";
    auto bare = database.query("SELECT count(*) FROM story WHERE id NOT IN (SELECT rowid FROM story_fi)");
    if (bare.step() && bare.integer() > 0) return "there are stories without their words";
    return {};
  };
  try {
    auto wrong = state_->watch(find_wrong);
    if (!wrong.empty()) state_->broken = true;
    return wrong;
  } catch (DatabaseError const& error) {
    return error.what();
  }
}

} // namespace tarina::catalog
