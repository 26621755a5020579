#include "catalog/search/moments.hpp"
#include "catalog/search/words.hpp"
#include <algorithm>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <map>
#include <set>
#include <span>

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

namespace {

/// A phrase of the query, and which word of the speech it is.
struct Hit {
  std::uint32_t phrase = 0, position = 0;
};

std::vector<Hit> read_hits(std::string const& pairs) {
  std::vector<Hit> hits(pairs.size() / sizeof(Hit));
  std::memcpy(hits.data(), pairs.data(), hits.size() * sizeof(Hit));
  std::sort(hits.begin(), hits.end(), [](Hit a, Hit b) { return a.position < b.position; });
  return hits;
}

/// A track with its speech, and the hits in each cue.
struct Heard {
  struct Line {
    std::string_view text;
    std::uint32_t first_word = 0;
    std::span<Hit const> hits;
  };
  struct Group : CueGroup {
    std::size_t typed = 0; // how many of the query's words it has, each as typed or in another language
  };
  SpokenTrack const* track = nullptr;
  bool has_typed = false;  // has a word as it was typed, not only names in another language
  std::vector<Line> lines; // as the track's cues
  std::vector<Group> groups;

  std::string marked(CueGroup) const;
};

/// How many of the words that were typed were heard. Another name of theirs counts as much as they do, however many words it is.
std::size_t count_typed(std::vector<QueryPhrase> const& phrases, std::set<std::uint32_t> const& heard) {
  struct Part { std::size_t words = 0, heard = 0; };
  std::map<std::size_t, std::map<std::size_t, Part>> pieces; // by piece and name
  for (std::uint32_t i = 0; i < phrases.size(); ++i) {
    auto& part = pieces[phrases[i].piece][phrases[i].name];
    ++part.words;
    part.heard += heard.contains(i);
  }
  std::size_t count = 0;
  for (auto const& [piece, names] : pieces) {
    std::size_t best = 0;
    auto const typed = names.begin()->second.words;
    for (auto const& [name, part] : names) best = std::max(best, (typed * part.heard + part.words - 1) / part.words);
    count += best;
  }
  return count;
}

std::string Heard::marked(CueGroup group) const {
  std::string text;
  for (auto i = group.first; i < group.end; ++i) {
    auto const& line = lines[i];
    if (i > group.first) text += cue_joint;
    if (line.hits.empty()) {
      text += line.text;
      continue;
    }
    auto const words = split_words(line.text);
    std::size_t done = 0;
    for (auto const& hit : line.hits) {
      auto const number = hit.position - line.first_word;
      if (number >= words.size() || words[number].begin < done) continue; // one word, hit twice
      text += line.text.substr(done, words[number].begin - done);
      text += mark_begin;
      text += words[number].in(line.text);
      text += mark_end;
      done = words[number].end;
    }
    text += line.text.substr(done);
  }
  return text;
}

/// What is heard in one language's speech. `speech`, `tracks` and `hits` must outlive it.
std::vector<Heard> hear(std::string_view speech, std::vector<SpokenTrack> const& tracks, std::vector<Hit> const& hits, std::vector<QueryPhrase> const& phrases) {
  std::vector<Heard> all;
  std::size_t byte = 0, hit = 0;
  std::uint32_t word = 0;
  for (auto const& track : tracks) {
    auto& heard = all.emplace_back();
    heard.track = &track;
    for (auto const& cue : track.cues) {
      if (byte + cue.bytes > speech.size() || cue.bytes == 0) return {}; // does not fit: better no moment than a wrong one
      Heard::Line line{speech.substr(byte, cue.bytes - 1), word, {}};
      auto const first = hit;
      for (; hit < hits.size() && hits[hit].position < word + cue.words; ++hit)
        heard.has_typed |= hits[hit].phrase < phrases.size() && phrases[hits[hit].phrase].name == 0;
      line.hits = std::span(hits).subspan(first, hit - first);
      heard.lines.push_back(line);
      byte += cue.bytes;
      word += cue.words;
    }
    for (auto const group : group_cues(track.cues)) {
      std::set<std::uint32_t> said;
      for (auto i = group.first; i < group.end; ++i)
        for (auto const& one : heard.lines[i].hits) said.insert(one.phrase);
      if (!said.empty()) heard.groups.push_back({group, count_typed(phrases, said)});
    }
  }
  return all;
}

} // namespace

std::vector<Moment> find_moments(SearchConnection& connection, std::int64_t story, Wanted const& asked, std::string_view page_language,
                                 int limit, bool all) {
  auto& database = connection.database;
  struct Speech {
    std::string text;
    std::vector<SpokenTrack> tracks;
    std::vector<Hit> hits;
  };
  std::deque<Speech> speeches; // stay where they are
  std::vector<Heard> heard;
  for (auto spoken = database.query("SELECT language, cues FROM speech WHERE story = ?1", story); spoken.step();) {
    auto const language = static_cast<std::size_t>(spoken.integer());
    if (language >= index_languages.size() || asked.any[language].empty()) continue;
    auto row = database.query(fmt::format("SELECT speech_hits(story_{0}), speech FROM story_{0} WHERE story_{0} MATCH ?1 AND rowid = ?2", index_languages[language]),
                              asked.any[language], story);
    if (!row.step()) continue;
    auto& speech = speeches.emplace_back();
    speech.hits = read_hits(row.text());
    if (speech.hits.empty()) continue;
    speech.text = row.text();
    speech.tracks = read_tracks(spoken.text());
    for (auto& track : hear(speech.text, speech.tracks, speech.hits, asked.phrases[language])) heard.push_back(std::move(track));
  }
  std::size_t most = 0;
  for (auto const& track : heard)
    for (auto const& group : track.groups) most = std::max(most, group.typed);
  if (most == 0) return {};

  if (!all)
    std::stable_sort(heard.begin(), heard.end(), [&](Heard const& a, Heard const& b) {
      bool const a_own = a.track->language == page_language, b_own = b.track->language == page_language;
      return a_own != b_own ? a_own : a.has_typed && !b.has_typed;
    });
  auto const most_moments = static_cast<std::size_t>(std::max(limit, 0));
  std::vector<Moment> moments;
  for (auto const& track : heard) {
    auto const before = moments.size();
    auto is_new = [&](Moment const& m) {
      auto const own = moments.begin() + static_cast<std::ptrdiff_t>(before);
      // The same place in another track is its translation.
      if (!all && std::any_of(moments.begin(), own, [&](Moment const& other) { return m.start < other.end && other.start < m.end; })) return false;
      return std::none_of(own, moments.end(), [&](Moment const& other) { return other.start == m.start || other.html == m.html; });
    };
    for (auto const& group : track.groups) {
      if (moments.size() - (all ? before : 0) >= most_moments) break; // the rest of this track is later
      if (group.typed < most) continue;
      std::vector<CueTime> times;
      for (auto i = group.first; i < group.end; ++i) times.push_back({track.track->cues[i].start, track.track->cues[i].end});
      auto found = read_moments(track.marked(group), times, track.track->language);
      if (!all && found.size() > 1) found.resize(1);
      for (auto& moment : found)
        if (is_new(moment)) moments.push_back(std::move(moment));
    }
  }
  std::stable_sort(moments.begin(), moments.end(), [](Moment const& a, Moment const& b) { return a.start < b.start; });
  if (moments.size() > most_moments) moments.resize(most_moments);
  return moments;
}

} // namespace tarina::catalog
