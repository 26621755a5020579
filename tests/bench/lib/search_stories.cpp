// search_stories FOLDER STORIES: makes a record of so many published stories of generated Finnish in FOLDER/data (what a
// server opens), the same rows as FOLDER/story.tsv and FOLDER/moment.tsv for PostgreSQL's COPY, and FOLDER/queries.json.
// Prints {"stories", "groups", "speech_bytes"}.
#include "catalog/database.hpp"
#include "catalog/search/cue_groups.hpp"
#include "tests/bench/lib/finnish_text.hpp"
#include "tests/catalog/record.hpp"
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace tarina;
using namespace tarina::catalog;
using bench::Chance;

namespace {

struct Trade {
  std::string title, name, qualification, field; // codes and the name in lower case
};

/// Occupations whose names inflect like "hoitaja".
std::vector<Trade> read_trades(Vocabulary const& words) {
  std::vector<Trade> trades;
  std::vector<std::string> fields;
  for (auto const& f : words.fields)
    if (!f.parent.empty()) fields.push_back(f.code);
  for (auto const& t : words.titles) {
    auto name = t.name.fi;
    if (!name.ends_with("ja") && !name.ends_with("jä")) continue;
    if (name.find_first_of(" ,(-/") != name.npos || name[0] < 'A' || name[0] > 'Z') continue;
    name[0] = static_cast<char>(name[0] + 32);
    trades.push_back({t.code, name, t.qualification, fields[trades.size() % fields.size()]});
  }
  return trades;
}

struct Told {
  std::size_t trade = 0;
  std::string title, summary, institution, language = "fi";
  std::vector<media::Cue> cues;
  std::int64_t published_ms = 0;
};

std::int64_t length_of(Told const& t) { return t.cues.back().end.count(); }

Told tell(bench::FinnishText const& text, std::vector<std::string> const& institutions, std::size_t number, Chance& chance) {
  Told t;
  t.trade = chance.zipf(text.occupations());
  t.title = text.title(t.trade, chance);
  t.summary = text.sentence(t.trade, 14, chance);
  t.institution = institutions[chance.zipf(institutions.size())];
  auto const kind = chance.below(100);
  auto const cues = kind < 70 ? 20 + chance.below(18) : kind < 98 ? 32 + chance.below(16) : 160;
  for (std::size_t i = 0; i < cues; ++i) {
    auto const start = milliseconds(static_cast<std::int64_t>(i) * 5000);
    t.cues.push_back({start, start + milliseconds(4800), text.sentence(t.trade, 4 + chance.below(3), chance), {}, {}});
  }
  t.published_ms = day_one.time_since_epoch().count() - static_cast<std::int64_t>(number % 2000) * 86'400'000 - static_cast<std::int64_t>(number);
  return t;
}

/// Rows like those of a story that went the whole way; its original and package stand for all.
class Writer {
public:
  Writer(Database& db, std::string const& like) : db_(db) {
    auto q = db.query("SELECT id, package_id FROM story WHERE public_id = ?1", like);
    if (!q.step()) throw std::runtime_error("no story to copy");
    like_ = q.integer();
    package_ = q.integer();
  }

