// What stands inside cues: markup on the way in, escapes on the way out.
#pragma once
#include <string>
#include <string_view>

namespace tarina::media {

struct CueText {
  std::string text;     // plain, "\n" between lines, no blank lines
  std::string speaker;  // of the first voice tag
  std::string settings; // what SubRip's {\an8} means in WebVTT
};

/// WebVTT cue text (section 4.2.2): every tag is dropped, character references are resolved.
CueText read_webvtt_text(std::string_view);
/// SubRip as found: known HTML tags and ASS override blocks are dropped, anything else stays as written.
CueText read_srt_text(std::string_view);

/// The settings WebVTT defines (section 4.4), without regions; the rest is left out.
std::string keep_valid_settings(std::string_view);

/// For WebVTT text and voice annotations.
std::string escape_webvtt(std::string_view);

/// Lines trimmed, blank ones left out: a blank line would end a cue in both formats.
std::string tidy_lines(std::string_view);

} // namespace tarina::media
