#include "server/fixity/verify_data.hpp"
#include "media/store.hpp"
#include "server/backup/folder.hpp"
#include "server/fixity/check_files.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <thread>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

using catalog::FixityOutcome;
using catalog::FixityTarget;

bool wait_on_this_thread(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
  return true;
}

/// Brings back what the backup has; returns how many files.
std::int64_t bring_back(BackupFolder const& backup, VerifyDataOptions const& options, FixityTarget const& target, FixityOutcome const& found) {
  std::int64_t done = 0;
  for (auto const& trouble : found.troubles) {
    auto const file = std::find_if(target.files.begin(), target.files.end(), [&](media::FileSum const& sum) { return sum.name == trouble.name; });
    auto const place = place_of(target.kind, target.id, trouble.name);
    if (file == target.files.end() || file->sha256.empty() || !backup.put_back(file->sha256, options.data / place)) {
      options.say(fmt::format("{}: not in the backup", place));
      continue;
    }
    options.say(fmt::format("{}: brought back", place));
    ++done;
  }
  return done;
}

} // namespace

VerifyDataReport verify_data(VerifyDataOptions const& options) {
  if (!fs::exists(options.data / "catalog.sqlite")) throw std::runtime_error(options.data.string() + " holds no record");
  std::optional<BackupFolder> backup;
  if (!options.repair_from.empty()) backup.emplace(options.repair_from, BackupFolder::Use::read);
  catalog::CatalogOptions record;
  record.folder = options.data;
  record.search = catalog::SearchStart::never; // a server may be running
  catalog::Catalog catalog(std::move(record));
  catalog::Fixity fixity(catalog);
  media::MediaStore const store(options.data / "media");
  ReadingPace pace(options.bytes_per_second, catalog::steady_clock(), wait_on_this_thread);

  VerifyDataReport report;
  for (auto const& each : fixity.everything()) {
    auto const target = fixity.target(each.kind, each.id);
    if (!target) continue; // withdrawn, replaced or erased meanwhile
    auto outcome = check_files(store, *target, pace);
    report.files += outcome->files;
    report.bytes += outcome->bytes;
    if (!outcome->troubles.empty() && backup) {
      auto const back = bring_back(*backup, options, *target, *outcome);
      report.brought_back += back;
      if (back > 0) outcome = check_files(store, *target, pace);
    }
    report.first_seen += static_cast<std::int64_t>(outcome->first_seen.size());
    if (!fixity.record(*target, *outcome, 0)) continue;
    for (auto const& trouble : outcome->troubles)
      options.say(fmt::format("{}: {} ({}), of story {}", place_of(target->kind, target->id, trouble.name), problem_name(trouble.problem), trouble.detail, target->story));
    report.wrong += static_cast<std::int64_t>(outcome->troubles.size());
  }
  return report;
}

} // namespace tarina::server
