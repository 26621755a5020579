#include "catalog/catalog.hpp"
#include "catalog/record_copy.hpp"
#include "media/kept_files.hpp"
#include "media/store.hpp"
#include "server/backup/backup.hpp"
#include "server/backup/folder.hpp"
#include "server/digest.hpp"
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

void bring_back(BackupFolder const& backup, BackupFile const& file, fs::path const& data) {
  if (!is_backup_path(file.path)) throw std::runtime_error("the manifest names a file that no backup holds: " + file.path);
  auto const place = data / file.path;
  fs::create_directories(place.parent_path());
  for (auto folder = place.parent_path(); folder != data; folder = folder.parent_path()) fs::permissions(folder, fs::perms::owner_all);
  auto const copied = copy_hashed(backup.object(file.sha256), place);
  if (copied.sha256 != file.sha256 || copied.size != file.size) throw std::runtime_error("the backup of " + file.path + " is damaged; run verify, or restore an earlier snapshot");
}

/// Only what the record still shows as standing is taken back: the withdrawals in the snapshot itself are in it.
void replay(std::map<std::string, bool> const& withdrawn, catalog::Catalog& catalog, media::MediaStore& store, RestoreReport& report) {
  auto const system = catalog::Actor::system();
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
    ++report.erased;
  }
  sweep_once(catalog, store);
}

} // namespace

RestoreReport restore_backup(fs::path const& folder, std::string snapshot, fs::path const& data, catalog::Clock clock) {
  if (fs::exists(data / "catalog.sqlite")) throw std::runtime_error(data.string() + " holds a record already; restore into another folder");
  BackupFolder const backup(folder, BackupFolder::Use::read);
  auto const names = backup.snapshots();
  if (names.empty()) throw std::runtime_error(folder.string() + " holds no finished snapshot");
  if (snapshot.empty()) snapshot = names.back();
  if (std::find(names.begin(), names.end(), snapshot) == names.end()) throw std::runtime_error("no snapshot is called " + snapshot);
  auto const manifest = backup.manifest(snapshot);
  RestoreReport report;
  report.snapshot = snapshot;
  fs::create_directories(data);
  fs::permissions(data, fs::perms::owner_all);
  for (auto const& file : manifest.files) bring_back(backup, file, data);
  report.files = static_cast<int>(manifest.files.size());

  // Made ready beside its name: a restore that was cut off leaves no record behind that a server would open.
  auto const half = data / "restoring";
  fs::remove_all(half);
  fs::create_directories(half);
  fs::permissions(half, fs::perms::owner_all);
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
  }
  sync_disk(data);
  fs::rename(half / "search.sqlite", data / "search.sqlite");
  fs::rename(record, data / "catalog.sqlite");
  fs::remove_all(half);
  sync_disk(data);
  return report;
}

} // namespace tarina::server
