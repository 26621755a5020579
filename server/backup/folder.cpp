#include "server/backup/folder.hpp"
#include "media/durable.hpp"
#include "server/digest.hpp"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tarina::server {
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr int format = 1;

class Descriptor {
public:
  Descriptor(fs::path const& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), path.string());
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(Descriptor const&) = delete;
  int get() const { return fd_; }

private:
  int fd_;
};

} // namespace

void make_private_folder(fs::path const& folder) {
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
}

void write_text(fs::path const& file, std::string const& text) {
  auto const fresh = fs::path(file).concat(".new");
  {
    Descriptor const out(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    std::string_view rest = text;
    while (!rest.empty()) {
      auto const n = ::write(out.get(), rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw std::system_error(errno, std::generic_category(), fresh.string());
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(out.get()) != 0) throw std::system_error(errno, std::generic_category(), fresh.string());
  }
  fs::rename(fresh, file);
  media::sync_folder(file.parent_path());
}

namespace {

Json read_json(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  auto json = Json::parse(in, nullptr, false);
  if (json.is_discarded() || json.value("format", 0) != format) throw std::runtime_error(file.string() + " is missing or not a part of a backup");
  return json;
}

} // namespace

BackupFile copy_hashed(fs::path const& from, fs::path const& to) {
  auto const unreadable = [&from](int code) { return SourceError(code, std::generic_category(), from.string()); };
  auto const source = [&] {
    try {
      return std::make_unique<Descriptor>(from, O_RDONLY);
    } catch (std::system_error const& failure) {
      throw unreadable(failure.code().value());
    }
  }();
  Descriptor const out(to, O_WRONLY | O_CREAT | O_TRUNC);
  Sha256 digest;
  BackupFile file;
  std::string buffer(1 << 20, '\0');
  for (;;) {
    auto const n = ::read(source->get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw unreadable(errno);
    if (n == 0) break;
    auto rest = std::string_view(buffer).substr(0, static_cast<std::size_t>(n));
    digest.add(rest);
    file.size += n;
    while (!rest.empty()) {
      auto const written = ::write(out.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw std::system_error(errno, std::generic_category(), to.string());
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  file.sha256 = digest.hex();
  return file;
}

void sync_disk(fs::path const& folder) {
  Descriptor const open(folder, O_RDONLY | O_DIRECTORY);
  if (::syncfs(open.get()) != 0) throw std::system_error(errno, std::generic_category(), folder.string());
}

BackupFolder::BackupFolder(fs::path root, Use use) : root_(std::move(root)) {
  if (use == Use::read) {
    if (!fs::is_directory(root_ / "snapshots")) throw std::runtime_error(root_.string() + " holds no backup");
    return;
  }
  for (auto const& folder : {root_, root_ / "objects", root_ / "snapshots"}) make_private_folder(folder);
  if (use == Use::note) return;
  try {
    lock_ = std::make_unique<FileLock>(root_ / "lock", FileLock::When::now);
  } catch (std::system_error const& failure) {
    if (failure.code() != std::errc::operation_would_block) throw;
    throw std::runtime_error("another backup to " + root_.string() + " is under way");
  }
}

FileLock BackupFolder::lock_withdrawn() const { return FileLock(root_ / "withdrawn.lock", FileLock::When::later); }

std::vector<std::string> BackupFolder::snapshots() const {
  std::vector<std::string> names;
  for (auto const& entry : fs::directory_iterator(root_ / "snapshots"))
    if (auto name = entry.path().filename().string(); !name.starts_with('.')) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  return names;
}

BackupManifest BackupFolder::manifest(std::string const& name) const {
  auto const json = read_json(snapshot(name) / "manifest.json");
  BackupManifest manifest;
  manifest.record_sha256 = json.at("record_sha256").get<std::string>();
  for (auto const& one : json.at("files"))
    manifest.files.push_back({one.at("path").get<std::string>(), one.at("size").get<std::int64_t>(), one.at("sha256").get<std::string>(),
                              one.at("changed_ns").get<std::int64_t>()});
  return manifest;
}

BackupFile BackupFolder::keep(fs::path const& source, bool& fresh) const {
  auto const copy = root_ / "objects" / ".new";
  auto file = copy_hashed(source, copy);
  auto const place = object(file.sha256);
  fresh = !fs::exists(place);
  make_private_folder(place.parent_path());
  fs::rename(copy, place); // also over one that is there: a power cut or a bad disk may have left less of it than its name says
  return file;
}

bool BackupFolder::holds(BackupFile const& file) const {
  std::error_code missing;
  return fs::file_size(object(file.sha256), missing) == static_cast<std::uintmax_t>(file.size) && !missing;
}

std::optional<std::int64_t> BackupFolder::size_of_whole(std::string const& sha256) const {
  try {
    if (sha256_of_file_at(object(sha256).string()) != sha256) return std::nullopt;
    return static_cast<std::int64_t>(fs::file_size(object(sha256)));
  } catch (std::system_error const&) {
    return std::nullopt;
  }
}

std::optional<fs::path> BackupFolder::copy_beside(std::string const& sha256, fs::path const& place) const {
  if (!fs::exists(object(sha256))) return std::nullopt;
  auto fresh = place.parent_path() / ("." + place.filename().string() + ".new");
  try {
    if (copy_hashed(object(sha256), fresh).sha256 == sha256) return fresh;
  } catch (SourceError const&) {
  }
  fs::remove(fresh);
  return std::nullopt;
}

bool BackupFolder::bring(std::string const& sha256, fs::path const& place) const {
  auto const fresh = copy_beside(sha256, place);
  if (fresh) fs::rename(*fresh, place);
  return fresh.has_value();
}

bool BackupFolder::put_back(std::string const& sha256, fs::path const& place) const {
  if (!fs::exists(object(sha256))) return false; // and no folder for nothing
  media::make_folders(place.parent_path());
  auto const fresh = copy_beside(sha256, place);
  if (!fresh) return false;
  {
    Descriptor const open(*fresh, O_RDONLY);
    if (::fsync(open.get()) != 0) throw std::system_error(errno, std::generic_category(), fresh->string());
  }
  fs::rename(*fresh, place);
  media::sync_folder(place.parent_path());
  return true;
}

void BackupFolder::set_aside(std::string const& sha256) const {
  std::error_code ignored; // a backup on a read-only disk can be verified as well
  fs::rename(object(sha256), fs::path(object(sha256)).concat(".damaged"), ignored);
}

fs::path BackupFolder::begin_snapshot() const {
  auto const folder = root_ / "snapshots" / ".new";
  fs::remove_all(folder);
  make_private_folder(folder);
  return folder;
}

void BackupFolder::finish_snapshot(std::string const& name, BackupManifest const& manifest) const {
  auto const folder = root_ / "snapshots" / ".new";
  auto files = Json::array();
  for (auto const& file : manifest.files)
    files.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}, {"changed_ns", file.changed_ns}});
  sync_disk(root_);
  write_text(folder / "manifest.json", Json{{"format", format}, {"record_sha256", manifest.record_sha256}, {"files", std::move(files)}}.dump(1));
  fs::rename(folder, snapshot(name));
  media::sync_folder(root_ / "snapshots");
}

int BackupFolder::prune(int keep) const {
  auto const names = snapshots();
  auto const old = names.size() > static_cast<std::size_t>(keep) ? names.size() - static_cast<std::size_t>(keep) : 0;
  for (std::size_t i = 0; i < old; ++i) fs::remove_all(snapshot(names[i]));
  if (old > 0) media::sync_folder(root_ / "snapshots"); // before what they refer to goes
  std::set<std::string> needed;
  try {
    for (auto i = old; i < names.size(); ++i)
      for (auto const& file : manifest(names[i]).files) needed.insert(file.sha256);
  } catch (std::exception const&) {
    return 0;
  }
  fs::remove(root_ / "objects" / ".new"); // of a backup that was cut off
  int removed = 0;
  for (auto const& shelf : fs::directory_iterator(root_ / "objects")) {
    if (!shelf.is_directory()) continue;
    for (auto const& entry : fs::directory_iterator(shelf))
      if (!needed.contains(entry.path().filename().string()) && fs::remove(entry.path())) ++removed;
  }
  return removed;
}

std::map<std::string, catalog::Uses> BackupFolder::consents() const {
  std::map<std::string, catalog::Uses> consents;
  if (!fs::exists(root_ / "consents.json")) return consents;
  auto const json = read_json(root_ / "consents.json");
  for (auto const& [story, names] : json.at("stories").items()) {
    auto const agreed = names.get<std::set<std::string>>();
    consents[story] = {agreed.contains("watch"), agreed.contains("class_download"), agreed.contains("embed"), agreed.contains("feeds")};
  }
  return consents;
}

void BackupFolder::write_consents(std::map<std::string, catalog::Uses> const& consents) const {
  auto stories = Json::object();
  for (auto const& [story, uses] : consents) {
    auto& names = stories[story] = Json::array();
    for (auto const use : catalog::consent_uses)
      if (uses.allows(use)) names.push_back(catalog::use_name(use));
  }
  write_text(root_ / "consents.json", Json{{"format", format}, {"stories", std::move(stories)}}.dump(1));
}

std::map<std::string, bool> read_withdrawn(fs::path const& folder) {
  if (!fs::exists(folder / "withdrawn.json")) return {};
  return read_json(folder / "withdrawn.json").at("stories").get<std::map<std::string, bool>>();
}

void write_withdrawn(fs::path const& folder, std::map<std::string, bool> const& stories) {
  write_text(folder / "withdrawn.json", Json{{"format", format}, {"stories", stories}}.dump(1));
}

} // namespace tarina::server
