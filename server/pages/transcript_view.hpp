// A track's cues as text to read: paragraphs that break at pauses, changes of speaker, and before they grow long.
#pragma once
#include "media/cues.hpp"
#include <nlohmann/json_fwd.hpp>

namespace tarina::catalog { struct Moment; }

namespace tarina::server {

/// Each cue as one line of escaped markup.
std::vector<std::string> cue_markup(std::vector<media::Cue> const& cues);

/// The same with the words of a search in <mark>. Moments of another language or another track mark the whole cue that
/// is spoken then, when none has a word of its own here. `marks` becomes the number of <mark>s.
std::vector<std::string> marked_cues(std::vector<media::Cue> const& cues, std::vector<catalog::Moment> const& moments, int& marks);

/// [{t, clock, speaker, cues: [{start, end, html}]}]; t is whole seconds for ?t=, start and end seconds with decimals.
/// `markup` is one of the above.
nlohmann::json transcript_view(std::vector<media::Cue> const& cues, std::vector<std::string> const& markup);

} // namespace tarina::server
