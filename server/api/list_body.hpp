// What clients of /api/v1/lists send, see lists.cpp.
#pragma once
#include "catalog/lists.hpp"
#include <nlohmann/json_fwd.hpp>

namespace tarina::server {

/// {id?, story, start_ms?, end_ms?, note?, question?}; Errc::invalid "list.body_invalid". Whether it may stand in a list
/// the catalog decides.
result<catalog::ListItem> read_list_item(nlohmann::json const& value);

/// {title, description?, language?, items?}; `lang` where no language is said. Errc::invalid "list.body_invalid".
result<catalog::ListContents> read_list_contents(nlohmann::json const& body, std::string_view lang, bool needs_items);

} // namespace tarina::server
