// From a cue group with its hits marked to the sentence a person reads.
#pragma once
#include "catalog/search/cue_groups.hpp"
#include "catalog/search/index.hpp"

namespace tarina::catalog {

constexpr char mark_begin = '\x02', mark_end = '\x03';

/// `marked` is a group's text with hits between the marks, as FTS5's highlight() gives it; `cues` are the group's.
/// One moment for every cue that holds a hit, in time order: it starts with that cue and shows the sentence around the
/// hit, at most about 280 bytes. None when text and times do not fit.
std::vector<Moment> read_moments(std::string_view marked, std::vector<CueTime> const& cues, std::string_view language);

} // namespace tarina::catalog
