#include "catalog/record_copy.hpp"
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
  for (auto const& [file, damaged] : lacking_files(record, manifest)) damage.push_back(fmt::format("snapshot {}: {} {}", name, file.what, damaged ? "was damaged when it was copied" : "is missing"));
}

} // namespace

std::vector<LackingFile> lacking_files(fs::path const& record, BackupManifest const& manifest) {
  std::map<std::string_view, BackupFile const*> by_path;
  for (auto const& file : manifest.files) by_path.emplace(file.path, &file);
  std::vector<LackingFile> lacking;
  catalog::each_file(record, [&](catalog::RecordFile const& file) {
    auto const found = by_path.find("media/" + file.path);
    bool const missing = found == by_path.end();
    if (missing || (!file.sha256.empty() && found->second->sha256 != file.sha256)) lacking.push_back({file, !missing});
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
