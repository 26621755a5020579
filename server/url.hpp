// Percent-encoding (RFC 3986 section 2.1) and UTF-8 checks on what clients send.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::server {

/// Decodes %XX; nothing on a broken escape, a NUL byte or text that is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text);
/// Encodes everything but unreserved characters.
std::string percent_encode(std::string_view text);
bool is_utf8(std::string_view text);
/// Invalid bytes become U+FFFD, as WHATWG decoding does.
std::string with_valid_utf8(std::string_view text);

} // namespace tarina::server
