#include "media/text_encoding.hpp"
#include <algorithm>
#include <array>
#include <cstdint>

namespace tarina::media {
namespace {

constexpr char32_t replacement = 0xFFFD;

// Bytes 0x80–0x9F of Windows-1252 (WHATWG Encoding, index-windows-1252); the rest equals Unicode.
constexpr std::array<char16_t, 32> windows_1252{
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178};

// Bytes 0x80–0xFF of MacRoman (WHATWG Encoding, index-macintosh).
constexpr std::array<char16_t, 128> mac_roman{
    0xC4, 0xC5, 0xC7, 0xC9, 0xD1, 0xD6, 0xDC, 0xE1, 0xE0, 0xE2, 0xE4, 0xE3, 0xE5, 0xE7, 0xE9, 0xE8,
    0xEA, 0xEB, 0xED, 0xEC, 0xEE, 0xEF, 0xF1, 0xF3, 0xF2, 0xF4, 0xF6, 0xF5, 0xFA, 0xF9, 0xFB, 0xFC,
    0x2020, 0xB0, 0xA2, 0xA3, 0xA7, 0x2022, 0xB6, 0xDF, 0xAE, 0xA9, 0x2122, 0xB4, 0xA8, 0x2260, 0xC6, 0xD8,
    0x221E, 0xB1, 0x2264, 0x2265, 0xA5, 0xB5, 0x2202, 0x2211, 0x220F, 0x3C0, 0x222B, 0xAA, 0xBA, 0x3A9, 0xE6, 0xF8,
    0xBF, 0xA1, 0xAC, 0x221A, 0x192, 0x2248, 0x2206, 0xAB, 0xBB, 0x2026, 0xA0, 0xC0, 0xC3, 0xD5, 0x152, 0x153,
    0x2013, 0x2014, 0x201C, 0x201D, 0x2018, 0x2019, 0xF7, 0x25CA, 0xFF, 0x178, 0x2044, 0x20AC, 0x2039, 0x203A, 0xFB01, 0xFB02,
    0x2021, 0xB7, 0x201A, 0x201E, 0x2030, 0xC2, 0xCA, 0xC1, 0xCB, 0xC8, 0xCD, 0xCE, 0xCF, 0xCC, 0xD3, 0xD4,
    0xF8FF, 0xD2, 0xDA, 0xDB, 0xD9, 0x131, 0x2C6, 0x2DC, 0xAF, 0x2D8, 0x2D9, 0x2DA, 0xB8, 0x2DD, 0x2DB, 0x2C7};

std::uint8_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }

struct Utf8Census {
  std::size_t sequences = 0; // of several bytes
  std::size_t broken = 0;
};

Utf8Census take_census(std::string_view bytes) {
  Utf8Census census;
  for (std::size_t i = 0; i < bytes.size();) {
    auto const length = utf8_length(bytes, i);
    if (length > 1) ++census.sequences;
    if (length == 0) ++census.broken;
    i += std::max<std::size_t>(1, length);
  }
  return census;
}

DecodedText decode_utf8(std::string_view bytes) {
  DecodedText decoded{.text = {}, .encoding = "UTF-8"};
  for (std::size_t i = 0; i < bytes.size();) {
    auto const length = utf8_length(bytes, i);
    if (length == 0) {
      append_utf8(decoded.text, replacement);
      decoded.damaged = true;
    } else {
      decoded.text += bytes.substr(i, length);
    }
    i += std::max<std::size_t>(1, length);
  }
  return decoded;
}

DecodedText decode_utf16(std::string_view bytes, bool big_endian) {
  DecodedText decoded{.text = {}, .encoding = big_endian ? "UTF-16BE" : "UTF-16LE"};
  auto const unit = [&](std::size_t i) {
    auto const a = byte_at(bytes, i);
    auto const b = byte_at(bytes, i + 1);
    return static_cast<char32_t>(big_endian ? a << 8 | b : b << 8 | a);
  };
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    auto code = unit(i);
    if (code >= 0xD800 && code < 0xDC00 && i + 3 < bytes.size()) {
      auto const low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    if (code >= 0xD800 && code < 0xE000) decoded.damaged = true;
    append_utf8(decoded.text, code);
  }
  if (i < bytes.size()) decoded.damaged = true;
  return decoded;
}

DecodedText decode_bytes(std::string_view bytes, bool mac) {
  DecodedText decoded{.text = {}, .encoding = mac ? "MacRoman" : "Windows-1252"};
  for (char const c : bytes) {
    auto const b = static_cast<std::uint8_t>(c);
    if (b < 0x80) decoded.text += c;
    else if (mac) append_utf8(decoded.text, mac_roman[b - 0x80u]);
    else append_utf8(decoded.text, b < 0xA0 ? windows_1252[b - 0x80u] : b);
  }
  return decoded;
}

/// Only å ä ö Å Ä Ö that cannot be common punctuation of the other code: 0x80 and 0x85 are € and … in Windows-1252.
bool looks_mac_roman(std::string_view bytes) {
  constexpr std::string_view mac = "\x8A\x9A\x8C\x81";
  constexpr std::string_view windows = "\xE4\xF6\xE5\xC4\xD6\xC5";
  auto const count = [&](std::string_view letters) { return std::count_if(bytes.begin(), bytes.end(), [&](char c) { return letters.find(c) != letters.npos; }); };
  return count(mac) > count(windows);
}

enum class Utf16 { no, little, big };

/// Timestamps and line ends are ASCII in every language, so UTF-16 without BOM shows many zeros on one side.
Utf16 looks_utf16(std::string_view bytes) {
  std::size_t even = 0;
  std::size_t odd = 0;
  auto const sample = bytes.substr(0, 4096);
  for (std::size_t i = 0; i < sample.size(); ++i)
    if (sample[i] == '\0') ++(i % 2 == 0 ? even : odd);
  auto const pairs = sample.size() / 2;
  if (pairs < 4) return Utf16::no;
  if (odd * 4 > pairs && even * 8 < odd) return Utf16::little;
  if (even * 4 > pairs && odd * 8 < even) return Utf16::big;
  return Utf16::no;
}

DecodedText decode(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xEF\xBB\xBF"sv)) return decode_utf8(bytes.substr(3));
  if (bytes.starts_with("\xFF\xFE"sv)) return decode_utf16(bytes.substr(2), false);
  if (bytes.starts_with("\xFE\xFF"sv)) return decode_utf16(bytes.substr(2), true);
  DecodedText decoded;
  if (auto const kind = looks_utf16(bytes); kind != Utf16::no) {
    decoded = decode_utf16(bytes, kind == Utf16::big);
  } else {
    auto const census = take_census(bytes);
    // A few broken bytes among many good sequences are damage, not another code.
    if (census.broken == 0 || census.sequences > 4 * census.broken) {
      decoded = decode_utf8(bytes);
      decoded.guessed = census.broken != 0;
      return decoded;
    }
    decoded = decode_bytes(bytes, looks_mac_roman(bytes));
  }
  decoded.guessed = true;
  return decoded;
}

/// One kind of line end, and no characters that only do harm.
std::string tidy(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const c = static_cast<std::uint8_t>(text[i]);
    if (c == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') continue;
      out += '\n';
    } else if (c == 0) {
      append_utf8(out, replacement); // as WebVTT asks, section 6.1
    } else if ((c >= 0x20 && c != 0x7F) || c == '\n' || c == '\t') {
      out += text[i];
    }
  }
  return out;
}

} // namespace

std::size_t utf8_length(std::string_view bytes, std::size_t i) {
  auto const lead = byte_at(bytes, i);
  if (lead < 0x80) return 1;
  std::size_t const length = lead >= 0xC2 && lead <= 0xDF ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
  if (length == 0 || i + length > bytes.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte_at(bytes, i + k) & 0xC0) != 0x80) return 0;
  auto const second = byte_at(bytes, i + 1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return length;
}

void append_utf8(std::string& out, char32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = replacement;
  auto const put = [&](char32_t b) { out += static_cast<char>(static_cast<std::uint8_t>(b)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

DecodedText decode_text(std::string_view bytes) {
  auto decoded = decode(bytes);
  decoded.text = tidy(decoded.text);
  return decoded;
}

} // namespace tarina::media
