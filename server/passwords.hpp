// Argon2id (libsodium) at OWASP's floor or above. Slow on purpose: call on a pool with few threads.
#pragma once
#include "media/error.hpp"
#include <string>

namespace tarina::server {

/// Refuses what is too short, too long or among the commonest passwords.
result<void> check_new_password(std::string const& password);
std::string hash_password_now(std::string const& password);
/// False for an empty hash too, after the same work.
bool verify_password(std::string const& hash, std::string const& password);

} // namespace tarina::server
