// Which renditions a source deserves.
#pragma once
#include "media/rendition.hpp"

namespace tarina::media {

/// The time grid for a video source: GOPs of `frame_rate * 2 s` rounded to whole frames.
Grid plan_grid(SourceFacts const&);

/// Renditions for the short sides 1080, 720, 480 and 360, highest first, never upscaled; a source smaller than
/// 360 gets one at its own size. Portrait stays portrait; sides are rounded to even, at least 2. Empty without video.
/// Where the source's complexity is known, it decides caps and whether a rung between two others is worth having.
std::vector<Rendition> plan_ladder(SourceFacts const&, Effort = Effort::balanced, VideoCodec = VideoCodec::h264);

/// The audio rendition; nothing without sound. Mono stays mono.
std::optional<AudioRendition> plan_audio(SourceFacts const&);

/// Those of the alternates, in their order, each with a name of its own: "a128-2", "a96-3".
std::vector<AudioRendition> plan_alternates(SourceFacts const&);

} // namespace tarina::media
