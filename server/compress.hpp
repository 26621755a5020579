// Content codings for text: br (RFC 7932) and gzip (RFC 1952).
#pragma once
#include <string>
#include <string_view>

namespace tarina::server {

enum class Coding { identity, gzip, br };
std::string_view coding_name(Coding);

/// The best coding an Accept-Encoding header takes (RFC 9110 12.5.3); br before gzip at equal weight.
Coding choose_coding(std::string_view accept_encoding);

/// `thorough` for what is compressed once and kept.
std::string compress(Coding coding, std::string_view text, bool thorough = false);

/// Text that is worth compressing, by content type.
bool is_compressible(std::string_view content_type);

} // namespace tarina::server
