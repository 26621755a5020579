// SHA-256 of files and texts.
#pragma once
#include <string>
#include <string_view>

namespace tarina::server {

/// Of the whole file behind `fd`, lower-case hex. Blocking.
std::string sha256_of_file(int fd);
std::string sha256_of(std::string_view text);

} // namespace tarina::server
