// The same words in the three languages of the service.
#pragma once
#include <string>
#include <string_view>

namespace tarina::catalog {

/// Plain text in Finnish, Swedish and English; an empty part means "not given in that language".
struct LocalText {
  std::string fi;
  std::string sv;
  std::string en;

  /// The text in `language` ("fi", "sv", "en"), else the first that is given in the order fi, sv, en.
  std::string const& in(std::string_view language) const {
    auto const& wanted = language == "sv" ? sv : language == "en" ? en : fi;
    return !wanted.empty() ? wanted : !fi.empty() ? fi : !sv.empty() ? sv : en;
  }
  bool empty() const { return fi.empty() && sv.empty() && en.empty(); }
  bool operator==(LocalText const&) const = default;
};

/// Well-formed UTF-8 without control characters other than line ends and tabs.
bool is_plain_text(std::string_view);
/// Code points of well-formed UTF-8.
std::size_t count_characters(std::string_view);
/// Shaped like a BCP 47 tag ("fi", "sv-FI", "zh-Hant"); at most 35 bytes.
bool is_language_tag(std::string_view);

} // namespace tarina::catalog
