// What holds for every subtitle file that was read.
#pragma once
#include "check.hpp"
#include "media/cues.hpp"

namespace fuzz {

inline void check_cues(std::vector<tarina::media::Cue> const& cues) {
  for (std::size_t i = 0; i < cues.size(); ++i) {
    auto const& cue = cues[i];
    check(cue.start.count() >= 0 && cue.start < cue.end, "a cue has its time");
    check(i == 0 || cues[i - 1].start <= cue.start, "cues are in order");
    check(!cue.text.empty() && cue.text.find("\n\n") == cue.text.npos && cue.text.find('\r') == cue.text.npos, "no blank line is in a text");
    check(cue.speaker.find('\n') == cue.speaker.npos && cue.settings.find('\n') == cue.settings.npos, "names and settings are on one line");
  }
}

/// WebVTT has escapes for everything: nothing is lost.
inline void check_webvtt_round(std::vector<tarina::media::Cue> const& cues) {
  auto const again = tarina::media::read_subtitles(tarina::media::write_webvtt(cues));
  check(static_cast<bool>(again), "WebVTT of ours is read");
  check(again->warnings.empty(), "without a complaint");
  check(again->cues.size() == cues.size(), "all cues come back");
  for (std::size_t i = 0; i < cues.size(); ++i) {
    auto const& a = cues[i];
    auto const& b = again->cues[i];
    check(a.start == b.start && a.end == b.end && a.settings == b.settings, "at their time and place");
    check(a.text == b.text && a.speaker == b.speaker, "with their words");
  }
}

/// SubRip has none: text that looks like markup is lost, but no cue is made up, moved or cut in two.
inline void check_srt_round(std::vector<tarina::media::Cue> const& cues) {
  auto const again = tarina::media::read_subtitles(tarina::media::write_srt(cues));
  if (!again) return; // there was nothing but markup
  std::size_t at = 0;
  for (auto const& cue : again->cues) {
    while (at < cues.size() && (cues[at].start != cue.start || cues[at].end != cue.end)) ++at;
    check(at < cues.size(), "every cue of the SubRip file was there before, in this order");
    bool const plain = cues[at].text.find_first_of("<{\\") == std::string::npos && cues[at].text.find("-->") == std::string::npos;
    check(!plain || cue.text == cues[at].text, "with its words");
    ++at;
  }
}

} // namespace fuzz
