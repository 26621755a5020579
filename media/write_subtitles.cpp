#include "media/cue_text.hpp"
#include "media/cues.hpp"
#include "media/timestamp.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::media {
namespace {

/// On one line, for places where a line end would break out.
std::string flatten(std::string_view text) {
  auto out = tidy_lines(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  return text;
}

/// "-->" made "->", however long its shaft: in the text of a SubRip cue it could be taken for a timing line.
std::string shorten_arrows(std::string text) {
  for (auto at = text.find("-->"); at != text.npos; at = text.find("-->", at == 0 ? 0 : at - 1)) text.erase(at, 1);
  return text;
}

} // namespace

std::string write_webvtt(std::vector<Cue> const& cues) {
  std::string out = "WEBVTT\n";
  for (auto const& cue : cues) {
    out += fmt::format("\n{} --> {}", format_timestamp(cue.start, '.'), format_timestamp(cue.end, '.'));
    if (auto const settings = keep_valid_settings(cue.settings); !settings.empty()) out += " " + settings;
    out += '\n';
    // A name that ends with dashes must not make an arrow of the tag's end; the space does not count (section 4.2.2).
    if (auto const speaker = flatten(cue.speaker); !speaker.empty()) out += fmt::format("<v {}{}>", escape_webvtt(speaker), speaker.ends_with("--") ? " " : "");
    out += escape_webvtt(tidy_lines(cue.text)) + '\n';
  }
  return out;
}

std::string write_srt(std::vector<Cue> const& cues) {
  std::string out;
  int number = 0;
  for (auto const& cue : cues) {
    auto const text = shorten_arrows(tidy_lines(cue.text)); // SubRip has no escapes
    out += fmt::format("{}\r\n{} --> {}\r\n{}\r\n\r\n", ++number, format_timestamp(cue.start, ','), format_timestamp(cue.end, ','), replace_all(text, "\n", "\r\n"));
  }
  return out;
}

std::string write_transcript(std::vector<Cue> const& cues) {
  using namespace std::chrono_literals;
  std::string out;
  std::string speaker;
  std::chrono::milliseconds end{};
  for (auto const& cue : cues) {
    auto const text = flatten(cue.text);
    if (text.empty()) continue;
    auto const name = flatten(cue.speaker);
    bool const turn = name != speaker;
    if (out.empty() || turn || cue.start - end > 2s) {
      if (!out.empty()) out += "\n\n";
      if (turn && !name.empty()) out += name + ": ";
    } else {
      out += ' ';
    }
    out += text;
    speaker = name;
    end = std::max(end, cue.end);
  }
  if (!out.empty()) out += '\n';
  return out;
}

} // namespace tarina::media
