// A track's cues as text to read: paragraphs that break at pauses, changes of speaker, and before they grow long.
#pragma once
#include "media/cues.hpp"
#include <nlohmann/json_fwd.hpp>

namespace tarina::server {

/// [{t, clock, speaker, cues: [{start, end, text}]}]; t is whole seconds for ?t=, start and end seconds with decimals.
nlohmann::json transcript_view(std::vector<media::Cue> const& cues);

} // namespace tarina::server
