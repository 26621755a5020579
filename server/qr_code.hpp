// A QR code as a picture in the page.
#pragma once
#include <string>
#include <string_view>

namespace tarina::server {

/// Inline SVG, black on white with the four modules of quiet zone that readers need (ISO/IEC 18004), error correction M.
/// Throws std::runtime_error when the text is too long (2331 bytes).
std::string qr_svg(std::string_view text);

} // namespace tarina::server
