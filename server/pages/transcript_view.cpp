#include "server/pages/transcript_view.hpp"
#include "catalog/search/index.hpp"
#include "server/page.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tarina::server {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// What stands between <mark> and </mark>, as text.
std::set<std::string, std::less<>> marked_words(std::string_view html) {
  std::set<std::string, std::less<>> words;
  for (auto open = html.find("<mark>"); open != std::string_view::npos; open = html.find("<mark>", open + 1)) {
    auto const begin = open + 6, end = html.find("</mark>", begin);
    if (end == std::string_view::npos) break;
    std::string word(html.substr(begin, end - begin));
    for (auto const& [entity, letter] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}})
      for (auto at = word.find(entity); at != std::string::npos; at = word.find(entity, at + 1)) word.replace(at, std::string_view(entity).size(), letter);
    words.insert(std::move(word));
  }
  return words;
}

/// ASCII letters and digits, and what takes two bytes from U+00C0 up: all letters of the languages told in.
/// Quotation marks and dashes are below or take three bytes.
bool is_letter(char lead) {
  auto const c = static_cast<unsigned char>(lead);
  return std::isalnum(c) || (c >= 0xC3 && c <= 0xDF);
}

bool stands_alone(std::string_view text, std::size_t at, std::size_t length) {
  auto before = at;
  while (before > 0 && (static_cast<unsigned char>(text[before - 1]) & 0xC0U) == 0x80U) --before; // to the lead byte
  bool const begins = at == 0 || !is_letter(text[before - 1]);
  return begins && (at + length >= text.size() || !is_letter(text[at + length]));
}

using Ranges = std::set<std::pair<std::size_t, std::size_t>>; // begin and end, bytes

void find_words(std::string_view text, std::set<std::string, std::less<>> const& words, Ranges& into) {
  for (auto const& word : words)
    for (auto at = word.empty() ? std::string_view::npos : text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
      if (stands_alone(text, at, word.size())) into.emplace(at, at + word.size());
}

std::string with_marks(std::string_view text, Ranges const& ranges, int& marks) {
  std::string out;
  std::size_t done = 0;
  for (auto const& [begin, end] : ranges) {
    if (begin < done) continue; // overlaps the one before
    out += escape_html(text.substr(done, begin - done)) + "<mark" + (marks == 0 ? " id=\"found\">" : ">") + escape_html(text.substr(begin, end - begin)) + "</mark>";
    done = end;
    ++marks;
  }
  return out + escape_html(text.substr(done));
}

} // namespace

std::vector<std::string> cue_markup(std::vector<media::Cue> const& cues) {
  int marks = 0;
  return marked_cues(cues, {}, marks);
}

std::vector<std::string> marked_cues(std::vector<media::Cue> const& cues, std::vector<catalog::Moment> const& moments, int& marks) {
  std::vector<std::string> lines;
  for (auto const& cue : cues) lines.push_back(one_line(cue.text));
  std::vector<Ranges> ranges(cues.size());
  bool any = false;
  for (auto const& moment : moments) {
    auto const words = marked_words(moment.html);
    for (std::size_t i = 0; i < cues.size(); ++i) {
      if (cues[i].start >= moment.end || cues[i].end <= moment.start) continue;
      find_words(lines[i], words, ranges[i]);
      any = any || !ranges[i].empty();
    }
  }
  if (!any)
    for (auto const& moment : moments)
      for (std::size_t i = 0; i < cues.size(); ++i)
        if (cues[i].start <= moment.start + 50ms && cues[i].end > moment.start + 50ms) ranges[i] = {{0, lines[i].size()}};
  marks = 0;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < cues.size(); ++i) out.push_back(with_marks(lines[i], ranges[i], marks));
  return out;
}

Json transcript_view(std::vector<media::Cue> const& cues, std::vector<std::string> const& markup) {
  auto out = Json::array();
  media::Cue const* before = nullptr;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < cues.size(); ++i) {
    auto const& cue = cues[i];
    bool const sentence_ended = before && !before->text.empty() && std::string_view(".!?…").find(before->text.back()) != std::string_view::npos;
    bool const speaker_changed = before && before->speaker != cue.speaker;
    if (!before || speaker_changed || cue.start - before->end > 2s || (letters > 320 && sentence_ended) || letters > 700) {
      out.push_back({{"t", cue.start.count() / 1000},
                     {"clock", format_clock(cue.start)},
                     {"speaker", !before || speaker_changed ? cue.speaker : std::string{}},
                     {"cues", Json::array()}});
      letters = 0;
    }
    letters += cue.text.size();
    out.back()["cues"].push_back({{"start", fmt::format("{:.3f}", static_cast<double>(cue.start.count()) / 1000)},
                                  {"end", fmt::format("{:.3f}", static_cast<double>(cue.end.count()) / 1000)},
                                  {"html", markup[i]}});
    before = &cue;
  }
  return out;
}

} // namespace tarina::server
