// Writing XML by hand safely: what every feed of ours is made with.
#pragma once
#include "catalog/text.hpp"
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tarina::server {

/// Text or attribute value. What XML 1.0 cannot hold is left out (section 2.2: control characters, U+FFFE, U+FFFF),
/// bytes that are not UTF-8 become U+FFFD, and line ends in attributes survive.
std::string escape_xml(std::string_view text);

using XmlAttributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// <name attributes>text</name>; attributes without a value are left out.
void add_element(std::string& out, std::string_view name, std::string_view text, XmlAttributes attributes = {});
/// The same, and nothing at all for an empty text.
void add_filled(std::string& out, std::string_view name, std::string_view text, XmlAttributes attributes = {});
/// One element with xml:lang for each language the text is given in.
void add_local(std::string& out, std::string_view name, catalog::LocalText const& text);

inline constexpr std::string_view xml_declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

} // namespace tarina::server
