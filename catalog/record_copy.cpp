#include "catalog/record_copy.hpp"
#include "catalog/database.hpp"
#include "catalog/migrations.hpp"
#include "catalog/package_rows.hpp"
#include "catalog/rows.hpp"
#include "media/kept_files.hpp"
#include <algorithm>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tarina::catalog {
namespace {

void sync_file(std::filesystem::path const& file) {
  int const fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  bool const done = fd >= 0 && ::fsync(fd) == 0;
  int const code = errno;
  if (fd >= 0) ::close(fd);
  if (!done) throw std::system_error(code, std::generic_category(), "cannot write " + file.string());
}

} // namespace

void copy_record(std::filesystem::path const& record, std::filesystem::path const& to) {
  {
    Database db(record, Database::Mode::writer);
    db.run("VACUUM INTO ?1", to.string());
  }
  sync_file(to);
}

RecordContents read_record_contents(std::filesystem::path const& copy) {
  Database db(copy, Database::Mode::reader);
  RecordContents contents;
  // The files of a story whose time is over go before its rows do.
  for (auto q = db.query("SELECT o.public_id, o.sha256 FROM original o JOIN story s ON s.id = o.story_id WHERE s.erase_at IS NOT 0"); q.step();) {
    auto id = q.text();
    contents.originals.emplace(std::move(id), q.text());
  }
  for (auto q = db.query("SELECT p.public_id FROM package p JOIN story s ON s.id = p.story_id WHERE p.state = 'published' AND s.erase_at IS NOT 0"); q.step();) contents.packages.insert(q.text());
  return contents;
}

void each_file(std::filesystem::path const& copy, std::function<void(RecordFile const&)> const& take) {
  for (auto const& [original, sha256] : read_record_contents(copy).originals) take({media::original_path(original), sha256, "original " + original});
  Database db(copy, Database::Mode::reader);
  for (auto q = db.query("SELECT p.id, p.public_id, p.facts FROM package p JOIN story s ON s.id = p.story_id WHERE p.state = 'published' AND s.erase_at IS NOT 0"); q.step();) {
    auto const row = q.integer();
    auto const package = q.text();
    for (auto const& file : files_of_package(db, row, q.text()))
      take({media::package_path(package) + "/" + file.name, file.sha256, file.name + " of package " + package});
  }
}

TakenBack read_taken_back(std::filesystem::path const& record) {
  Database db(record, Database::Mode::reader);
  TakenBack stories;
  stories.withdrawn = withdrawn_stories(db);
  for (auto q = db.query("SELECT s.public_id, coalesce(c.watch, 0), coalesce(c.class_download, 0), coalesce(c.embed, 0), coalesce(c.feeds, 0) FROM story s"
                         " LEFT JOIN consent c ON c.story_id = s.id AND c.ended_at IS NULL WHERE s.state <> 'withdrawn'"); q.step();) {
    auto& uses = stories.standing[q.text()];
    for (auto* use : {&uses.watch, &uses.class_download, &uses.embed, &uses.feeds}) *use = q.flag();
  }
  return stories;
}

std::vector<WithdrawnStory> withdrawn_stories(Database& db) {
  std::vector<WithdrawnStory> all;
  for (auto q = db.query("SELECT public_id, erased_at IS NOT NULL OR erase_at = 0 FROM story WHERE state = 'withdrawn' ORDER BY 1"); q.step();) {
    auto& one = all.emplace_back();
    one.story = q.text();
    one.erased = q.flag();
  }
  return all;
}

std::string check_record(std::filesystem::path const& copy) {
  Database db(copy, Database::Mode::reader);
  std::string wrong;
  for (auto q = db.query("PRAGMA integrity_check"); q.step();)
    if (auto line = q.text(); line != "ok") wrong += line + "\n";
  for (auto q = db.query("PRAGMA foreign_key_check"); q.step();) wrong += "a row of " + q.text() + " refers to nothing\n";
  return wrong;
}

int begin_work_again(std::filesystem::path const& record, Time now) {
  Database db(record, Database::Mode::writer);
  migrate(db); // a snapshot may come from an earlier version
  struct Making { std::int64_t story, original; bool repair; };
  std::vector<Making> making;
  db.execute("BEGIN IMMEDIATE");
  for (auto q = db.query("SELECT p.story_id, p.original_id, p.repair FROM package p JOIN story s ON s.id = p.story_id"
                         " WHERE p.state IN ('making', 'complete') AND s.state <> 'withdrawn' ORDER BY p.id"); q.step();) {
    auto const story = q.integer();
    auto const original = q.integer();
    making.push_back({story, original, q.flag()});
  }
  for (auto const& one : making) {
    if (one.repair) end_repairs(db, one.story); // the next walk tells whether it is still needed
    else start_package(db, one.story, one.original, now);
  }
  db.run("DELETE FROM upload WHERE finished_at IS NULL");
  // Signed out or used since, perhaps: whoever works here signs in anew.
  db.run("DELETE FROM session");
  db.run("DELETE FROM sign_in_link");
  db.execute("COMMIT");
  return static_cast<int>(std::count_if(making.begin(), making.end(), [](Making const& one) { return !one.repair; }));
}

} // namespace tarina::catalog
