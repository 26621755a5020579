// Shapes that many rows share.
#pragma once
#include "catalog/database.hpp"
#include "catalog/text.hpp"
#include <string>
#include <vector>

namespace tarina::catalog {

/// The first column of every row.
std::vector<std::string> texts(Statement q);
/// The next three columns of this row: Finnish, Swedish, English.
LocalText read_local(Statement& q);

} // namespace tarina::catalog
