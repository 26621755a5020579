// Copies of the record that a backup keeps, and what must happen to one that comes back.
#pragma once
#include "catalog/clock.hpp"
#include "catalog/consent.hpp"
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tarina::catalog {

class Database;

/// A story its teller took back; `erased` when the time to undo that is over or was given up.
struct WithdrawnStory {
  std::string story; // public id
  bool erased = false;
};

/// What a backup must know of one copy. Ids are those of media::MediaStore.
struct RecordContents {
  std::map<std::string, std::string> originals; // whose files it refers to, with their SHA-256
  std::set<std::string> packages;               // likewise, once published
};

struct TakenBack {
  std::vector<WithdrawnStory> withdrawn; // by id
  std::map<std::string, Uses> standing;  // the other stories, and what their tellers agree to now
};

/// Writes the record as of one moment to `to`, which must not exist, without disturbing whoever writes to it meanwhile
/// (VACUUM INTO: no byte of deleted rows comes along). Throws DatabaseError. Durable when it returns.
void copy_record(std::filesystem::path const& record, std::filesystem::path const& to);
/// Of a copy. Throws DatabaseError when it cannot be read.
RecordContents read_record_contents(std::filesystem::path const& copy);
/// A file that a copy refers to.
struct RecordFile {
  std::string path;   // in the media store: see media::kept_files()
  std::string sha256; // lower-case hex; empty: not known
  std::string what;   // for people: "original x", "v720/index.m3u8 of package y"
};
/// Of a copy: its originals, then every file of every published package.
void each_file(std::filesystem::path const& copy, std::function<void(RecordFile const&)> const&);
/// Of a copy or of a record in use. Throws DatabaseError.
TakenBack read_taken_back(std::filesystem::path const& record);
/// By id.
std::vector<WithdrawnStory> withdrawn_stories(Database&);
/// PRAGMA integrity_check and foreign keys of a copy; empty when sound, else what is wrong.
std::string check_record(std::filesystem::path const& copy);
/// Before a copy serves again: videos that were being made have lost what was made of them, so their making begins anew,
/// and uploads under way lost their bytes and end. Sessions and sign-in links end too: they may have been ended since. Returns
/// how many videos.
int begin_work_again(std::filesystem::path const& record, Time now);

} // namespace tarina::catalog
