// An upload in progress, whatever protocol it comes by. Its id is an unguessable capability.
#pragma once
#include "catalog/clock.hpp"
#include <optional>
#include <string>
#include <vector>

namespace tarina::catalog {

struct NewUpload {
  std::string story;
  std::optional<std::int64_t> size;      // whole length in bytes, at least 1; nothing as long as the client has not settled it
  std::optional<std::int64_t> announced; // what the client expects it to be, where only its later word settles it (IETF draft)
  bool partial = false;                  // a piece for a concatenation; never becomes an original by itself
  std::int64_t partial_budget = 0;       // bytes that the story's pieces may have together; older ones end to make room
  std::vector<std::string> parts;        // ids of the pieces it is put together from
  std::string filename;                  // as the browser said it; shown, never a path
  std::string content_type;              // as claimed
  std::string metadata;                  // Upload-Metadata as sent, echoed on HEAD
  Time expires_at{};
};

struct Upload : NewUpload {
  std::string id;             // 24 characters
  std::string original;       // id to keep the file under once complete
  std::int64_t offset = 0;    // durable bytes
  bool finished = false;
  Time created_at{};

  /// Every byte is there.
  bool full() const { return size && offset == *size; }
};

struct FinishedUpload {
  std::string story;
  std::string original;
  std::string package;        // new generation, being made
};

/// Every id whose files the record knows, for the comparison with what lies in the store. Sorted.
struct KnownFiles {
  std::vector<std::string> uploads;     // not finished
  std::vector<std::string> originals;   // also those an unfinished upload will become
  std::vector<std::string> packages;    // of any state
  std::vector<std::string> kept;        // originals that must be there
  std::vector<std::string> published;   // packages that must be there
};

} // namespace tarina::catalog
