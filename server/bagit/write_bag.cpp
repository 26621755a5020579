#include "media/kept_files.hpp"
#include "server/backup/folder.hpp"
#include "server/bagit/bag.hpp"
#include "server/digest.hpp"
#include <fmt/format.h>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {
constexpr std::string_view half = ".partial", replaced = ".replaced";
}

void tidy_bags(fs::path const& folder) {
  std::vector<fs::path> halves, old;
  for (auto const& entry : fs::directory_iterator(folder)) {
    auto const& path = entry.path();
    // Whatever else lies here belongs to somebody else.
    if (entry.symlink_status().type() != fs::file_type::directory || !media::is_store_id(path.stem().string())) continue;
    if (path.extension() == half && (fs::is_empty(path) || fs::exists(path / "data") || fs::exists(path / "bagit.txt"))) halves.push_back(path);
    else if (path.extension() == replaced && is_bag(path)) old.push_back(path);
  }
  for (auto const& path : halves) fs::remove_all(path);
  for (auto const& path : old) {
    auto const place = fs::path(path).replace_extension();
    if (fs::exists(place)) fs::remove_all(path);
    else fs::rename(path, place);
  }
}

BagWriter::BagWriter(fs::path const& folder, std::string const& name) : place_(folder / name), partial_(folder / (name + std::string(half))) {
  fs::remove_all(partial_);
  make_private_folder(partial_);
}

BagWriter::~BagWriter() {
  std::error_code ignored; // what stays is replaced by the next export, and taken for a bag by nobody
  if (!finished_) fs::remove_all(partial_, ignored);
}

fs::path BagWriter::place_for(std::string const& path) const {
  auto place = partial_ / path;
  for (auto folder = place.parent_path(); folder != partial_; folder = folder.parent_path()) make_private_folder(folder);
  return place;
}

void BagWriter::add(std::string const& path, std::string const& bytes) {
  write_text(place_for(path), bytes);
  manifest_[path] = sha256_of(bytes);
  bytes_ += static_cast<std::int64_t>(bytes.size());
}

std::string BagWriter::add_file(std::string const& path, fs::path const& source) {
  auto const copied = copy_hashed(source, place_for(path));
  manifest_[path] = copied.sha256;
  bytes_ += copied.size;
  return copied.sha256;
}

void BagWriter::finish(BagTags tags) {
  tags.emplace_back("Payload-Oxum", fmt::format("{}.{}", bytes_, manifest_.size()));
  BagManifest tag_files;
  auto const write = [&](std::string const& name, std::string const& text) {
    write_text(partial_ / name, text);
    tag_files[name] = sha256_of(text);
  };
  write("bag-info.txt", write_tags(tags));
  write("manifest-sha256.txt", write_manifest(manifest_));
  write("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
  write_text(partial_ / "tagmanifest-sha256.txt", write_manifest(tag_files));
  sync_disk(partial_);
  auto const old = fs::path(place_).concat(replaced);
  fs::remove_all(old);
  if (fs::exists(place_)) fs::rename(place_, old);
  fs::rename(partial_, place_);
  finished_ = true;
  sync_disk(place_);
  fs::remove_all(old);
}

} // namespace tarina::server
