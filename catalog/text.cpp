#include "catalog/text.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

/// Bytes of the well-formed sequence at the front (Unicode 15, table 3-7), or 0.
std::size_t sequence(std::string_view s) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  auto const tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) { return i < s.size() && byte(i) >= low && byte(i) <= high; };
  unsigned const lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) return tail(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
  if (lead >= 0xF0 && lead <= 0xF4) return tail(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

} // namespace

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    auto const length = sequence(text);
    if (length == 0) return false;
    auto const c = static_cast<unsigned char>(text[0]);
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_language_tag(std::string_view tag) {
  if (tag.size() > 35) return false;
  for (bool first = true; ; first = false) {
    auto const part = tag.substr(0, tag.find('-'));
    auto const letter = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    auto const lower = [](unsigned char c) { return c >= 'a' && c <= 'z'; };
    auto const letter_or_digit = [&](unsigned char c) { return letter(c) || (c >= '0' && c <= '9'); };
    if (first && (part.size() < 2 || part.size() > 3 || !std::all_of(part.begin(), part.end(), lower))) return false;
    if (!first && (part.empty() || part.size() > 8 || !std::all_of(part.begin(), part.end(), letter_or_digit))) return false;
    if (part.size() == tag.size()) return true;
    tag.remove_prefix(part.size() + 1);
  }
}

} // namespace tarina::catalog
