// A backup folder: what is in it, and how it is written so that a crash leaves either the old or the new.
//   objects/ab/abcdef…        every media file once, named by its SHA-256; shared by all snapshots
//   snapshots/{time}/         catalog.sqlite and manifest.json, as of that time
//   withdrawn.json            who took their story back, as of the newest note: no restore brings those back
//   consents.json             to which uses the tellers of the others agree, as of the same: no restore allows more
#pragma once
#include "catalog/record_copy.hpp"
#include "server/file_lock.hpp"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace tarina::server {

struct BackupFile {
  std::string path;            // below the data folder: "media/originals/…", "media/packages/…", "secrets/…"
  std::int64_t size = 0;       // bytes
  std::string sha256;          // lower-case hex; names the object
  std::int64_t changed_ns = 0; // when the source last changed: same path, size and time mean the same bytes
};

struct BackupManifest {
  std::string record_sha256; // of catalog.sqlite
  std::vector<BackupFile> files;
};

/// withdrawn.json in a backup or beside bags: public id → whether the story is erased, not only withdrawn; empty when the
/// folder has no such file. Throws std::runtime_error when it cannot be understood.
std::map<std::string, bool> read_withdrawn(std::filesystem::path const& folder);
/// Durable when it returns.
void write_withdrawn(std::filesystem::path const& folder, std::map<std::string, bool> const& stories);

/// Everything is durable when a call returns. I/O failures throw std::system_error or std::filesystem::filesystem_error.
class BackupFolder {
public:
  enum class Use { read, write, note };
  /// For writing it is created, readable by its owner only, and locked against another backup; throws when that holds it. For
  /// notes of withdrawals it is created too: those need not wait until a long backup has ended.
  BackupFolder(std::filesystem::path root, Use use);

  std::vector<std::string> snapshots() const; // oldest first
  std::filesystem::path snapshot(std::string const& name) const { return root_ / "snapshots" / name; }
  std::filesystem::path object(std::string const& sha256) const { return root_ / "objects" / sha256.substr(0, 2) / sha256; }
  /// Throws std::runtime_error when it is missing or not ours.
  BackupManifest manifest(std::string const& snapshot) const;

  /// Keeps the bytes of `source` as an object and tells their size and hash; `false` in `fresh` when they were there.
  /// Throws SourceError, with ENOENT when the source is gone. Durable only after `finish_snapshot`.
  BackupFile keep(std::filesystem::path const& source, bool& fresh) const;
  /// Whether the object is here with that many bytes; only verify_backup() reads them all.
  bool holds(BackupFile const&) const;
  /// Reads it: how many bytes the object of that name has when they are the right ones; nothing when it is not here, damaged,
  /// or cannot be read.
  std::optional<std::int64_t> size_of_whole(std::string const& sha256) const;
  /// Brings an object's bytes to `place`, checked; what stood there stays when they are not right. Not yet durable. False when
  /// the object is not here or damaged itself.
  bool bring(std::string const& sha256, std::filesystem::path const& place) const;
  /// As bring(), and a power cut leaves the old or the new; the folder is made when it is missing. Durable.
  bool put_back(std::string const& sha256, std::filesystem::path const& place) const;
  /// A damaged object is renamed, so that the next backup copies its file anew.
  void set_aside(std::string const& sha256) const;
  /// A folder for a snapshot in the making; what an earlier one left behind goes.
  std::filesystem::path begin_snapshot() const;
  /// Makes objects and the begun snapshot durable and gives it its name.
  void finish_snapshot(std::string const& name, BackupManifest const&) const;
  /// Removes all snapshots but the newest `keep`, and every object that none of those refers to: of what was erased since, and
  /// what was copied and not used. Returns how many objects went: none while a manifest cannot be read, which verify tells.
  int prune(int keep) const;

  /// While it is held, no other process notes withdrawals; waits for one that does.
  FileLock lock_withdrawn() const;
  /// See read_withdrawn().
  std::map<std::string, bool> withdrawn() const { return read_withdrawn(root_); }
  void write_withdrawn(std::map<std::string, bool> const& stories) const { server::write_withdrawn(root_, stories); }

  /// By story; empty when none were noted yet. Throws std::runtime_error when the file cannot be understood.
  std::map<std::string, catalog::Uses> consents() const;
  void write_consents(std::map<std::string, catalog::Uses> const&) const;

private:
  /// Checked; nothing when the object is not here or damaged.
  std::optional<std::filesystem::path> copy_beside(std::string const& sha256, std::filesystem::path const& place) const;

  std::filesystem::path root_;
  std::unique_ptr<FileLock> lock_;
};

/// What a snapshot lacks.
struct LackingFile {
  catalog::RecordFile file;
  bool damaged = false; // it is there, and not what the record knows it as
};
/// Files the record of a snapshot refers to and `manifest` has not, or has otherwise.
std::vector<LackingFile> lacking_files(std::filesystem::path const& record, BackupManifest const&);

/// The source of a copy cannot be opened or read.
struct SourceError : std::system_error {
  using std::system_error::system_error;
};
/// Copies a file's bytes and gives their SHA-256; the copy is new, private and not yet synced. Throws SourceError, or
/// std::system_error where the copy cannot be written.
BackupFile copy_hashed(std::filesystem::path const& from, std::filesystem::path const& to);
/// syncfs(2): everything written to that disk.
void sync_disk(std::filesystem::path const& folder);
/// Readable by its owner only; one that is there becomes so.
void make_private_folder(std::filesystem::path const& folder);
/// A private file, replaced as a whole and durable: write → fsync → rename → fsync of the folder. Throws std::system_error.
void write_text(std::filesystem::path const& file, std::string const& text);

} // namespace tarina::server
