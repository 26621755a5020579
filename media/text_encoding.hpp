// Text files from anywhere, as UTF-8.
#pragma once
#include <string>
#include <string_view>

namespace tarina::media {

struct DecodedText {
  std::string text;     // valid UTF-8 without BOM or NUL, lines end with "\n"
  std::string encoding; // "UTF-8", "UTF-16LE", "UTF-16BE", "Windows-1252", "MacRoman"
  bool guessed = false; // no BOM and not valid UTF-8
  bool damaged = false; // some bytes meant nothing and became U+FFFD
};

/// Decides by BOM, then by the zero bytes of UTF-16, then by UTF-8's own validity, and last by which 8-bit code makes
/// Finnish and Swedish letters of the bytes. ISO 8859-1 is read as Windows-1252, its superset (WHATWG Encoding).
DecodedText decode_text(std::string_view bytes);

/// Appends one code point; surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& out, char32_t code);
/// Length of the well-formed UTF-8 sequence at `i`, or 0 (Unicode 15 table 3-7).
std::size_t utf8_length(std::string_view bytes, std::size_t i);

} // namespace tarina::media
