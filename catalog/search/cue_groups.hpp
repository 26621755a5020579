// Cues in overlapping groups of 20 to 40 s, so that words spoken in neighbouring cues are found together.
#pragma once
#include "media/cues.hpp"
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::catalog {

/// Times of one cue within its group.
struct CueTime {
  std::chrono::milliseconds start{}, end{};
};

struct CueGroup {
  std::string text; // the cues' texts, with `cue_joint` between; no other control characters
  std::vector<CueTime> cues;
};

constexpr char cue_joint = '\x1e';

std::vector<CueGroup> group_cues(std::vector<media::Cue> const&);

/// "start,end;start,end" in milliseconds, and back; what does not parse is left out.
std::string write_times(std::vector<CueTime> const&);
std::vector<CueTime> read_times(std::string_view);

/// `text` with control characters (line ends too) as spaces.
std::string plain_line(std::string_view text);

} // namespace tarina::catalog
