#include "catalog/catalog.hpp"
#include "catalog/record_copy.hpp"
#include "media/kept_files.hpp"
#include "media/store.hpp"
#include "server/backup/backup.hpp"
#include "server/backup/folder.hpp"
#include "server/digest.hpp"
#include "server/file_lock.hpp"
#include "server/work.hpp"
#include <algorithm>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

bool is_backup_path(std::string_view path) {
  if (path.starts_with("media/")) return media::is_kept_path(path.substr(6));
  if (!path.starts_with("secrets/")) return false;
  auto const name = path.substr(8);
  return !name.empty() && !name.starts_with('.') && name.find('/') == std::string_view::npos;
}

/// A file that stands there already, whole, stays; another is replaced only once the backup's bytes proved right.
void bring_back(BackupFolder const& backup, BackupFile const& file, fs::path const& data) {
  if (!is_backup_path(file.path)) throw std::runtime_error("the manifest names a file that no backup holds: " + file.path);
  auto folder = data;
  for (auto const& part : fs::path(file.path).parent_path()) make_private_folder(folder /= part);
  auto const place = data / file.path;
  std::error_code none;
  if (fs::is_regular_file(fs::symlink_status(place, none)) && fs::file_size(place) == static_cast<std::uintmax_t>(file.size) && sha256_of_file_at(place.string()) == file.sha256) return;
  if (!backup.bring(file.sha256, place)) throw std::runtime_error("the backup of " + file.path + " is missing or damaged; run verify, or restore an earlier snapshot");
}

/// What an earlier record left here would be taken for a part of the restored one (sqlite.org/wal.html).
void refuse_remains(fs::path const& data) {
  if (fs::exists(data / "catalog.sqlite")) throw std::runtime_error(data.string() + " holds a record already; restore into another folder");
  for (auto const* name : {"catalog.sqlite-wal", "catalog.sqlite-shm", "catalog.sqlite-journal"})
    if (fs::exists(data / name)) throw std::runtime_error(data.string() + " holds " + name + " of an earlier record; move it away first");
}

/// Only what the record still shows as standing is taken back: the withdrawals in the snapshot itself are in it.
void replay(std::map<std::string, bool> const& withdrawn, catalog::Catalog& catalog, media::MediaStore& store, RestoreReport& report) {
  auto const system = catalog::Actor::system();
  std::vector<std::string> erased_now;
  for (auto const& [story, erased] : withdrawn) {
    auto const found = catalog.story(system, story);
    if (!found) continue; // came after the snapshot
    bool const standing = found->state != catalog::StoryState::withdrawn;
    if (standing) {
      catalog.withdraw(system, story).value(); // or there is no restore
      ++report.withdrawn;
    }
    auto const tombstone = catalog.tombstone(story);
    if (!erased || !tombstone || tombstone->erased_at) continue;
    catalog.erase_now(system, story).value();
    erased_now.push_back(story);
  }
  sweep_once(catalog, store);
  for (auto const& story : erased_now) {
    auto const tombstone = catalog.tombstone(story);
    if (!tombstone || !tombstone->erased_at) throw std::runtime_error("story " + story + ", which was taken back after the snapshot, could not be erased");
    ++report.erased;
  }
}

/// Uses that a teller has unticked after the snapshot stay unticked.
void narrow(std::map<std::string, catalog::Uses> const& noted, catalog::Catalog& catalog, RestoreReport& report) {
  auto const system = catalog::Actor::system();
  for (auto const& [story, uses] : noted) {
    auto const all = catalog.consents(system, story);
    if (!all || all->empty() || all->back().ended_at) continue; // came after the snapshot, or is withdrawn
    catalog::NewConsent consent = all->back();
    auto& now = consent.uses;
    now = {now.watch && uses.watch, now.class_download && uses.class_download, now.embed && uses.embed, now.feeds && uses.feeds};
    if (now == all->back().uses) continue;
    catalog.give_consent(system, story, consent).value();
    ++report.narrowed;
  }
}

} // namespace

RestoreReport restore_backup(fs::path const& folder, std::string snapshot, fs::path const& data, catalog::Clock clock) {
  refuse_remains(data);
  BackupFolder const backup(folder, BackupFolder::Use::read);
  auto const names = backup.snapshots();
  if (names.empty()) throw std::runtime_error(folder.string() + " holds no finished snapshot");
  if (snapshot.empty()) snapshot = names.back();
  if (std::find(names.begin(), names.end(), snapshot) == names.end()) throw std::runtime_error("no snapshot is called " + snapshot);
  auto const manifest = backup.manifest(snapshot);
  RestoreReport report;
  report.snapshot = snapshot;
  make_private_folder(data);
  FolderLock const lock(data); // a server that its socket wakes meanwhile must not begin a record of its own
  refuse_remains(data);
  for (auto const& file : manifest.files) bring_back(backup, file, data);
  report.files = static_cast<int>(manifest.files.size());

  // Made ready beside its name: a restore that was cut off leaves no record behind that a server would open.
  auto const half = data / "restoring";
  fs::remove_all(half);
  make_private_folder(half);
  auto const record = half / "catalog.sqlite";
  if (copy_hashed(backup.snapshot(snapshot) / "catalog.sqlite", record).sha256 != manifest.record_sha256)
    throw std::runtime_error("the record of snapshot " + snapshot + " is damaged; restore an earlier one");
  report.begun_again = catalog::begin_work_again(record, clock());
  {
    catalog::CatalogOptions options;
    options.folder = half;
    options.clock = clock;
    catalog::Catalog catalog(options);
    media::MediaStore store(data / "media");
    replay(backup.withdrawn(), catalog, store, report);
    narrow(backup.consents(), catalog, report);
  }
  // SQLite says nothing when its last checkpoint fails, and what was taken back is in there.
  if (fs::exists(half / "catalog.sqlite-wal")) throw std::runtime_error("the restored record could not be written whole; is the disk full?");
  for (auto const* name : {"search.sqlite", "search.sqlite-wal", "search.sqlite-shm"}) fs::remove(data / name);
  sync_disk(data);
  fs::rename(half / "search.sqlite", data / "search.sqlite");
  fs::rename(record, data / "catalog.sqlite");
  fs::remove_all(half);
  sync_disk(data);
  return report;
}

} // namespace tarina::server
