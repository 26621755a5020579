#include "catalog/record_copy.hpp"
#include "media/kept_files.hpp"
#include "server/backup/backup.hpp"
#include "server/backup/folder.hpp"
#include "server/digest.hpp"
#include <fmt/format.h>
#include <set>
#include <system_error>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

void verify_record(BackupFolder const& backup, std::string const& name, BackupManifest const& manifest, std::vector<std::string>& damage) {
  auto const record = backup.snapshot(name) / "catalog.sqlite";
  if (sha256_of_file_at(record.string()) != manifest.record_sha256) {
    damage.push_back(fmt::format("snapshot {}: the record is not what was written", name));
    return;
  }
  if (auto const wrong = catalog::check_record(record); !wrong.empty()) damage.push_back(fmt::format("snapshot {}: {}", name, wrong));
  std::set<std::string, std::less<>> paths;
  for (auto const& file : manifest.files) paths.insert(file.path);
  auto const contents = catalog::read_record_contents(record);
  for (auto const& original : contents.originals)
    if (!paths.contains("media/" + media::original_path(original))) damage.push_back(fmt::format("snapshot {}: original {} is missing", name, original));
  for (auto const& package : contents.packages)
    if (!paths.contains("media/" + media::package_path(package) + "/main.m3u8")) damage.push_back(fmt::format("snapshot {}: package {} is missing", name, package));
}

} // namespace

VerifyReport verify_backup(fs::path const& folder) {
  BackupFolder const backup(folder, BackupFolder::Use::read);
  VerifyReport report;
  std::set<std::string> seen;
  for (auto const& name : backup.snapshots()) {
    ++report.snapshots;
    try {
      auto const manifest = backup.manifest(name);
      verify_record(backup, name, manifest, report.damage);
      for (auto const& file : manifest.files) {
        if (!seen.insert(file.sha256).second) continue;
        ++report.objects;
        try {
          if (sha256_of_file_at(backup.object(file.sha256).string()) != file.sha256) report.damage.push_back(fmt::format("{} is damaged ({})", file.path, file.sha256));
        } catch (std::system_error const& failure) {
          report.damage.push_back(fmt::format("{} cannot be read: {}", file.path, failure.what()));
        }
      }
    } catch (std::exception const& failure) {
      report.damage.push_back(fmt::format("snapshot {}: {}", name, failure.what()));
    }
  }
  return report;
}

} // namespace tarina::server
