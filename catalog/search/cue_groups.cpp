#include "catalog/search/cue_groups.hpp"
#include <charconv>

namespace tarina::catalog {
namespace {
using namespace std::chrono_literals;
constexpr auto step = 15s;    // a group begins this long after the one before, or with the next cue after it
constexpr auto full = 30s;    // and goes on until it spans this,
constexpr auto longest = 40s; // but takes no cue that would make it longer than this
constexpr std::size_t longest_text = 8000;
} // namespace

std::string plain_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

std::vector<CueGroup> group_cues(std::vector<media::Cue> const& cues) {
  std::vector<CueGroup> groups;
  for (std::size_t first = 0; first < cues.size();) {
    CueGroup group;
    auto const begin = cues[first].start;
    std::size_t at = first;
    for (; at < cues.size(); ++at) {
      auto const& cue = cues[at];
      if (at > first && (cue.start - begin >= full || cue.end - begin > longest ||
                         group.text.size() + cue.text.size() > longest_text))
        break;
      if (at > first) group.text += cue_joint;
      group.text += plain_line(cue.text);
      group.cues.push_back({cue.start, cue.end});
    }
    groups.push_back(std::move(group));
    if (at == cues.size()) break;
    auto next = first + 1;
    while (next < at && cues[next].start - begin < step) ++next;
    first = next;
  }
  return groups;
}

std::string write_times(std::vector<CueTime> const& times) {
  std::string text;
  for (auto const& t : times) {
    if (!text.empty()) text += ';';
    text += std::to_string(t.start.count()) + ',' + std::to_string(t.end.count());
  }
  return text;
}

std::vector<CueTime> read_times(std::string_view text) {
  std::vector<CueTime> times;
  for (std::size_t at = 0; at < text.size();) {
    auto const stop = std::min(text.find(';', at), text.size());
    long long start = 0, end = 0;
    auto const first = std::from_chars(text.data() + at, text.data() + stop, start);
    if (first.ec == std::errc{} && first.ptr < text.data() + stop && *first.ptr == ',' &&
        std::from_chars(first.ptr + 1, text.data() + stop, end).ec == std::errc{})
      times.push_back({std::chrono::milliseconds(start), std::chrono::milliseconds(end)});
    at = stop + 1;
  }
  return times;
}

} // namespace tarina::catalog
