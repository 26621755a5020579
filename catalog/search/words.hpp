// Text as words: where they begin and end, and their folded form. UTF-8 in and out; bytes that are not UTF-8 separate
// words. One word is one position in the index, whatever is later found inside it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// A word's bytes in its text: letters and digits, joined by inner - : ' (also ’ and the Unicode hyphens).
struct Word {
  std::size_t begin = 0, end = 0;
  bool open_end = false;   // a hyphen follows: "sosiaali- ja terveysala"
  bool open_begin = false; // a hyphen precedes: "puutarhatyöt ja -palvelut"
  std::string_view in(std::string_view text) const { return text.substr(begin, end - begin); }
};

std::vector<Word> split_words(std::string_view text);

/// Decodes the code point at `at` and moves behind it; U+FFFD and one byte for what is not UTF-8.
char32_t decode_utf8(std::string_view text, std::size_t& at);
void append_utf8(std::string& to, char32_t);
std::u32string to_utf32(std::string_view);
std::string to_utf8(std::u32string_view);

/// Lower case with å ä ö and the like composed, plain - and ' for their Unicode relatives, soft hyphens and joiners
/// gone. Accents stay: in Finnish and Swedish å ä ö are letters of their own.
std::string fold(std::string_view word);
/// As `fold`, but keeps upper case.
std::string compose(std::string_view word);
bool is_upper(char32_t);

} // namespace tarina::catalog
