#include "media/label.hpp"
#include "media/text_encoding.hpp"

namespace tarina::media {
namespace {

constexpr std::size_t longest = 60; // bytes

/// One well-formed character.
bool may_stand(std::string_view character) {
  if (character.size() == 1) {
    auto const c = static_cast<unsigned char>(character.front());
    return c >= 0x20 && c != 0x7F && c != '"' && c != '<' && c != '>' && c != '&';
  }
  // C1 controls; U+200E, U+200F, U+2028 to U+202E and U+2066 to U+2069; U+FEFF.
  if (character.size() == 2) return !(character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0);
  if (character.starts_with("\xE2\x80")) return character[2] != '\x8E' && character[2] != '\x8F' && (character[2] < '\xA8' || character[2] > '\xAE');
  if (character.starts_with("\xE2\x81")) return character[2] < '\xA6' || character[2] > '\xA9';
  return character != "\xEF\xBB\xBF";
}

} // namespace

bool is_label(std::string_view text) {
  if (text.size() > longest) return false;
  for (std::size_t i = 0; i < text.size();) {
    auto const length = utf8_length(text, i);
    if (length == 0 || !may_stand(text.substr(i, length))) return false;
    i += length;
  }
  return true;
}

std::string make_label(std::string_view text) {
  std::string label;
  bool space = false;
  for (std::size_t i = 0; i < text.size();) {
    auto const length = utf8_length(text, i);
    auto const character = text.substr(i, length == 0 ? 1 : length);
    i += character.size();
    if (length == 0 || character == " " || !may_stand(character)) {
      space = !label.empty();
      continue;
    }
    if (label.size() + (space ? 1 : 0) + length > longest) break;
    if (space) label += ' ';
    space = false;
    label += character;
  }
  return label;
}

} // namespace tarina::media
