// Public ids and credentials. Row ids stay inside the database; what leaves it is made here.
#pragma once
#include <string>
#include <string_view>

namespace tarina::catalog {

/// `length` random characters of [a-z0-9]; 5.17 bits each. Stories have 10, packages, uploads and tasks 20, tokens 32.
std::string random_id(std::size_t length);

/// What is stored instead of a credential: BLAKE2b-256, lower-case hex.
std::string hash_token(std::string_view token);

} // namespace tarina::catalog
