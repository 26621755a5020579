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

} // namespace tarina::catalog
