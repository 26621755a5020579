// Whatever package a worker reports: its playlists are m3u8 that a strict reader takes (RFC 8216), they name only files a
// package may hold, and their times are those of the segments.
#include "check.hpp"
#include "media/bitrate.hpp"
#include "media/hls.hpp"
#include "media/store.hpp"
#include "media/tasks.hpp"
#include <cmath>
#include <map>
#include <set>

namespace {

using namespace tarina::media;
using fuzz::check;

/// AttributeName=AttributeValue, … of section 4.2.
std::map<std::string, std::string> read_attributes(std::string_view text) {
  std::map<std::string, std::string> all;
  while (!text.empty()) {
    auto const name = std::string(fuzz::cut(text, '='));
    check(!name.empty() && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == name.npos, "an attribute has a name");
    std::string value;
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      check(text.find('"') != text.npos, "a quoted string ends");
      value = fuzz::cut(text, '"');
      check(text.empty() || text.starts_with(','), "a comma follows a quoted string");
      if (!text.empty()) text.remove_prefix(1);
    } else {
      value = fuzz::cut(text, ',');
      check(!value.empty() && value.find_first_of("\" \t") == value.npos, "a bare value has neither spaces nor quotes");
    }
    check(all.emplace(name, value).second, "an attribute stands once");
  }
  return all;
}

std::int64_t read_number(std::string const& text) {
  check(!text.empty() && text.size() <= 19 && text.find_first_not_of("0123456789") == text.npos, "a number is a number");
  return std::stoll(text);
}

void check_multivariant(Package const& package) {
  auto const text = multivariant_playlist(package);
  std::string_view rest = text;
  check(fuzz::cut(rest, '\n') == "#EXTM3U", "a playlist begins as one");
  std::set<std::string> names;
  bool address_follows = false;
  while (!rest.empty()) {
    auto line = fuzz::cut(rest, '\n');
    constexpr std::string_view stream = "#EXT-X-STREAM-INF:", media = "#EXT-X-MEDIA:";
    check(!address_follows || (!line.empty() && line.front() != '#'), "the address follows its stream");
    if (line.starts_with(stream)) {
      auto const said = read_attributes(line.substr(stream.size()));
      check(read_number(said.at("BANDWIDTH")) >= read_number(said.at("AVERAGE-BANDWIDTH")), "the peak is not below the average");
      address_follows = true;
    } else if (line.starts_with(media)) {
      auto const said = read_attributes(line.substr(media.size()));
      check(names.insert(said.at("NAME")).second, "names in a group differ");
      check(is_output_name(said.at("URI")), "a sound's address is a file of the package");
    } else if (!line.empty() && line.front() != '#') {
      check(address_follows && is_output_name(line), "an address is a file of the package");
      address_follows = false;
    } else {
      check(line.empty() || line.starts_with("#EXT-X-"), "every line is known");
    }
  }
  check(!address_follows, "the last stream has its address");
}

void check_media(Track const& track) {
  auto const text = media_playlist(track, true);
  std::string_view rest = text;
  check(fuzz::cut(rest, '\n') == "#EXTM3U", "a playlist begins as one");
  std::size_t count = 0;
  std::int64_t target = 0, ticks = 0, microseconds = 0, last = 0;
  bool ended = false;
  while (!rest.empty()) {
    auto line = fuzz::cut(rest, '\n');
    check(!ended, "nothing follows the end");
    constexpr std::string_view longest = "#EXT-X-TARGETDURATION:", segment = "#EXTINF:";
    if (line.starts_with(longest)) {
      target = read_number(std::string(line.substr(longest.size())));
    } else if (line.starts_with(segment)) {
      line.remove_prefix(segment.size());
      auto const seconds = read_number(std::string(fuzz::cut(line, '.')));
      auto const part = std::string(fuzz::cut(line, ','));
      check(part.size() == 6 && line.empty(), "a length has microseconds and no title");
      last = seconds * 1'000'000 + read_number(part);
      microseconds += last;
      check((last + 500'000) / 1'000'000 <= target, "no segment is longer than the target");
    } else if (!line.empty() && line.front() != '#') {
      check(count < track.segments.size() && line == track.segments[count].name && is_output_name(line) && line.find('/') == line.npos, "segments are named in order");
      ticks += track.segments[count++].duration;
      auto const exact = static_cast<long double>(ticks) * 1'000'000 / track.timescale;
      check(std::abs(static_cast<long double>(microseconds) - exact) <= 0.51L, "rounding never adds up");
    } else {
      ended = line == "#EXT-X-ENDLIST";
      check(line.starts_with("#EXT-X-"), "every line is known");
    }
  }
  check(ended && count == track.segments.size(), "every segment is there, and the end");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const message = nlohmann::json::parse(data, data + size, nullptr, false);
  if (!message.is_object()) return 0;
  Package package;
  try {
    message.get_to(package);
  } catch (nlohmann::json::exception const&) {
    return 0;
  }
  check_multivariant(package);
  for (auto const* tracks : {&package.video, &package.audio})
    for (auto const& track : *tracks) check_media(track);
  auto const manifest = dash_manifest(package);
  check(manifest.ends_with("</MPD>\n") && manifest.find('&') == manifest.npos, "the manifest is whole, and nothing in it needed an escape");
  if (package.storyboard && package.storyboard->tiles <= 1000) {
    auto const tiles = read_subtitles(storyboard_webvtt(*package.storyboard, package.duration));
    check(!tiles || static_cast<int>(tiles->cues.size()) <= package.storyboard->tiles, "no more tiles than there are");
  }
  return 0;
}
