// tarina-server backup, restore and verify: the record and the media, in a folder, beside a running server.
#pragma once
#include "catalog/clock.hpp"
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tarina::server {

struct BackupReport {
  std::string snapshot;
  int files = 0, fresh_files = 0; // in the snapshot; of these not in the backup before
  std::int64_t fresh_bytes = 0;
  int earlier_files = 0;          // damaged or lost in the data folder, taken over from an earlier snapshot
  int pruned = 0;                 // objects no kept snapshot needs
  std::vector<std::string> lacking; // sentences: files that the record refers to and nobody has whole
};

/// Takes a snapshot of the data folder while a server may be using it. Media files are copied once, ever. A snapshot
/// refers to no file that it lacks: when files went while it was taken, it is taken again. Blocking.
/// Throws std::runtime_error with a sentence for the operator.
BackupReport take_backup(std::filesystem::path const& data, std::filesystem::path const& backup, int keep_snapshots, catalog::Time now);
/// Only notes who took their story back, and what the others agree to; quick enough for every minute. Returns how many stories are noted.
int note_withdrawals(std::filesystem::path const& data, std::filesystem::path const& backup);

struct RestoreReport {
  std::string snapshot;
  int files = 0;
  int begun_again = 0;          // videos whose making begins anew
  int withdrawn = 0, erased = 0; // stories that were taken back after the snapshot
  int narrowed = 0;              // stories whose tellers agree to fewer uses than at the snapshot
};

/// Brings a snapshot (empty: the newest) into a data folder that holds no record yet, every byte checked by its hash, and
/// takes back again what was withdrawn since, whole stories and single uses. Throws std::runtime_error; the folder then holds no record.
RestoreReport restore_backup(std::filesystem::path const& backup, std::string snapshot, std::filesystem::path const& data, catalog::Clock clock);

struct VerifyReport {
  int snapshots = 0, objects = 0;
  std::vector<std::string> damage; // sentences; empty when all is sound
};

/// Reads every byte of the backup: hashes, SQLite's own checks, and that no snapshot lacks a file its record refers to.
VerifyReport verify_backup(std::filesystem::path const& backup);

} // namespace tarina::server
