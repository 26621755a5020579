// Secrets are files in {data}/secrets, made at the first start, readable by the server's user alone.
#pragma once
#include <filesystem>
#include <string>

namespace tarina::server {

struct Secrets {
  std::string worker_token; // for tarina-worker --token-file {data}/secrets/worker-token
  std::string signing_key;  // of preview addresses
};

/// Reads them, making what is missing. Throws std::system_error or std::runtime_error when they cannot be kept safely.
Secrets load_secrets(std::filesystem::path const& folder);

} // namespace tarina::server
