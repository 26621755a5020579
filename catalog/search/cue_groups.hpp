// When what is said in a story, beside its speech as one text; and cues in overlapping groups of 20 to 40 s, so that words
// spoken in neighbouring cues are found together.
#pragma once
#include "media/cues.hpp"
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// One cue, and how much of the speech is its: words as split_words() counts them, bytes with the line end.
struct SpokenCue {
  std::chrono::milliseconds start{}, end{};
  std::uint32_t words = 0, bytes = 0;
};

struct SpokenTrack {
  std::string language;
  std::vector<SpokenCue> cues;
};

/// Appends the cues to `speech`, a line each.
SpokenTrack speak(std::string_view language, std::vector<media::Cue> const&, std::string& speech);

/// "fi:start,end,words,bytes;…" with "|" between tracks, and back; reading stops at what does not parse.
std::string write_tracks(std::vector<SpokenTrack> const&);
std::vector<SpokenTrack> read_tracks(std::string_view);

/// Cues first, first + 1, …, end - 1.
struct CueGroup {
  std::size_t first = 0, end = 0;
};

std::vector<CueGroup> group_cues(std::vector<SpokenCue> const&);

/// `text` with control characters (line ends too) as spaces.
std::string plain_line(std::string_view text);

} // namespace tarina::catalog
