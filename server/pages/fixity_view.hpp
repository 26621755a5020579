// What verification found, in words for administrators.
#pragma once
#include "catalog/fixity.hpp"
#include <map>
#include <nlohmann/json.hpp>

namespace tarina::server {

class Templates;

/// For the panel: {finished, files, damaged, missing, unreadable, under_way}.
nlohmann::json fixity_view(Templates const& templates, std::string_view lang, catalog::FixityFigures const& figures);

/// For the list: [{story, name, badge, word, what, action, since, package, repair_label}]; `package` is empty when nothing
/// can be asked for. `names`: what stories are called, {text, lang} by id.
nlohmann::json findings_view(Templates const& templates, std::string_view lang, std::vector<catalog::Finding> const& findings, std::map<std::string, nlohmann::json> const& names);

} // namespace tarina::server
