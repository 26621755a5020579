// Files of this folder that travel inside the program: lrmi_fi.xsd, openapi.json.
#pragma once
#include <string_view>

namespace tarina::server {

/// Throws std::out_of_range when there is none of this name.
std::string_view embedded_file(std::string_view name);

} // namespace tarina::server
