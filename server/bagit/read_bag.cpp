#include "server/bagit/bag.hpp"
#include "server/digest.hpp"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t most_small_bytes = std::int64_t{32} << 20;

Error bad(char const* key, std::string detail) { return {Errc::invalid, key, std::move(detail)}; }

using Files = std::map<std::string, std::int64_t>; // path in the bag → bytes

bool is_tag_manifest(std::string_view path) { return path.starts_with("tagmanifest-") && path.find('/') == path.npos; }
bool is_payload(std::string_view path) { return path.starts_with("data/"); }

/// Never through a link.
result<Files> list_files(fs::path const& root) {
  Files files;
  for (auto const& entry : fs::recursive_directory_iterator(root)) {
    auto const path = entry.path().lexically_relative(root).generic_string();
    auto const type = entry.symlink_status().type();
    if (type == fs::file_type::directory) continue;
    if (type == fs::file_type::symlink) return bad("bag.link", path + " is a symbolic link");
    if (type != fs::file_type::regular) return bad("bag.not_a_file", path + " is neither a file nor a folder");
    if (!is_bag_path(path)) return bad("bag.path", path + " is not a name for a file in a bag");
    files[path] = static_cast<std::int64_t>(entry.file_size());
  }
  return files;
}

result<std::string> read_file(fs::path const& file, std::string const& path) {
  struct Descriptor {
    int fd;
    ~Descriptor() {
      if (fd >= 0) ::close(fd);
    }
  } const in{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (in.fd < 0 && (errno == ENOENT || errno == ELOOP)) return bad("bag.file_missing", path + " is missing");
  struct stat facts {};
  if (in.fd < 0 || ::fstat(in.fd, &facts) != 0) throw std::system_error(errno, std::generic_category(), file.string());
  if (!S_ISREG(facts.st_mode)) return bad("bag.not_a_file", path + " is not a file");
  if (facts.st_size > most_small_bytes) return bad("bag.too_large", fmt::format("{} has {} bytes; more than {} cannot be read", path, facts.st_size, most_small_bytes));
  std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
  for (std::size_t at = 0; at < bytes.size();) {
    auto const n = ::read(in.fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), file.string());
    if (n == 0) return bad("bag.changed", path + " became shorter while it was read");
    at += static_cast<std::size_t>(n);
  }
  return bytes;
}

result<void> check_declaration(fs::path const& root) {
  auto const text = read_file(root / "bagit.txt", "bagit.txt");
  if (!text) return bad("bag.no_bag", "is no bag: " + text.error().detail);
  auto const tags = read_tags(*text);
  auto const is = [&](std::string_view label, std::string_view value) {
    return std::any_of(tags->begin(), tags->end(), [&](auto const& tag) { return tag.first == label && tag.second == value; });
  };
  if (!tags || !(is("BagIt-Version", "1.0") || is("BagIt-Version", "0.97"))) return bad("bag.version", "bagit.txt does not say BagIt-Version 1.0 or 0.97");
  if (!is("Tag-File-Character-Encoding", "UTF-8")) return bad("bag.encoding", "bagit.txt does not say UTF-8");
  return {};
}

result<BagManifest> load_manifest(fs::path const& root, std::string const& name) {
  auto const text = read_file(root / name, name);
  if (!text) return text.error();
  auto manifest = read_manifest(*text);
  if (!manifest) return bad("bag.manifest", name + ": " + manifest.error().detail);
  return manifest;
}

result<void> check_hashes(fs::path const& root, BagManifest const& manifest, Files const& files) {
  for (auto const& [path, hash] : manifest) {
    if (!files.contains(path)) return bad("bag.file_missing", path + " is in the manifest and not in the bag");
    if (sha256_of_file_at((root / path).string()) != hash) return bad("bag.changed", path + " is not what the manifest says (SHA-256 differs)");
  }
  return {};
}

result<void> check_payload(fs::path const& root, BagManifest const& manifest, Files const& files) {
  for (auto const& [path, hash] : manifest)
    if (!is_payload(path)) return bad("bag.manifest", "manifest-sha256.txt names " + path + ", which is not below data/");
  for (auto const& [path, size] : files)
    if (is_payload(path) && !manifest.contains(path)) return bad("bag.unlisted", path + " is in the bag and not in the manifest");
  return check_hashes(root, manifest, files);
}

result<void> check_tag_files(fs::path const& root, Files const& files) {
  if (files.contains("fetch.txt")) return bad("bag.fetch", "fetch.txt names files that are elsewhere; only a bag that holds everything can be read");
  if (!files.contains("tagmanifest-sha256.txt")) return {};
  auto const manifest = load_manifest(root, "tagmanifest-sha256.txt");
  if (!manifest) return manifest.error();
  for (auto const& [path, hash] : *manifest)
    if (is_payload(path) || is_tag_manifest(path)) return bad("bag.manifest", "tagmanifest-sha256.txt names " + path + ", which is no tag file");
  for (auto const& [path, size] : files)
    if (!is_payload(path) && !is_tag_manifest(path) && !manifest->contains(path)) return bad("bag.unlisted", path + " is in the bag and in no manifest");
  return check_hashes(root, *manifest, files);
}

result<void> check_oxum(fs::path const& root, Files const& files) {
  if (!files.contains("bag-info.txt")) return {};
  auto const text = read_file(root / "bag-info.txt", "bag-info.txt");
  if (!text) return text.error();
  auto const tags = read_tags(*text);
  if (!tags) return bad("bag.tags", "bag-info.txt: " + tags.error().detail);
  std::int64_t bytes = 0, count = 0;
  for (auto const& [path, size] : files) {
    if (!is_payload(path)) continue;
    bytes += size;
    ++count;
  }
  for (auto const& [label, value] : *tags)
    if (label == "Payload-Oxum" && value != fmt::format("{}.{}", bytes, count)) return bad("bag.oxum", fmt::format("bag-info.txt says Payload-Oxum {}, the bag has {}.{}", value, bytes, count));
  return {};
}

} // namespace

bool is_bag(fs::path const& folder) {
  return fs::symlink_status(folder / "bagit.txt").type() == fs::file_type::regular;
}

result<Bag> Bag::open(fs::path root) {
  if (fs::symlink_status(root).type() != fs::file_type::directory) return bad("bag.no_bag", "is not a folder");
  if (auto const sound = check_declaration(root); !sound) return sound.error();
  auto const files = list_files(root);
  if (!files) return files.error();
  Bag bag;
  // Last what takes long.
  if (auto const sound = check_tag_files(root, *files); !sound) return sound.error();
  if (auto const sound = check_oxum(root, *files); !sound) return sound.error();
  auto manifest = load_manifest(root, "manifest-sha256.txt");
  if (!manifest) return manifest.error();
  if (auto const sound = check_payload(root, *manifest, *files); !sound) return sound.error();
  bag.root_ = std::move(root);
  bag.payload_ = std::move(*manifest);
  return bag;
}

result<std::string> Bag::read(std::string const& path) const {
  auto const listed = payload_.find(path);
  if (listed == payload_.end()) return bad("bag.file_missing", path + " is missing");
  auto bytes = read_file(place(path), path);
  if (bytes && sha256_of(*bytes) != listed->second) return bad("bag.changed", path + " changed while it was read");
  return bytes;
}

} // namespace tarina::server
