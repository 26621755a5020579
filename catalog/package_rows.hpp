// Packages and tasks as rows.
#pragma once
#include "catalog/database.hpp"
#include "catalog/job.hpp"
#include "media/kept_files.hpp"

namespace tarina::catalog {

/// A new generation of the story from this original, with its probe waiting; what was being made before is retired.
/// Puts the story into processing, unless it is published and has never had a package. Returns the package's public id.
std::string start_package(Database&, std::int64_t story_row, std::int64_t original_row, Time);
/// A new generation in place of a damaged one of the same original. The story stays in its state and in use meanwhile.
std::string start_repair(Database&, std::int64_t story_row, std::int64_t original_row, Time);
/// Ends those under way.
void end_repairs(Database&, std::int64_t story_row);
/// Another package takes the place of this one: what was found wrong with it no longer matters (fixity.cpp).
void close_findings(Database&, std::int64_t package_row, std::int64_t by_package, Time);
/// The package can never be finished: its open tasks are cancelled, people see `key`.
void fail_package(Database&, std::int64_t package_row, std::string const& key, std::string const& detail, Time);
void add_task(Database&, std::int64_t package_row, int position, media::Task const&, Time);
/// What the done tasks have brought so far; see PackageRecord::facts.
media::Package assemble_package(Database&, std::int64_t package_row, bool complete);
/// Every file of a published package; `facts`: its JSON. Checksums are those of the facts, else of package_file.
std::vector<media::FileSum> files_of_package(Database&, std::int64_t package_row, std::string const& facts);
/// When no task is open any more: adds the download's, and when that is done too keeps the facts and marks the package
/// complete. Returns whether it is.
bool complete_if_done(Database&, std::int64_t package_row, Time);

} // namespace tarina::catalog