  void write(std::string const& id, Told const& t, Trade const& trade) {
    db_.run("INSERT INTO package (public_id, story_id, original_id, state, source_facts, facts, duration_ms, width, height, has_sound, poster, created_at, published_at)"
            " SELECT ?1, ?2, original_id, state, source_facts, facts, ?3, width, height, has_sound, poster, created_at, published_at FROM package WHERE id = ?4",
            "p" + id, like_, length_of(t), package_);
    auto const package = db_.last_id();
    db_.run("INSERT INTO story (public_id, state, title_fi, summary_fi, shown_name, institution, qualification, occupation, package_id, created_at, changed_at, published_at)"
            " VALUES (?1, 'published', ?2, ?3, 'Maija', ?4, ?5, ?6, ?7, ?8, ?8, ?8)",
            id, t.title, t.summary, t.institution, trade.qualification, trade.title, package, t.published_ms);
    auto const story = db_.last_id();
    db_.run("UPDATE package SET story_id = ?1 WHERE id = ?2", story, package);
    for (auto const* use : {"watch", "class_download", "embed", "feeds", "preview"})
      db_.run("INSERT INTO stream_key (key, story_id, package, use) VALUES (?1, ?2, ?3, ?4)", use + id, story, "p" + id, use);
    db_.run("INSERT INTO story_field (story_id, position, field) VALUES (?1, 1, ?2)", story, trade.field);
    db_.run("INSERT INTO story_tag (story_id, position, tag) VALUES (?1, 1, ?2)", story, trade.name + "n arki");
    db_.run("INSERT INTO story_language (story_id, position, language) VALUES (?1, 1, 'fi')", story);
    db_.run("INSERT INTO consent (story_id, number, watch, class_download, embed, feeds, text_version, text_hash, language, given_by, given_at)"
            " SELECT ?1, number, watch, class_download, embed, feeds, text_version, text_hash, language, given_by, given_at FROM consent WHERE story_id = ?2 AND ended_at IS NULL", story, like_);
    auto lines = nlohmann::json::array();
    for (auto const& c : t.cues) lines.push_back({c.start.count(), c.end.count(), c.text, "", ""});
    db_.run("INSERT INTO track (story_id, name, language, kind, revision, checked, deleted, cues, changed_at, changed_by) VALUES (?1, 'fi-captions', 'fi', 'captions', 1, 1, 0, ?2, ?3, 'system')",
            story, static_cast<std::int64_t>(t.cues.size()), t.published_ms);
    db_.run("INSERT INTO track_version (track_id, revision, checked, deleted, cues, body, saved_at, saved_by) VALUES (?1, 1, 1, 0, ?2, ?3, ?4, 'system')",
            db_.last_id(), static_cast<std::int64_t>(t.cues.size()), lines.dump(), t.published_ms);
  }

private:
  Database& db_;
  std::int64_t like_ = 0, package_ = 0;
};

std::string beginning(std::string const& word, std::size_t letters) {
  std::size_t at = 0;
  while (at < word.size() && letters-- > 0)
    do ++at;
    while (at < word.size() && (word[at] & 0xC0) == 0x80);
  return word.substr(0, at);
}

/// What people would ask: content words in whatever form, the three of one query out of one trade.
nlohmann::json ask(bench::FinnishText const& text, std::vector<Trade> const& trades, std::vector<std::string> const& institutions) {
  Chance chance(99);
  nlohmann::json queries;
  for (int i = 0; i < 200; ++i) {
    auto const trade = chance.zipf(text.occupations());
    auto word = [&] { return chance.of(text.content(trade, chance)); };
    queries["one"].push_back({{"q", word()}});
    queries["three"].push_back({{"q", word() + " " + word() + " " + word()}});
    queries["facets"].push_back({{"q", word()}, {"institution", institutions[chance.zipf(institutions.size())]}, {"field", trades[trade].field}});
    auto const typed = text.content(trade, chance).front();
    queries["suggest"].push_back({{"q", (chance.percent(20) ? word() + " " : "") + beginning(typed, 2 + chance.below(5))}});
  }
  return queries;
}

} // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: search_stories FOLDER STORIES");
  std::filesystem::path const folder = argv[1];
  auto const count = std::stoul(argv[2]);
  std::vector<Trade> trades;
  std::vector<std::string> institutions;
  std::string like;
  {
    Record record; // its index is left behind: the server's own command builds it
    like = published_story(record);
    trades = read_trades(*record->vocabulary());
    for (auto const& i : record->vocabulary()->institutions) institutions.push_back(i.code);
    record.catalog.reset();
    std::filesystem::create_directories(folder / "data");
    std::filesystem::copy(record.folder.path / "catalog.sqlite", folder / "data" / "catalog.sqlite");
  }
  std::vector<std::string> names;
  for (auto const& trade : trades) names.push_back(trade.name);
  bench::FinnishText const text(names);
  std::ofstream stories(folder / "story.tsv"), moments(folder / "moment.tsv");
  std::int64_t groups = 0, bytes = 0;
  Database db(folder / "data" / "catalog.sqlite", Database::Mode::writer);
  db.execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN");
  Writer writer(db, like);
  Chance chance(2026);
  for (std::size_t i = 0; i < count; ++i) {
    auto const t = tell(text, institutions, i, chance);
    auto const& trade = trades[t.trade];
    auto digits = std::to_string(i);
    writer.write("s" + std::string(9 - digits.size(), '0') + digits, t, trade);
    std::string speech;
    auto const spoken = speak("fi", t.cues, speech);
    bytes += static_cast<std::int64_t>(speech.size());
    std::size_t number = 0;
    for (auto const group : group_cues(spoken.cues)) {
      moments << i << '\t' << number++ << '\t' << spoken.cues[group.first].start.count() << '\t';
      for (auto c = group.first; c < group.end; ++c) moments << (c > group.first ? " " : "") << t.cues[c].text;
      moments << '\n';
    }
    groups += static_cast<std::int64_t>(number);
    for (char& c : speech)
      if (c == '\n') c = ' ';
    auto const seconds = length_of(t) / 1000;
    stories << i << '\t' << t.title << '\t' << trade.name << '\t' << trade.name << "n arki\t" << t.summary << '\t' << t.institution << "\t{" << trade.field.substr(0, 2) << ','
            << trade.field << "}\t{fi}\t" << (seconds < 180 ? "short" : seconds < 600 ? "medium" : "long") << '\t' << t.published_ms << '\t' << speech << '\n';
    if (i % 2000 == 1999) db.execute("COMMIT; BEGIN");
  }
  db.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  std::ofstream(folder / "queries.json") << ask(text, trades, institutions);
  stories.close();
  moments.close();
  if (!stories || !moments) throw std::runtime_error("the disk is full");
  std::cout << nlohmann::json{{"stories", count}, {"groups", groups}, {"speech_bytes", bytes}} << "\n";
  return 0;
} catch (std::exception const& failure) {
  std::cerr << failure.what() << "\n";
  return 1;
}
