// Where in a story the words of a query are spoken.
#pragma once
#include "catalog/search/connection.hpp"
#include "catalog/search/cue_groups.hpp"
#include "catalog/search/index.hpp"

namespace tarina::catalog {

constexpr char mark_begin = '\x02', mark_end = '\x03';
constexpr char cue_joint = '\x1e';

/// Times of one cue within its group.
struct CueTime {
  std::chrono::milliseconds start{}, end{};
};

/// `marked`: the cues' texts with `cue_joint` between and hits between the marks, no other control characters; `cues`:
/// their times. One moment for every cue that holds a hit, in time order: it starts with that cue and shows the sentence
/// around the hit, at most about 280 bytes. None when text and times do not fit.
std::vector<Moment> read_moments(std::string_view marked, std::vector<CueTime> const& cues, std::string_view language);

/// The cue groups of a story (its row) with the most different words of the query; `any_word`: the query for the tables of
/// each language. At most `limit`, in time order. `all`: every cue with a hit in every track. Else only each group's first,
/// those of tracks in `page_language` before others, and none at the time of one from another track: translated tracks say
/// the same.
std::vector<Moment> find_moments(SearchConnection&, std::int64_t story, std::array<std::string, index_languages.size()> const& any_word,
                                 int limit, bool all, std::string_view page_language = {});

} // namespace tarina::catalog
