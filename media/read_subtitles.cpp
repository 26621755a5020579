// One tolerant reader for WebVTT and SubRip: the files people have mix the two, and every cue saved is typing saved.
#include "media/cue_text.hpp"
#include "media/cues.hpp"
#include "media/text_encoding.hpp"
#include "media/timestamp.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace tarina::media {
namespace {

constexpr std::size_t most_cues = 20'000;
constexpr std::size_t most_warnings = 100; // enough to see what is wrong with the file

struct Timing {
  Timestamp start;
  Timestamp end;
  std::string_view settings;
};

std::string_view next_word(std::string_view& text) {
  auto const begin = std::min(text.find_first_not_of(" \t"), text.size());
  auto const end = std::min(text.find_first_of(" \t", begin), text.size());
  auto const word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

/// "00:00:01,000 --> 00:00:02,000 line:0"
std::optional<Timing> parse_timing(std::string_view line) {
  auto const arrow = line.find("-->");
  if (arrow == line.npos) return std::nullopt;
  auto before = line.substr(0, arrow);
  auto after = line.substr(arrow + 3);
  auto const start = parse_timestamp(next_word(before));
  auto const end = parse_timestamp(next_word(after));
  if (!start || !end || !next_word(before).empty()) return std::nullopt;
  return Timing{*start, *end, after};
}

bool is_all_digits(std::string_view line) { return !line.empty() && line.find_first_not_of("0123456789") == line.npos; }

std::string_view trim_end(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto const end = std::min(text.find('\n'), text.size());
    lines.push_back(trim_end(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Collects cues and complaints.
class Collector {
public:
  bool is_full() const { return too_many_; }

  void warn(CueProblem problem, int cue = 0, std::string value = {}) {
    if (file_.warnings.size() < most_warnings) file_.warnings.push_back({problem, cue, std::move(value)});
  }

  /// `number` counts cues as the file has them, from 1.
  void add(int number, Timing const& timing, CueText content) {
    if (timing.start.guessed || timing.end.guessed)
      warn(CueProblem::time_guessed, number, format_timestamp(timing.start.at, '.') + " --> " + format_timestamp(timing.end.at, '.'));
    if (timing.end.at < timing.start.at) return warn(CueProblem::end_before_start, number);
    if (timing.end.at == timing.start.at) return warn(CueProblem::no_time, number);
    if (content.text.empty()) return warn(CueProblem::no_text, number);
    if (file_.cues.size() == most_cues) {
      too_many_ = true;
      return;
    }
    if (!file_.cues.empty() && timing.start.at < file_.cues.back().start) ordered_ = false;
    file_.cues.push_back({timing.start.at, timing.end.at, std::move(content.text), std::move(content.speaker), std::move(content.settings)});
  }

  CueFile finish() {
    if (!ordered_) {
      warn(CueProblem::sorted);
      std::stable_sort(file_.cues.begin(), file_.cues.end(), [](Cue const& a, Cue const& b) { return a.start < b.start; });
    }
    return std::move(file_);
  }

private:
  CueFile file_;
  bool ordered_ = true;
  bool too_many_ = false;
};

std::string join(std::vector<std::string_view> const& lines, std::size_t first, std::size_t last) {
  std::string text;
  for (auto i = first; i < last; ++i) {
    text += lines[i];
    text += '\n';
  }
  return text;
}

void read_webvtt(std::vector<std::string_view> const& lines, Collector& out) {
  std::size_t i = 1;
  while (i < lines.size() && !lines[i].empty() && lines[i].find("-->") == std::string_view::npos) ++i; // header metadata
  int number = 0;
  while (i < lines.size() && !out.is_full()) {
    if (lines[i].empty()) {
      ++i;
      continue;
    }
    auto const timed = [&](std::size_t line) { return line < lines.size() && lines[line].find("-->") != std::string_view::npos; };
    auto const timing_line = timed(i) ? i : timed(i + 1) ? i + 1 : lines.size(); // an identifier may stand above
    auto end = timing_line == lines.size() ? i : timing_line + 1;
    while (end < lines.size() && !lines[end].empty() && !(timing_line != lines.size() && timed(end))) ++end;
    if (timing_line != lines.size()) {
      ++number;
      if (auto const timing = parse_timing(lines[timing_line])) {
        auto content = read_webvtt_text(join(lines, timing_line + 1, end));
        content.settings = keep_valid_settings(timing->settings);
        out.add(number, *timing, std::move(content));
      } else {
        out.warn(CueProblem::time_unreadable, number);
      }
    } // else a comment, style or region, which are not kept
    i = end;
  }
}

void read_srt(std::vector<std::string_view> const& lines, Collector& out) {
  std::vector<std::size_t> starts; // lines that say when; an arrow inside a sentence does not
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = lines[i];
    auto const word = next_word(line);
    if (lines[i].find("-->") != std::string_view::npos && !word.empty() && word[0] >= '0' && word[0] <= '9') starts.push_back(i);
  }
  int number = 0;
  for (std::size_t n = 0; n < starts.size() && !out.is_full(); ++n) {
    ++number;
    auto const first = starts[n] + 1;
    auto last = n + 1 < starts.size() ? starts[n + 1] : lines.size();
    // The next cue's number stands right above its timing, after a blank line.
    if (n + 1 < starts.size() && last > first && is_all_digits(lines[last - 1]) && (last - 1 == first || lines[last - 2].empty())) --last;
    auto const timing = parse_timing(lines[starts[n]]);
    if (!timing) {
      out.warn(CueProblem::time_unreadable, number);
      continue;
    }
    auto content = read_srt_text(join(lines, first, last));
    if (auto settings = keep_valid_settings(timing->settings); !settings.empty()) content.settings = std::move(settings);
    out.add(number, *timing, std::move(content));
  }
}

bool is_webvtt(std::vector<std::string_view> const& lines) {
  if (lines.empty() || !lines[0].starts_with("WEBVTT")) return false;
  return lines[0].size() == 6 || lines[0][6] == ' ' || lines[0][6] == '\t';
}

} // namespace

std::string_view cue_problem_name(CueProblem problem) {
  switch (problem) {
  case CueProblem::encoding_guessed: return "encoding_guessed";
  case CueProblem::bytes_damaged: return "bytes_damaged";
  case CueProblem::time_unreadable: return "time_unreadable";
  case CueProblem::end_before_start: return "end_before_start";
  case CueProblem::no_time: return "no_time";
  case CueProblem::no_text: return "no_text";
  case CueProblem::time_guessed: return "time_guessed";
  case CueProblem::sorted: return "sorted";
  }
  return "";
}

result<CueFile> read_subtitles(std::string_view bytes) {
  auto const decoded = decode_text(bytes);
  Collector collector;
  if (decoded.guessed) collector.warn(CueProblem::encoding_guessed, 0, std::string(decoded.encoding));
  if (decoded.damaged) collector.warn(CueProblem::bytes_damaged);
  auto const lines = split_lines(decoded.text);
  if (is_webvtt(lines)) read_webvtt(lines, collector);
  else read_srt(lines, collector);
  if (collector.is_full()) return Error{Errc::invalid, "subtitles.too_many", fmt::format("more than {} cues", most_cues)};
  auto file = collector.finish();
  if (file.cues.empty()) {
    auto why = file.warnings.empty() ? std::string_view("no cue found") : cue_problem_name(file.warnings.front().problem);
    return Error{Errc::invalid, "subtitles.unreadable", std::string(why)};
  }
  return file;
}

} // namespace tarina::media
