#include "catalog/search/moments.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

constexpr std::size_t most_before = 120, most_after = 160; // bytes around the first hit

bool ends_sentence(char c) { return c == '.' || c == '!' || c == '?'; }
bool is_gap(char c) { return c == ' ' || c == cue_joint; }

/// Where the sentence around `hit` begins: behind the last full stop before it, or at a gap when that is far.
std::size_t sentence_begin(std::string_view text, std::size_t hit) {
  std::size_t const least = hit > most_before ? hit - most_before : 0;
  std::size_t begin = hit, gap = hit;
  while (begin > least) {
    if (is_gap(text[begin - 1])) {
      if (begin >= 2 && ends_sentence(text[begin - 2])) return begin;
      gap = begin;
    }
    --begin;
  }
  return begin == 0 ? 0 : gap;
}

std::size_t sentence_end(std::string_view text, std::size_t hit) {
  std::size_t const most = std::min(text.size(), hit + most_after);
  std::size_t gap = text.size();
  for (std::size_t end = hit; end < most; ++end) {
    // The mark may stand between the last word and its full stop, never between the stop and the gap.
    if (is_gap(text[end])) {
      if (end > hit && ends_sentence(text[end - 1])) return end;
      gap = end;
    }
  }
  if (most == text.size()) return most;
  if (gap < most) return gap;
  // One word without end: cut at a character.
  std::size_t end = most;
  while (end > hit && (text[end] & 0xC0) == 0x80) --end;
  return end;
}

std::string escape_marked(std::string_view text) {
  std::string html;
  bool open = false;
  for (char c : text) switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      case cue_joint: html += ' '; break;
      case mark_begin: html += "<mark>", open = true; break;
      case mark_end: html += open ? "</mark>" : "", open = false; break;
      default: html += c;
    }
  if (open) html += "</mark>";
  return html;
}

} // namespace

std::vector<Moment> read_moments(std::string_view marked, std::vector<CueTime> const& cues, std::string_view language) {
  std::vector<Moment> moments;
  std::size_t cue = 0, seen = 0; // the cue that byte `seen` is in
  auto cue_at = [&](std::size_t place) {
    return cue + static_cast<std::size_t>(std::count(marked.begin() + static_cast<std::ptrdiff_t>(seen),
                                                     marked.begin() + static_cast<std::ptrdiff_t>(place), cue_joint));
  };
  for (auto hit = marked.find(mark_begin); hit != marked.npos; hit = marked.find(mark_begin, hit + 1)) {
    auto const first = cue_at(hit);
    if (!moments.empty() && first == cue) continue;
    cue = first, seen = hit;
    auto const begin = sentence_begin(marked, hit);
    auto end = sentence_end(marked, hit);
    if (auto const close = marked.find(mark_end, hit); close != marked.npos) end = std::max(end, close + 1); // whole words
    auto const last = cue_at(end);
    if (last >= cues.size()) break;
    auto html = escape_marked(marked.substr(begin, end - begin));
    if (begin > 0 && !(begin >= 2 && ends_sentence(marked[begin - 2]))) html.insert(0, "… ");
    if (end < marked.size() && !ends_sentence(marked[end - 1])) html += " …";
    moments.push_back({cues[first].start, std::max(cues[first].end, cues[last].end), std::string(language), std::move(html)});
  }
  return moments;
}

} // namespace tarina::catalog
