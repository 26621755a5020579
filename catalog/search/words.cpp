#include "catalog/search/words.hpp"
#include <clocale>
#include <cwctype>
#include <locale.h>
#include <stdexcept>

namespace tarina::catalog {
namespace {

// The program's own locale is left alone: libraries may depend on it.
locale_t unicode() {
  static locale_t const locale = [] {
    auto found = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (!found) throw std::runtime_error("the C.UTF-8 locale is not there; glibc brings it");
    return found;
  }();
  return locale;
}

bool is_ignored(char32_t c) { return c == 0xAD || (c >= 0x200B && c <= 0x200D) || c == 0xFEFF || c == 0x2060; }
bool is_hyphen(char32_t c) { return c == '-' || c == 0x2010 || c == 0x2011; }
bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019 || c == 0x2BC; }
bool is_joint(char32_t c) { return is_hyphen(c) || is_apostrophe(c) || c == ':'; }
bool is_combining(char32_t c) { return c >= 0x300 && c <= 0x36F; }

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  if (c == 0xFFFD) return false;
  return is_combining(c) || iswalnum_l(static_cast<wint_t>(c), unicode());
}

char32_t composed(char32_t base, char32_t mark) {
  struct Pair { char32_t base, mark, whole; };
  static constexpr Pair pairs[] = {
      {'a', 0x308, U'ä'}, {'o', 0x308, U'ö'}, {'a', 0x30A, U'å'}, {'u', 0x308, U'ü'}, {'e', 0x301, U'é'},
      {'s', 0x30C, U'š'}, {'z', 0x30C, U'ž'}, {'A', 0x308, U'Ä'}, {'O', 0x308, U'Ö'}, {'A', 0x30A, U'Å'},
      {'U', 0x308, U'Ü'}, {'E', 0x301, U'É'}, {'S', 0x30C, U'Š'}, {'Z', 0x30C, U'Ž'}, {'e', 0x300, U'è'},
  };
  for (auto const& p : pairs)
    if (p.base == base && p.mark == mark) return p.whole;
  return 0;
}

std::string normalise(std::string_view word, bool lower) {
  std::u32string out;
  for (std::size_t at = 0; at < word.size();) {
    char32_t c = decode_utf8(word, at);
    if (is_ignored(c)) continue;
    if (is_hyphen(c)) c = '-';
    else if (is_apostrophe(c)) c = '\'';
    if (lower) c = c < 0x80 ? (c >= 'A' && c <= 'Z' ? c | 0x20 : c)
                            : static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), unicode()));
    if (is_combining(c) && !out.empty())
      if (char32_t whole = composed(out.back(), c)) {
        out.back() = whole;
        continue;
      }
    out.push_back(c);
  }
  return to_utf8(out);
}

} // namespace

char32_t decode_utf8(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const first = byte(at);
  if (first < 0x80) return ++at, first;
  int const more = first >= 0xF0 && first < 0xF5 ? 3 : first >= 0xE0 && first < 0xF0 ? 2 : first >= 0xC2 && first < 0xE0 ? 1 : 0;
  if (!more || at + static_cast<std::size_t>(more) >= text.size()) return ++at, 0xFFFD;
  char32_t c = first & (0x3Fu >> more);
  for (int i = 1; i <= more; ++i) {
    unsigned char const b = byte(at + static_cast<std::size_t>(i));
    if ((b & 0xC0) != 0x80) return ++at, 0xFFFD;
    c = (c << 6) | (b & 0x3F);
  }
  static constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return ++at, 0xFFFD;
  at += static_cast<std::size_t>(more) + 1;
  return c;
}

void append_utf8(std::string& to, char32_t c) {
  auto put = [&](char32_t b) { to.push_back(static_cast<char>(b)); };
  if (c < 0x80) put(c);
  else if (c < 0x800) put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
  else if (c < 0x10000) put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  else put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
}

std::u32string to_utf32(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) out.push_back(decode_utf8(text, at));
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  for (char32_t c : text) append_utf8(out, c);
  return out;
}

std::string fold(std::string_view word) { return normalise(word, true); }
std::string compose(std::string_view word) { return normalise(word, false); }
bool is_upper(char32_t c) { return iswupper_l(static_cast<wint_t>(c), unicode()); }

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  bool open_begin = false;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const begin = at;
    char32_t c = decode_utf8(text, at);
    if (!is_letter(c)) {
      open_begin = is_hyphen(c);
      continue;
    }
    Word word{begin, at, false, open_begin};
    std::size_t letters = 1;
    char32_t last = c;
    while (at < text.size()) {
      std::size_t next = at;
      c = decode_utf8(text, next);
      if (is_letter(c) || is_ignored(c)) {
        at = next;
        if (!is_ignored(c)) ++letters, last = c, word.end = next;
        continue;
      }
      if (is_joint(c) && next < text.size()) {
        std::size_t behind = next;
        if (is_letter(decode_utf8(text, behind))) {
          at = next;
          continue;
        }
      }
      break;
    }
    // Programming languages are taught here too: C++ and C# would else be the letter C.
    if (letters == 1 && last < 0x80) {
      if (text.substr(word.end, 2) == "++") word.end += 2;
      else if (text.substr(word.end, 1) == "#") word.end += 1;
      at = word.end;
    }
    std::size_t behind = at;
    if (at < text.size()) word.open_end = is_hyphen(decode_utf8(text, behind));
    open_begin = false;
    words.push_back(word);
  }
  return words;
}

} // namespace tarina::catalog
