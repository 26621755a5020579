#include "server/bagit/manifest.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {
namespace {

std::string encode_path(std::string_view path) {
  std::string out;
  for (char const c : path) {
    if (c == '\n' || c == '\r' || c == '%') fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out;
}

/// Other escapes stay as they stand: writers of earlier drafts did not encode the percent sign.
std::string decode_path(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto const three = path.substr(i, 3);
    char const decoded = three == "%0A" || three == "%0a" ? '\n' : three == "%0D" || three == "%0d" ? '\r' : three == "%25" ? '%' : '\0';
    out += decoded ? decoded : path[i];
    if (decoded) i += 2;
  }
  return out;
}

/// The next line without its end, which is LF, CR or CRLF.
std::string_view take_line(std::string_view& text) {
  auto const end = std::min(text.find_first_of("\r\n"), text.size());
  auto const line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  else if (!text.empty()) text.remove_prefix(1);
  return line;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view without_bom(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

Error at_line(char const* key, int line, std::string_view what) { return {Errc::invalid, key, fmt::format("line {} {}", line, what)}; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

} // namespace

std::string write_manifest(BagManifest const& manifest) {
  std::string text;
  for (auto const& [path, hash] : manifest) text += hash + "  " + encode_path(path) + "\n";
  return text;
}

result<BagManifest> read_manifest(std::string_view text) {
  constexpr std::size_t hash_length = 64;
  BagManifest manifest;
  text = without_bom(text);
  for (int number = 1; !text.empty(); ++number) {
    auto const line = take_line(text);
    if (line.empty()) continue;
    auto const hash = lower(line.substr(0, line.find_first_of(" \t")));
    if (hash.size() != hash_length || hash.find_first_not_of("0123456789abcdef") != hash.npos) return at_line("bag.manifest", number, "has no SHA-256");
    auto rest = line.substr(hash_length);
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    if (rest.starts_with('*')) rest.remove_prefix(1); // as md5sum marks binary files
    auto path = decode_path(rest);
    if (!is_bag_path(path)) return at_line("bag.manifest", number, fmt::format("names \"{}\", which does not lie in the bag", encode_path(path)));
    if (!manifest.emplace(path, hash).second) return at_line("bag.manifest", number, fmt::format("names {} again", encode_path(path)));
  }
  return manifest;
}

bool is_bag_path(std::string_view path) {
  if (path.empty() || path.front() == '~' || path.find('\\') != path.npos || path.find('\0') != path.npos) return false;
  for (;;) {
    auto const slash = path.find('/');
    auto const part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string write_tags(BagTags const& tags) {
  std::string text;
  for (auto const& [label, value] : tags) {
    auto line = value;
    std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    text += label + ": " + line + "\n";
  }
  return text;
}

result<BagTags> read_tags(std::string_view text) {
  BagTags tags;
  text = without_bom(text);
  for (int number = 1; !text.empty(); ++number) {
    auto const line = take_line(text);
    if (trim(line).empty()) continue;
    if (is_blank(line.front())) {
      if (tags.empty()) return at_line("bag.tags", number, "goes on with nothing");
      tags.back().second.append(" ").append(trim(line));
      continue;
    }
    auto const colon = line.find(':');
    if (colon == line.npos || colon == 0) return at_line("bag.tags", number, "has no label");
    tags.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return tags;
}

std::string safe_file_name(std::string_view name) {
  constexpr std::size_t longest = 150, longest_ending = 12;
  constexpr std::string_view reserved = "/\\<>:\"|?*\x7F";
  std::string out;
  for (char const c : name) out += static_cast<unsigned char>(c) < 0x20 || reserved.find(c) != reserved.npos ? '_' : c;
  auto const at_end = [](char c) { return c == '.' || c == ' ' || c == '~'; };
  auto const trim = [&at_end](std::string& text) {
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), at_end));
    while (!text.empty() && at_end(text.back())) text.pop_back();
  };
  trim(out);
  if (out.size() > longest) {
    auto const dot = out.rfind('.');
    auto const ending = dot != out.npos && out.size() - dot <= longest_ending ? out.substr(dot) : std::string();
    out.resize(longest - ending.size());
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back(); // the middle of a character
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
    trim(out); // the cut may have come after a space
    out = (out.empty() ? "video" : out) + ending;
  }
  return out.empty() ? "video" : out;
}

} // namespace tarina::server
