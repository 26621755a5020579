// JSON as clients send it.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace tarina::server {

/// How many arrays and objects may stand inside each other: a copy of a deeper value could exhaust the stack.
inline constexpr int most_json_levels = 32;

/// RFC 8259. A discarded value (is_discarded()) when `text` is no JSON or nests deeper than `most_json_levels`.
nlohmann::json parse_json(std::string_view text);

/// A whole number that fits; nothing for a fraction, a larger number or another type.
std::optional<std::int64_t> integer_of(nlohmann::json const& value);

} // namespace tarina::server
