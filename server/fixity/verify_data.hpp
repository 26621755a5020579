// tarina-server verify without a backup: the live data folder, now, also beside a running server.
#pragma once
#include "catalog/fixity.hpp"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace tarina::server {

struct VerifyDataOptions {
  std::filesystem::path data;
  std::int64_t bytes_per_second = 0;  // 0: as fast as the disk allows
  std::filesystem::path repair_from;  // a backup to bring damaged files back from; empty: only look
  std::function<void(std::string const&)> say; // one line for each file that is not as it should be, and for each brought back
  std::function<void(catalog::FixityTarget const&)> looked = {}; // after each target was read and mended, before that is kept
};

struct VerifyDataReport {
  std::int64_t files = 0, bytes = 0; // read
  std::int64_t wrong = 0;            // files that are damaged, missing or unreadable now
  std::int64_t brought_back = 0;     // files
  std::int64_t first_seen = 0;       // files without a checksum until now
};

/// Reads every original and every file of every published package, and keeps what it finds in the record, where the server
/// sees it and repairs what it can. Blocking. Throws std::runtime_error with a sentence for the operator.
VerifyDataReport verify_data(VerifyDataOptions const& options);

} // namespace tarina::server
