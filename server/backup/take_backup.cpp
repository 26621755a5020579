#include "catalog/record_copy.hpp"
#include "media/kept_files.hpp"
#include "server/backup/backup.hpp"
#include "server/backup/folder.hpp"
#include "server/digest.hpp"
#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <ranges>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

constexpr int most_tries = 5; // videos are replaced by people, not five times within one backup

std::vector<media::KeptFile> files_to_keep(fs::path const& data) {
  auto files = media::kept_files(data / "media");
  for (auto& file : files) file.path = "media/" + file.path;
  for (auto const& entry : fs::directory_iterator(data / "secrets")) {
    struct stat facts {};
    if (::lstat(entry.path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    files.push_back({"secrets/" + entry.path().filename().string(), facts.st_size, std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec});
  }
  return files;
}

/// What earlier snapshots know already, by path.
std::map<std::string, BackupFile> known_files(BackupFolder const& backup) {
  std::map<std::string, BackupFile> known;
  auto const names = backup.snapshots();
  if (names.empty()) return known;
  try {
    for (auto& file : backup.manifest(names.back()).files) known.emplace(file.path, file);
  } catch (std::exception const&) { // it is damaged: everything is read anew
  }
  return known;
}

class Taking {
public:
  Taking(fs::path const& data, BackupFolder const& backup) : data_(data), backup_(backup), known_(known_files(backup)) {}

  enum class Found { settled, lacking, replaced };
  /// One try. `replaced`: something the copied record refers to went meanwhile; `lacking`: it still refers to a file that is
  /// not there, because it is just going or was lost. `settled`: it lacks nothing, or the same as the try before.
  Found copy(BackupManifest& manifest, BackupReport& report) {
    auto const folder = backup_.begin_snapshot();
    auto const record = folder / "catalog.sqlite";
    catalog::copy_record(data_ / "catalog.sqlite", record);
    fs::permissions(record, fs::perms::owner_read | fs::perms::owner_write);
    manifest.record_sha256 = sha256_of_file_at(record.string());
    manifest.files.clear();
    for (auto const& file : files_to_keep(data_)) keep(file, manifest, report);
    auto const copied = catalog::read_record_contents(record);
    auto const now = catalog::read_record_contents(data_ / "catalog.sqlite");
    auto const still = [](auto const& all) { return [&all](auto const& one) { return all.contains(one); }; };
    auto const ids = copied.originals | std::views::keys;
    if (!std::ranges::all_of(ids, still(now.originals)) || !std::ranges::all_of(copied.packages, still(now.packages))) return Found::replaced;
    auto lacking = lacking_files(record, manifest);
    report.earlier_files = keep_earlier(lacking, manifest);
    auto const before = std::exchange(report.lacking, sentences(lacking));
    return report.lacking.empty() || report.lacking == before ? Found::settled : Found::lacking; // what goes is not in the next copy any more
  }

private:
  /// What is damaged, unreadable or lost in the data folder, while the backup has it whole, is kept as it is there, and lacks no
  /// more. Returns how many files.
  int keep_earlier(std::vector<LackingFile>& lacking, BackupManifest& manifest) const {
    std::set<std::string> replaced;
    std::vector<BackupFile> earlier;
    std::erase_if(lacking, [&](LackingFile const& one) {
      BackupFile file{"media/" + one.file.path, 0, one.file.sha256, 0};
      if (auto const known = known_.find(file.path); file.sha256.empty() && known != known_.end()) file.sha256 = known->second.sha256;
      auto const size = file.sha256.empty() ? std::nullopt : backup_.size_of_whole(file.sha256);
      if (!size) return false;
      file.size = *size;
      if (one.damaged) replaced.insert(file.path);
      earlier.push_back(std::move(file));
      return true;
    });
    std::erase_if(manifest.files, [&](BackupFile const& file) { return replaced.contains(file.path); });
    manifest.files.insert(manifest.files.end(), earlier.begin(), earlier.end());
    return static_cast<int>(earlier.size());
  }

  std::vector<std::string> sentences(std::vector<LackingFile> const& lacking) const {
    std::vector<std::string> all;
    for (auto const& [file, damaged] : lacking) {
      auto const why = unreadable_.find("media/" + file.path);
      all.push_back(file.what + (damaged ? " was damaged when it was copied" : why == unreadable_.end() ? " is missing" : " cannot be read: " + why->second));
    }
    return all;
  }

  void keep(media::KeptFile const& file, BackupManifest& manifest, BackupReport& report) {
    auto const known = known_.find(file.path);
    if (known != known_.end() && known->second.size == file.size && known->second.changed_ns == file.changed_ns && backup_.holds(known->second)) {
      manifest.files.push_back(known->second);
      return;
    }
    try {
      bool fresh = false;
      auto kept = backup_.keep(data_ / file.path, fresh);
      kept.path = file.path;
      kept.changed_ns = file.changed_ns;
      if (fresh) {
        ++report.fresh_files;
        report.fresh_bytes += kept.size;
      }
      known_.insert_or_assign(file.path, kept);
      manifest.files.push_back(std::move(kept));
    } catch (SourceError const& failure) {
      if (failure.code() == std::errc::no_such_file_or_directory) return;
      if (!file.path.starts_with("media/")) throw;
      unreadable_.insert_or_assign(file.path, failure.code().message());
    }
  }

  fs::path const& data_;
  BackupFolder const& backup_;
  std::map<std::string, BackupFile> known_;
  std::map<std::string, std::string> unreadable_; // why, by path
};

int note(fs::path const& data, BackupFolder const& backup) {
  auto const lock = backup.lock_withdrawn();
  auto const record = catalog::read_taken_back(data / "catalog.sqlite");
  auto stories = backup.withdrawn();
  // Undone since. What this record does not know stays: it may be an older one than the note.
  std::erase_if(stories, [&](auto const& noted) { return !noted.second && record.standing.contains(noted.first); });
  for (auto const& one : record.withdrawn) stories[one.story] = stories[one.story] || one.erased;
  backup.write_withdrawn(stories);
  auto const before = backup.consents();
  auto consents = before;
  std::erase_if(consents, [&](auto const& noted) { return stories.contains(noted.first); });
  for (auto const& [story, uses] : record.standing) consents[story] = uses;
  if (consents != before) backup.write_consents(consents);
  return static_cast<int>(stories.size());
}

void check_data(fs::path const& data) {
  if (!fs::exists(data / "catalog.sqlite")) throw std::runtime_error(data.string() + " holds no record");
}

/// Sorts by time; unique within a second by a number.
std::string new_name(BackupFolder const& backup, catalog::Time now) {
  auto const name = fmt::format("{:%Y%m%dT%H%M%S}Z", std::chrono::floor<std::chrono::seconds>(now));
  auto const names = backup.snapshots();
  // A clock set back must not make this one look older than what it follows.
  auto const newest = names.empty() ? std::string() : names.back();
  if (name > newest) return name;
  auto const dash = newest.rfind('-');
  int const number = dash == std::string::npos ? 1 : std::stoi(newest.substr(dash + 1)) + 1;
  return fmt::format("{}-{:04}", newest.substr(0, dash), number);
}

} // namespace

BackupReport take_backup(fs::path const& data, fs::path const& folder, int keep_snapshots, catalog::Time now) {
  check_data(data);
  BackupFolder const backup(folder, BackupFolder::Use::write);
  Taking taking(data, backup);
  BackupManifest manifest;
  BackupReport report;
  auto found = taking.copy(manifest, report);
  for (int tries = 1; found != Taking::Found::settled && tries < most_tries; ++tries) found = taking.copy(manifest, report);
  if (found == Taking::Found::replaced) throw std::runtime_error("videos were replaced or erased all the while; try again later");
  report.files = static_cast<int>(manifest.files.size());
  report.snapshot = new_name(backup, now);
  note(data, backup);
  backup.finish_snapshot(report.snapshot, manifest);
  report.pruned = backup.prune(std::max(1, keep_snapshots));
  return report;
}

int note_withdrawals(fs::path const& data, fs::path const& folder) {
  check_data(data);
  return note(data, BackupFolder(folder, BackupFolder::Use::note));
}

} // namespace tarina::server
