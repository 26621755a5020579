#include "server/interop/xml.hpp"
#include "server/url.hpp"

namespace tarina::server {

std::string escape_xml(std::string_view given) {
  auto const text = with_valid_utf8(given);
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const c = static_cast<unsigned char>(text[i]);
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\t': out += "&#9;"; break;
    case '\n': out += "&#10;"; break;
    case '\r': out += "&#13;"; break;
    default:
      if (c < 0x20) break;
      if (text.compare(i, 3, "\xEF\xBF\xBE") == 0 || text.compare(i, 3, "\xEF\xBF\xBF") == 0) i += 2; // U+FFFE, U+FFFF
      else out += text[i];
    }
  }
  return out;
}

void add_element(std::string& out, std::string_view name, std::string_view text, XmlAttributes attributes) {
  out.append("<").append(name);
  for (auto const& [key, value] : attributes)
    if (!value.empty()) out.append(" ").append(key).append("=\"").append(escape_xml(value)).append("\"");
  if (text.empty()) out += "/>";
  else out.append(">").append(escape_xml(text)).append("</").append(name).append(">");
}

void add_filled(std::string& out, std::string_view name, std::string_view text, XmlAttributes attributes) {
  if (!text.empty()) add_element(out, name, text, attributes);
}

void add_local(std::string& out, std::string_view name, catalog::LocalText const& text) {
  add_filled(out, name, text.fi, {{"xml:lang", "fi"}});
  add_filled(out, name, text.sv, {{"xml:lang", "sv"}});
  add_filled(out, name, text.en, {{"xml:lang", "en"}});
}

} // namespace tarina::server
