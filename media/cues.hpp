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

/// What had to be dropped or guessed. The words are the reader's: whoever shows it has a sentence for each.
enum class CueProblem {
  encoding_guessed,    // value: the encoding it was read as
  bytes_damaged,
  time_unreadable,     // the cue was dropped, as for the next three
  end_before_start,
  no_time,
  no_text,
  time_guessed,        // value: "00:00:06.500 --> 00:00:07.123", as it was read
  sorted,              // cues were not in the order of time
};
/// "end_before_start": stable, for keys of sentences.
std::string_view cue_problem_name(CueProblem);

struct CueWarning {
  CueProblem problem{};
  int cue = 0;       // counted in the file from 1; 0 for the whole file
  std::string value; // see CueProblem
  bool operator==(CueWarning const&) const = default;
};

/// Cues in time order plus what had to be dropped or guessed, to show the editor.
struct CueFile {
  std::vector<Cue> cues;
  std::vector<CueWarning> warnings;
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
