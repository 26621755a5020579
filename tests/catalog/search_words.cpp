#include "catalog/search/words.hpp"
#include <catch2/catch.hpp>

using namespace tarina::catalog;

namespace {
std::vector<std::string> split(std::string const& text) {
  std::vector<std::string> out;
  for (auto const& word : split_words(text)) out.emplace_back(word.in(text));
  return out;
}
using Strings = std::vector<std::string>;
} // namespace

TEST_CASE("words are letters and digits with inner joints") {
  CHECK(split("Valmistuin lähihoitajaksi, OSAO:ssa – kuorma-auto!") ==
        Strings{"Valmistuin", "lähihoitajaksi", "OSAO:ssa", "kuorma-auto"});
  CHECK(split("sosiaali- ja terveysala") == Strings{"sosiaali", "ja", "terveysala"});
  CHECK(split("C++ ja C# 3.5") == Strings{"C++", "ja", "C#", "3", "5"});
  CHECK(split("  --- ::: 😀 \"' ").empty());
  CHECK(split("").empty());
}

TEST_CASE("a word knows whether a hyphen stands open beside it") {
  std::string const text = "puutarhatyöt, kone- ja -palvelut";
  auto const words = split_words(text);
  REQUIRE(words.size() == 4);
  CHECK(words[1].open_end);
  CHECK_FALSE(words[0].open_end);
  CHECK(words[3].open_begin);
  CHECK_FALSE(words[2].open_begin);
}

TEST_CASE("folding composes letters and keeps å ä ö apart from a o") {
  CHECK(fold("ÄITI") == "äiti");
  CHECK(fold("A\xCC\x88iti") == "äiti");                      // a and a combining diaeresis
  CHECK(fold("kuorma\xE2\x80\x91" "auto") == "kuorma-auto");   // non-breaking hyphen
  CHECK(fold("lähi\xC2\xAD" "hoitaja") == "lähihoitaja");      // soft hyphen
  CHECK(fold("Åbo") == "åbo");
}

TEST_CASE("bytes that are not UTF-8 separate words and are never read past") {
  CHECK(split("ty\xF6 koulu") == Strings{"ty", "koulu"});
  CHECK(split("abc\xE4") == Strings{"abc"});
  CHECK(split("\xED\xA0\x80x\xC0\xAFy\xF8z") == Strings{"x", "y", "z"}); // a surrogate, an overlong form, no UTF-8 at all
  for (int byte = 0; byte < 256; ++byte) {
    std::string const text(3, static_cast<char>(byte));
    for (auto const& word : split_words(text)) CHECK(word.end <= text.size());
  }
}
