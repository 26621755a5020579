// Subtitle cues, and their files.
#pragma once
#include "media/error.hpp"
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::media {

/// One timed line of a subtitle track. `text` is plain text with "\n" between lines: markup is dropped on reading,
/// except that a WebVTT voice tag's speaker is kept in `speaker`.
struct Cue {
  std::chrono::milliseconds start{};
  std::chrono::milliseconds end{};
  std::string text;
  std::string speaker;
  std::string settings; // WebVTT cue settings that are valid, as written ("line:0"), or empty
};

/// Cues in time order plus what had to be dropped or guessed, to show the editor.
struct CueFile {
  std::vector<Cue> cues;
  std::vector<std::string> warnings; // plain English, "cue 3: end before start, dropped"
};

/// Reads a subtitle file that says or seems to be WebVTT (W3C) or SubRip, in UTF-8, UTF-16 with or without BOM,
/// Windows-1252, ISO 8859-1 or MacRoman; any line ends. Fails with Errc::invalid "subtitles.unreadable" when there is
/// no cue at all, "subtitles.too_many" above 20000 cues.
result<CueFile> read_subtitles(std::string_view bytes);

/// WebVTT with header, cue text escaped (`&`, `<`, `>`), timestamps HH:MM:SS.mmm.
std::string write_webvtt(std::vector<Cue> const&);
/// SubRip with CRLF and no BOM.
std::string write_srt(std::vector<Cue> const&);
/// Plain transcript: cue texts as running text, a new paragraph at pauses above 2 s or a change of speaker.
std::string write_transcript(std::vector<Cue> const&);

} // namespace tarina::media
