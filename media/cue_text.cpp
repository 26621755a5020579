#include "media/cue_text.hpp"
#include "media/text_encoding.hpp"
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace tarina::media {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\n' || text.front() == '\r')) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

/// Resolves the reference at the start of `text` ("&amp;…"); gives its length, or 0.
std::size_t resolve_reference(std::string_view text, std::string& out) {
  auto const end = text.substr(0, 12).find(';');
  if (end == text.npos || end < 2) return 0;
  auto const name = text.substr(1, end - 1);
  constexpr std::pair<std::string_view, char32_t> named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0}, {"lrm", 0x200E}, {"rlm", 0x200F}};
  for (auto const& [key, code] : named) {
    if (name != key) continue;
    append_utf8(out, code);
    return end + 1;
  }
  if (name[0] != '#') return 0;
  bool const hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
  auto const digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  auto const [last, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (failure != std::errc() || last != digits.data() + digits.size()) return 0;
  append_utf8(out, code < 0x20 || code == 0x7F ? char32_t{' '} : code);
  return end + 1;
}

std::string resolve_references(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    auto const length = text[i] == '&' ? resolve_reference(text.substr(i), out) : 0;
    if (length == 0) out += text[i];
    i += std::max<std::size_t>(1, length);
  }
  return out;
}

/// "Anna  Virtanen" from "v.loud Anna\n Virtanen".
std::string read_annotation(std::string_view tag) {
  auto const gap = tag.find_first_of(" \t\n");
  if (gap == tag.npos) return {};
  auto const name = resolve_references(tag.substr(gap));
  std::string out;
  for (char const c : trim(name)) {
    bool const blank = is_blank(c) || c == '\n';
    if (!blank) out += c;
    else if (out.empty() || out.back() != ' ') out += ' ';
  }
  return out;
}

bool is_known_tag(std::string_view tag) {
  if (tag.starts_with('/')) tag.remove_prefix(1);
  std::string name;
  for (char const c : tag.substr(0, 8)) {
    if (!is_letter(c)) break;
    name += static_cast<char>(c | 0x20);
  }
  auto const rest = tag.substr(name.size());
  if (!rest.empty() && !is_blank(rest[0]) && rest[0] != '/' && rest[0] != '.') return false;
  constexpr std::string_view known[] = {"b", "i", "u", "s", "font", "span", "em", "strong", "br", "p", "c", "v", "ruby", "rt", "lang"};
  return std::find(std::begin(known), std::end(known), name) != std::end(known);
}

/// Length of an ASS override block at the start ("{\an8}", "{ \i1}", "{Y:i}"), or 0.
std::size_t override_length(std::string_view text) {
  auto const end = text.find_first_of("}\n");
  if (end == text.npos || text[end] != '}') return 0;
  auto const inside = trim(text.substr(1, end - 1));
  bool const ass = inside.starts_with('\\');
  bool const microdvd = inside.size() > 2 && is_letter(inside[0]) && inside[1] == ':';
  return ass || microdvd ? end + 1 : 0;
}

bool is_number(std::string_view text, bool percent) {
  if (percent) {
    if (!text.ends_with('%')) return false;
    text.remove_suffix(1);
  } else if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  auto const point = text.find('.');
  auto const all_digits = [](std::string_view part) { return !part.empty() && part.size() <= 6 && std::all_of(part.begin(), part.end(), is_digit); };
  if (!all_digits(text.substr(0, point)) || (point != text.npos && !all_digits(text.substr(point + 1)))) return false;
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return !percent || value <= 100;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) { return std::find(list.begin(), list.end(), word) != list.end(); }

bool is_valid_setting(std::string_view setting) {
  auto const colon = setting.find(':');
  if (colon == setting.npos) return false;
  auto const name = setting.substr(0, colon);
  auto const value = setting.substr(colon + 1);
  auto const comma = value.find(',');
  auto const first = value.substr(0, comma);
  auto const second = comma == value.npos ? std::optional<std::string_view>() : value.substr(comma + 1);
  if (name == "vertical") return is_one_of(value, {"rl", "lr"});
  if (name == "line") return (is_number(first, true) || is_number(first, false)) && (!second || is_one_of(*second, {"start", "center", "end"}));
  if (name == "position") return is_number(first, true) && (!second || is_one_of(*second, {"line-left", "center", "line-right"}));
  if (name == "size") return is_number(value, true);
  if (name == "align") return is_one_of(value, {"start", "center", "end", "left", "right"});
  return false;
}

} // namespace

std::string tidy_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto const end = std::min(text.find_first_of("\r\n"), text.size());
    auto const line = trim(text.substr(0, end));
    if (!line.empty()) {
      if (!out.empty()) out += '\n';
      out += line;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

CueText read_webvtt_text(std::string_view text) {
  CueText cue;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 0;
    if (text[i] == '&') {
      length = resolve_reference(text.substr(i), cue.text);
    } else if (text[i] == '<' && i + 1 < text.size() && (is_letter(text[i + 1]) || is_digit(text[i + 1]) || text[i + 1] == '/' || text[i + 1] == '.' || text[i + 1] == '>')) {
      // "a < b" is no tag in anyone's mind, so a blank after "<" is kept as text; section 6.4 would drop it.
      auto const end = std::min(text.find('>', i), text.size());
      auto const tag = text.substr(i + 1, end - i - 1);
      if (cue.speaker.empty() && tag.starts_with('v') && (tag.size() == 1 || !is_letter(tag[1]))) cue.speaker = read_annotation(tag);
      length = std::min(end + 1, text.size()) - i;
    }
    if (length == 0) cue.text += text[i];
    i += std::max<std::size_t>(1, length);
  }
  cue.text = tidy_lines(cue.text);
  return cue;
}

CueText read_srt_text(std::string_view text) {
  CueText cue;
  for (std::size_t i = 0; i < text.size();) {
    auto const rest = text.substr(i);
    std::size_t length = 0;
    if (rest[0] == '<') {
      auto const end = rest.substr(1).find_first_of("<>");
      if (end != rest.npos && rest[end + 1] == '>' && is_known_tag(rest.substr(1, end))) {
        length = end + 2;
        if (rest.substr(1, 2) == "br") cue.text += '\n';
      }
    } else if (rest[0] == '{') {
      length = override_length(rest);
      auto const block = rest.substr(0, length);
      if (block.size() == 6 && block.starts_with("{\\an") && block[4] >= '7' && block[4] <= '9') cue.settings = "line:0"; // top row
    } else if (rest.starts_with("\\N") || rest.starts_with("\\h")) {
      cue.text += rest[1] == 'N' ? "\n" : "\xC2\xA0";
      length = 2;
    }
    if (length == 0) cue.text += rest[0];
    i += std::max<std::size_t>(1, length);
  }
  cue.text = tidy_lines(cue.text);
  return cue;
}

std::string keep_valid_settings(std::string_view settings) {
  std::string out;
  while (!settings.empty()) {
    auto const end = std::min(settings.find_first_of(" \t\r\n"), settings.size());
    auto const setting = settings.substr(0, end);
    if (is_valid_setting(setting)) {
      if (!out.empty()) out += ' ';
      out += setting;
    }
    settings.remove_prefix(std::min(end + 1, settings.size()));
  }
  return out;
}

std::string escape_webvtt(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += c;
  }
  return out;
}

} // namespace tarina::media
