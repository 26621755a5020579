// tarina-server export and import: each story a bag of its own (RFC 8493), for preservation services and for moving to another server.
#pragma once
#include "catalog/clock.hpp"
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace tarina::server {

struct ExportOrder {
  std::filesystem::path data;       // of the server, which may be running
  std::filesystem::path to;         // the folder of bags; created when missing, private to its owner
  std::vector<std::string> stories; // ids; empty: all
  std::string organization;         // Source-Organization; empty: the story's institution
  std::string contact_email;        // Contact-Email, or empty
  std::string base_url;             // of the stories' addresses, or empty
  catalog::Time now{};
};

struct ExportReport {
  int written = 0, unchanged = 0;
  int failed = 0; // stories asked for that have no bag now
  int stale = 0;  // bags of stories that were taken back since
};

/// Writes a bag for each story that differs from the bag that is there. A story that is or becomes withdrawn has none; who
/// took theirs back is noted in withdrawn.json beside the bags. Says on `out` what becomes of each. Blocking.
/// Throws std::runtime_error with a sentence for the operator when nothing can be done at all.
ExportReport export_stories(ExportOrder const&, std::ostream& out);

struct ImportOrder {
  std::filesystem::path data; // of a server that does not run; made when it holds no record yet
  std::filesystem::path from; // a bag, or a folder of bags
  bool dry_run = false;       // everything is checked, nothing is changed
  std::int64_t disk_floor = 0; // bytes that stay free
  catalog::Clock clock;
};

struct ImportReport {
  int imported = 0; // in a dry run: would be
  int present = 0;  // were here already, equal
  int refused = 0;
};

/// Brings in each bag whole or not at all, and says on `out` why not. Blocking.
/// Throws std::runtime_error when a server holds the data folder, or there is no bag.
ImportReport import_stories(ImportOrder const&, std::ostream& out);

} // namespace tarina::server
