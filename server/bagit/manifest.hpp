// The text files of a bag (RFC 8493): manifests and bag-info.txt, as values and text.
#pragma once
#include "media/error.hpp"
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarina::server {

/// Path in the bag, with '/' between its parts → SHA-256, lower-case hex.
using BagManifest = std::map<std::string, std::string>;

/// "{hash}  {path}\n" a file, by path; LF, CR and % of a path are percent-encoded, those and no others (RFC 8493 §2.1.3).
std::string write_manifest(BagManifest const&);
/// Errc::invalid "bag.manifest" with the line at fault: no hash, a path that is_bag_path() refuses, or one that was there already.
result<BagManifest> read_manifest(std::string_view text);
/// True for relative paths that stay inside: no empty part, ".", "..", backslash, NUL or "~" at the start (RFC 8493 §5.2).
bool is_bag_path(std::string_view path);

/// Labels and values in their order; a label may be there more than once.
using BagTags = std::vector<std::pair<std::string, std::string>>;
/// "Label: value\n"; line ends in a value become spaces.
std::string write_tags(BagTags const&);
/// Errc::invalid "bag.tags" for a line that is neither a tag nor goes on with the one before. Takes any line ends.
result<BagTags> read_tags(std::string_view text);

/// What somebody called a file, fit for any file system: at most 150 bytes of UTF-8, no separators, control or Windows'
/// reserved characters, no dot or space at its ends; "video" when nothing is left.
std::string safe_file_name(std::string_view name);

} // namespace tarina::server
