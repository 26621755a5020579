// Bags by RFC 8493 (BagIt 1.0) in a folder: how one is written so that none is ever half there, and how one is read that
// nobody has to be trusted for.
#pragma once
#include "media/error.hpp"
#include "server/bagit/manifest.hpp"
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tarina::server {

/// A bag in the making: {folder}/{name}.partial, private to its owner, until finish() gives it its name. One that is not
/// finished goes with this. I/O failures throw std::system_error or std::filesystem::filesystem_error.
class BagWriter {
public:
  BagWriter(std::filesystem::path const& folder, std::string const& name);
  ~BagWriter();
  BagWriter(BagWriter const&) = delete;

  /// A payload file; `path` begins with "data/".
  void add(std::string const& path, std::string const& bytes);
  /// A copy of another file; gives its SHA-256. std::errc::no_such_file_or_directory when the source is gone.
  std::string add_file(std::string const& path, std::filesystem::path const& source);
  /// Writes manifests and tag files, makes all of it durable and only then renames; an earlier bag of that name goes.
  /// Payload-Oxum is added to the tags.
  void finish(BagTags tags);

private:
  std::filesystem::path place_for(std::string const& path) const;

  std::filesystem::path place_, partial_;
  BagManifest manifest_;
  std::int64_t bytes_ = 0;
  bool finished_ = false;
};

/// A whole bag: every file is in the manifest, and is what that says.
class Bag {
public:
  /// Reads every byte. Errc::invalid "bag.…" whose detail names the file: no bag or not BagIt 0.97 or 1.0, links and other
  /// things that are no files, files that are missing, too many or changed, paths that leave the bag, fetch.txt, no SHA-256.
  static result<Bag> open(std::filesystem::path root);

  BagManifest const& payload() const { return payload_; }
  std::filesystem::path place(std::string const& path) const { return root_ / path; }
  /// A small payload file, checked once more as its bytes are the ones that count. Errc::invalid "bag.file_missing",
  /// "bag.too_large", "bag.changed".
  result<std::string> read(std::string const& path) const;

private:
  std::filesystem::path root_;
  BagManifest payload_;
};

/// What an export that was cut off left in its folder of bags: half of one goes, one whose successor did not get its name
/// gets it back.
void tidy_bags(std::filesystem::path const& folder);

/// True when a folder says that it is a bag (bagit.txt).
bool is_bag(std::filesystem::path const& folder);

} // namespace tarina::server
