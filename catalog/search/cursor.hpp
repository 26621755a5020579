// Where a page of results ended, as an opaque text for the address line.
#pragma once
#include "catalog/search/facets.hpp"
#include <optional>

namespace tarina::catalog {

/// Sorts best first; ties end at the public id, so that the order is total.
bool comes_before(SearchSort, Ranked const&, Ranked const&);

std::string write_cursor(SearchSort, Ranked const& last);
/// The last story of the page before; empty when the text is no cursor for this order.
std::optional<Ranked> read_cursor(SearchSort, std::string_view);

} // namespace tarina::catalog
