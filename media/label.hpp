// Names that containers give their tracks, made safe for playlists, manifests and menus.
#pragma once
#include <string>
#include <string_view>

namespace tarina::media {

/// Well-formed UTF-8 of at most 60 bytes without control characters, quotation marks, angle brackets, ampersands and
/// what turns the direction of writing; may be empty. Safe between quotes in HLS (RFC 8216 §4.2) and as text in XML.
bool is_label(std::string_view);

/// `text` without what is_label() forbids, single-spaced and cut at a character.
std::string make_label(std::string_view text);

} // namespace tarina::media
