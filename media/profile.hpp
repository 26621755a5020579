// What an operator chooses between processor time and bytes.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace tarina::media {

/// How much processor time an encoder may take; transcode/README.md has what each costs and gives.
enum class Effort { fast, balanced, small };

inline constexpr std::array<std::string_view, 3> effort_names{"fast", "balanced", "small"};

constexpr std::string_view effort_name(Effort effort) { return effort_names[static_cast<std::size_t>(effort)]; }

constexpr std::optional<Effort> find_effort(std::string_view name) {
  for (std::size_t i = 0; i < effort_names.size(); ++i)
    if (effort_names[i] == name) return static_cast<Effort>(i);
  return std::nullopt;
}

} // namespace tarina::media
