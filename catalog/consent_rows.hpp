// Consent records as rows.
#pragma once
#include "catalog/consent.hpp"
#include "catalog/database.hpp"

namespace tarina::catalog {

/// Ends the consent in force, if any, and records the new one.
void add_consent(Database&, std::int64_t story_row, NewConsent const&, std::string_view given_by, Time);
/// The uses of the consent in force; nothing when there is none.
std::optional<Uses> uses_in_force(Database&, std::int64_t story_row);
/// "watch embed": codes for the audit trail.
std::string describe_uses(Uses const&);

} // namespace tarina::catalog
