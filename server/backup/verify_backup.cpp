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
  for (auto const& lacking : lacking_files(record, catalog::read_record_contents(record), manifest)) damage.push_back(fmt::format("snapshot {}: {}", name, lacking));
}

} // namespace

std::vector<std::string> lacking_files(fs::path const& record, catalog::RecordContents const& contents, BackupManifest const& manifest) {
  std::map<std::string_view, BackupFile const*> by_path;
  for (auto const& file : manifest.files) by_path.emplace(file.path, &file);
  std::vector<std::string> lacking;
  for (auto const& [original, sha256] : contents.originals) {
    auto const found = by_path.find("media/" + media::original_path(original));
    if (found == by_path.end()) lacking.push_back(fmt::format("original {} is missing", original));
    else if (found->second->sha256 != sha256) lacking.push_back(fmt::format("original {} was damaged when it was copied", original));
  }
  catalog::each_package_file(record, [&](std::string const& package, std::string const& name) {
    if (!by_path.contains("media/" + media::package_path(package) + "/" + name)) lacking.push_back(fmt::format("{} of package {} is missing", name, package));
  });
  return lacking;
}

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
          if (sha256_of_file_at(backup.object(file.sha256).string()) == file.sha256) continue;
          report.damage.push_back(fmt::format("{} is damaged ({}); the next backup copies it anew", file.path, file.sha256));
          backup.set_aside(file.sha256);
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
