#include "server/json_body.hpp"
#include <limits>
#include <nlohmann/json.hpp>

namespace tarina::server {

using Json = nlohmann::json;

Json parse_json(std::string_view text) {
  bool too_deep = false;
  auto const look = [&too_deep](int depth, Json::parse_event_t event, Json&) {
    bool const opens = event == Json::parse_event_t::array_start || event == Json::parse_event_t::object_start;
    too_deep = too_deep || (opens && depth >= most_json_levels);
    return !too_deep; // the rest is read without being kept
  };
  auto value = Json::parse(text, look, false);
  return too_deep ? Json(Json::value_t::discarded) : value;
}

std::optional<std::int64_t> integer_of(Json const& value) {
  if (!value.is_number_integer()) return std::nullopt;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > most) return std::nullopt;
  return value.get<std::int64_t>();
}

} // namespace tarina::server
