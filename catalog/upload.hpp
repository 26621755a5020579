// An upload in progress (tus 1.0.0). Its id is an unguessable capability.
#pragma once
#include "catalog/clock.hpp"
#include <optional>
#include <string>

namespace tarina::catalog {

struct NewUpload {
  std::string story;
  std::int64_t size = 0;      // whole length in bytes, at least 1
  std::string filename;       // as the browser said it; shown, never a path
  std::string content_type;   // as claimed
  std::string metadata;       // Upload-Metadata as sent, echoed on HEAD
  Time expires_at{};
};

struct Upload : NewUpload {
  std::string id;             // 24 characters
  std::string original;       // id to keep the file under once complete
  std::int64_t offset = 0;    // durable bytes
  bool finished = false;
  Time created_at{};
};

struct FinishedUpload {
  std::string story;
  std::string original;
  std::string package;        // new generation, being made
};

} // namespace tarina::catalog
