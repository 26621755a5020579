#include "server/fixity/verify_data.hpp"
#include "media/store.hpp"
#include "server/backup/folder.hpp"
#include "server/fixity/check_files.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

using catalog::FixityOutcome;
using catalog::FixityTarget;

bool wait_on_this_thread(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
  return true;
}

/// Brings back what the backup has; gives the places of those files. None of a target that is not to be verified any more:
/// what was erased meanwhile must not come back.
std::vector<fs::path> bring_back(BackupFolder const& backup, VerifyDataOptions const& options, catalog::Fixity const& fixity, FixityTarget const& target,
                                 FixityOutcome const& found) {
  std::vector<fs::path> done;
  for (auto const& trouble : found.troubles) {
    if (!fixity.target(target.kind, target.id)) break;
    auto const file = std::find_if(target.files.begin(), target.files.end(), [&](media::FileSum const& sum) { return sum.name == trouble.name; });
    auto const place = place_of(target.kind, target.id, trouble.name);
    if (file == target.files.end() || file->sha256.empty() || !backup.put_back(file->sha256, options.data / place)) {
      options.say(fmt::format("{}: not in the backup", place));
      continue;
    }
    options.say(fmt::format("{}: brought back", place));
    done.push_back(options.data / place);
  }
  return done;
}

/// Their story was erased, or their video replaced, while they were brought back.
void remove_again(std::vector<fs::path> const& files, VerifyDataOptions const& options) {
  for (auto const& file : files) {
    fs::remove(file);
    // Of a package also its folders, but neither media/packages nor media/originals.
    auto const media = options.data / "media";
    for (auto folder = file.parent_path(); folder.parent_path() != media && fs::is_empty(folder); folder = folder.parent_path()) fs::remove(folder);
    options.say(fmt::format("{}: removed again, for nobody wants it any more", file.lexically_relative(options.data).string()));
  }
}

} // namespace

VerifyDataReport verify_data(VerifyDataOptions const& options) {
  if (!fs::exists(options.data / "catalog.sqlite")) throw std::runtime_error(options.data.string() + " holds no record");
  if (!options.repair_from.empty()) {
    struct stat owner{};
    if (::stat(options.data.c_str(), &owner) != 0 || owner.st_uid != ::geteuid())
      throw std::runtime_error(options.data.string() + " belongs to another user, who could not read what is brought back: run this as that user (sudo -u)");
  }
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
    std::vector<fs::path> back;
    if (!outcome->troubles.empty() && backup) {
      back = bring_back(*backup, options, fixity, *target, *outcome);
      if (!back.empty()) outcome = check_files(store, *target, pace);
    }
    if (options.looked) options.looked(*target);
    bool const recorded = fixity.record(*target, *outcome, 0);
    if (!recorded && !fixity.may_be_wanted(target->kind, target->id)) {
      remove_again(back, options);
      continue;
    }
    report.brought_back += static_cast<std::int64_t>(back.size());
    if (!recorded) continue;
    report.first_seen += static_cast<std::int64_t>(outcome->first_seen.size());
    for (auto const& trouble : outcome->troubles)
      options.say(fmt::format("{}: {} ({}), of story {}", place_of(target->kind, target->id, trouble.name), problem_name(trouble.problem), trouble.detail, target->story));
    report.wrong += static_cast<std::int64_t>(outcome->troubles.size());
  }
  return report;
}

} // namespace tarina::server
