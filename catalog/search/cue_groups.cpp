#include "catalog/search/cue_groups.hpp"
#include "catalog/search/words.hpp"
#include <charconv>

namespace tarina::catalog {
namespace {
using namespace std::chrono_literals;
constexpr auto step = 15s;    // a group begins this long after the one before, or with the next cue after it
constexpr auto full = 30s;    // and goes on until it spans this,
constexpr auto longest = 40s; // but takes no cue that would make it longer than this
constexpr std::size_t longest_text = 8000;

void write_number(std::string& text, std::int64_t number, char behind) { text += std::to_string(number) + behind; }

template <class T> bool read_number(std::string_view& text, T& number, char behind) {
  auto const done = std::from_chars(text.data(), text.data() + text.size(), number);
  auto const used = static_cast<std::size_t>(done.ptr - text.data());
  if (done.ec != std::errc{} || used == text.size() || text[used] != behind) return false;
  text.remove_prefix(used + 1);
  return true;
}
} // namespace

std::string plain_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

SpokenTrack speak(std::string_view language, std::vector<media::Cue> const& cues, std::string& speech) {
  SpokenTrack track{std::string(language.substr(0, language.find_first_of(":|"))), {}};
  for (auto const& cue : cues) {
    auto const line = plain_line(cue.text);
    // The line end is no letter, so the words of the whole are those of the lines.
    track.cues.push_back({cue.start, cue.end, static_cast<std::uint32_t>(split_words(line).size()), static_cast<std::uint32_t>(line.size() + 1)});
    speech += line;
    speech += '\n';
  }
  return track;
}

std::string write_tracks(std::vector<SpokenTrack> const& tracks) {
  std::string text;
  for (auto const& track : tracks) {
    text += track.language + ':';
    for (auto const& cue : track.cues) {
      write_number(text, cue.start.count(), ',');
      write_number(text, cue.end.count(), ',');
      write_number(text, cue.words, ',');
      write_number(text, cue.bytes, ';');
    }
    text += '|';
  }
  return text;
}

std::vector<SpokenTrack> read_tracks(std::string_view text) {
  std::vector<SpokenTrack> tracks;
  for (auto colon = text.find(':'); colon != text.npos; colon = text.find(':')) {
    auto& track = tracks.emplace_back();
    track.language = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    while (!text.empty() && text.front() != '|') {
      std::int64_t start = 0, end = 0;
      SpokenCue cue;
      if (!read_number(text, start, ',') || !read_number(text, end, ',') || !read_number(text, cue.words, ',') || !read_number(text, cue.bytes, ';'))
        return tracks;
      cue.start = std::chrono::milliseconds(start);
      cue.end = std::chrono::milliseconds(end);
      track.cues.push_back(cue);
    }
    if (!text.empty()) text.remove_prefix(1);
  }
  return tracks;
}

std::vector<CueGroup> group_cues(std::vector<SpokenCue> const& cues) {
  std::vector<CueGroup> groups;
  for (std::size_t first = 0; first < cues.size();) {
    auto const begin = cues[first].start;
    std::size_t at = first, bytes = 0;
    for (; at < cues.size(); ++at) {
      auto const& cue = cues[at];
      if (at > first && (cue.start - begin >= full || cue.end - begin > longest || bytes + cue.bytes > longest_text)) break;
      bytes += cue.bytes;
    }
    groups.push_back({first, at});
    if (at == cues.size()) break;
    auto next = first + 1;
    while (next < at && cues[next].start - begin < step) ++next;
    first = next;
  }
  return groups;
}

} // namespace tarina::catalog
