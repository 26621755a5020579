// ISO/IEC 23009-1 on-demand manifest over the same CMAF segments as the HLS playlists.
#include "media/bitrate.hpp"
#include "media/hls.hpp"
#include "media/timestamp.hpp"
#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace tarina::media {
namespace {

constexpr int first_audio_id = 2;
constexpr int first_further_video_id = 101; // beyond all sounds

/// "30000/1001", or "30" when whole.
std::string frame_rate(Fraction rate) { return rate.den == 1 ? fmt::format("{}", rate.num) : fmt::format("{}/{}", rate.num, rate.den); }

/// The number in "00001.m4s".
int first_number(Track const& track) {
  int number = 1;
  if (!track.segments.empty()) {
    auto const& name = track.segments.front().name;
    std::from_chars(name.data(), name.data() + name.size(), number);
  }
  return number;
}

void append_template(std::string& out, Track const& track) {
  auto const digits = track.segments.front().name.find('.');
  out += fmt::format("        <SegmentTemplate timescale=\"{}\" initialization=\"{}/init.mp4\" media=\"{}/$Number%0{}d$.m4s\" startNumber=\"{}\">\n          <SegmentTimeline>\n",
                     track.timescale, track.name, track.name, digits, first_number(track));
  auto const& segments = track.segments;
  std::int64_t expected = -1;
  for (std::size_t i = 0; i < segments.size();) {
    std::size_t run = i + 1; // segments of one length, one after another, are one element with a repeat count
    while (run < segments.size() && segments[run].duration == segments[i].duration && segments[run].start == segments[run - 1].start + segments[i].duration) ++run;
    out += "            <S";
    if (segments[i].start != expected) out += fmt::format(" t=\"{}\"", segments[i].start);
    out += fmt::format(" d=\"{}\"", segments[i].duration);
    if (run - i > 1) out += fmt::format(" r=\"{}\"", run - i - 1);
    out += "/>\n";
    expected = segments[run - 1].start + segments[run - 1].duration;
    i = run;
  }
  out += "          </SegmentTimeline>\n        </SegmentTemplate>\n";
}

/// One set for a codec: players switch inside a set only.
void append_video(std::string& out, std::vector<Track const*> const& tracks, int id) {
  out += fmt::format("    <AdaptationSet id=\"{}\"", id);
  out += " contentType=\"video\" mimeType=\"video/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">\n";
  for (auto const* shown : tracks) {
    auto const& track = *shown;
    out += fmt::format("      <Representation id=\"{}\" codecs=\"{}\" bandwidth=\"{}\" width=\"{}\" height=\"{}\" frameRate=\"{}\" sar=\"1:1\">\n",
                       track.name, track.codecs, measure_bit_rate(track).peak, track.width, track.height, frame_rate(track.frame_rate));
    append_template(out, track);
    out += "      </Representation>\n";
  }
  out += "    </AdaptationSet>\n";
}

/// What tells several sounds apart, in the order of the schema (ISO/IEC 23009-1 §5.3.7, §5.8.5.5).
void append_descriptors(std::string& out, Track const& track, bool first) {
  if (!track.label.empty()) out += fmt::format("      <Label>{}</Label>\n", track.label); // a label needs no escaping
  if (track.role == SoundRole::description) out += "      <Accessibility schemeIdUri=\"urn:tva:metadata:cs:AudioPurposeCS:2007\" value=\"1\"/>\n";
  std::string_view const role = track.role == SoundRole::commentary ? "commentary" : track.role == SoundRole::description ? "description" : first ? "main" : "alternate";
  out += fmt::format("      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"{}\"/>\n", role);
}

void append_audio(std::string& out, Track const& track, int id, bool alone) {
  out += fmt::format("    <AdaptationSet id=\"{}\" contentType=\"audio\" mimeType=\"audio/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\"", id);
  if (!track.language.empty()) out += fmt::format(" lang=\"{}\"", track.language);
  out += ">\n";
  if (!alone) append_descriptors(out, track, id == first_audio_id);
  out += fmt::format("      <Representation id=\"{}\" codecs=\"{}\" bandwidth=\"{}\" audioSamplingRate=\"{}\">\n"
                     "        <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"{}\"/>\n",
                     track.name, track.codecs, measure_bit_rate(track).peak, track.sample_rate, track.channels);
  append_template(out, track);
  out += "      </Representation>\n    </AdaptationSet>\n";
}

} // namespace

std::string dash_manifest(Package const& package) {
  auto const ms = package.duration.count();
  auto out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" "
                         "mediaPresentationDuration=\"PT{}.{:03}S\" minBufferTime=\"PT6S\">\n  <Period id=\"1\" start=\"PT0S\">\n",
                         ms / 1000, ms % 1000);
  auto const has_segments = [](Track const& track) { return !track.segments.empty(); };
  std::vector<std::pair<std::string, std::vector<Track const*>>> pictures; // by codec, in the order of the tracks
  for (auto const& track : package.video) {
    if (!has_segments(track)) continue;
    auto const codec = track.codecs.substr(0, track.codecs.find('.'));
    auto found = std::find_if(pictures.begin(), pictures.end(), [&](auto const& set) { return set.first == codec; });
    if (found == pictures.end()) found = pictures.insert(pictures.end(), {codec, {}});
    found->second.push_back(&track);
  }
  int set = 1;
  for (auto const& [codec, tracks] : pictures) {
    append_video(out, tracks, set);
    set = set == 1 ? first_further_video_id : set + 1;
  }
  bool const alone = std::count_if(package.audio.begin(), package.audio.end(), has_segments) == 1;
  int id = first_audio_id;
  for (auto const& track : package.audio)
    if (has_segments(track)) append_audio(out, track, id++, alone);
  return out + "  </Period>\n</MPD>\n";
}

std::string storyboard_webvtt(Storyboard const& board, milliseconds duration) {
  std::string out = "WEBVTT\n";
  auto const per_sheet = board.columns * board.rows;
  for (int tile = 0; per_sheet > 0 && tile < board.tiles; ++tile) {
    auto const start = board.interval * tile;
    auto const end = tile + 1 == board.tiles ? std::max(duration, start) : std::min(start + board.interval, duration);
    auto const sheet = static_cast<std::size_t>(tile / per_sheet);
    if (end <= start || sheet >= board.sheets.size()) break;
    auto const place = tile % per_sheet;
    out += fmt::format("\n{} --> {}\n{}#xywh={},{},{},{}\n", format_timestamp(start, '.'), format_timestamp(end, '.'), board.sheets[sheet],
                       place % board.columns * board.tile_width, place / board.columns * board.tile_height, board.tile_width, board.tile_height);
  }
  return out;
}

} // namespace tarina::media
