// What an operator chooses between processor time and bytes.
#pragma once
#include <array>
#include <optional>
#include <string_view>
#include <vector>

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

/// H.264 is what every player takes; a story may have the others beside it.
enum class VideoCodec { h264, hevc, av1 };

inline constexpr std::array<std::string_view, 3> codec_names{"h264", "hevc", "av1"};

constexpr std::string_view codec_name(VideoCodec codec) { return codec_names[static_cast<std::size_t>(codec)]; }

constexpr std::optional<VideoCodec> find_codec(std::string_view name) {
  for (std::size_t i = 0; i < codec_names.size(); ++i)
    if (codec_names[i] == name) return static_cast<VideoCodec>(i);
  return std::nullopt;
}

struct Profile {
  Effort effort = Effort::balanced;
  std::vector<VideoCodec> beside = {}; // made after all H.264, without which the story is whole all the same
};

} // namespace tarina::media
