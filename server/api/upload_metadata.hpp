// The Upload-Metadata header of tus 1.0.0: "key base64,key base64".
#pragma once
#include "media/error.hpp"
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarina::server {

/// Decoded values by key; Errc::invalid "upload.metadata_invalid" on a doubled, empty or non-ASCII key or broken base64.
result<std::map<std::string, std::string, std::less<>>> parse_upload_metadata(std::string_view header);

/// Standard alphabet with padding (RFC 4648 section 4); nothing when broken.
std::optional<std::string> decode_base64(std::string_view text);

/// The header without what is a credential or names a story (invite, mine, story): what may be stored and echoed.
std::string storable_upload_metadata(std::string_view header);

} // namespace tarina::server
