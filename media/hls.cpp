// Names, codecs and languages in a Package were checked when its JSON was read, so they are safe between quotes here.
#include "media/hls.hpp"
#include "media/bitrate.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tarina::media {
namespace {

/// What players show in their audio menu: the container's name for it, else the language's own name for itself.
std::string audio_name(Track const& track) {
  if (!track.label.empty()) return track.label;
  constexpr std::pair<std::string_view, std::string_view> names[] = {{"fi", "suomi"}, {"sv", "svenska"}, {"en", "English"}, {"se", "davvisámegiella"}};
  for (auto const& [code, name] : names)
    if (track.language == code) return std::string(name);
  return track.language.empty() ? "Audio" : track.language;
}

std::string frame_rate(Fraction rate) { return fmt::format("{:.3f}", static_cast<double>(rate.num) / rate.den); }

void append_audio_group(std::string& out, std::vector<Track const*> const& audio) {
  std::set<std::string> used;
  for (auto const* track : audio) {
    auto name = audio_name(*track);
    for (int n = 2; !used.insert(name).second; ++n) name = fmt::format("{} {}", audio_name(*track), n);
    out += fmt::format("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"{}\"", name);
    if (!track->language.empty()) out += fmt::format(",LANGUAGE=\"{}\"", track->language);
    bool const first = track == audio.front();
    // Nobody's settings ask for a commentary; a description is for those who ask for descriptions.
    out += fmt::format(",DEFAULT={},AUTOSELECT={}", first ? "YES" : "NO", first || track->role != SoundRole::commentary ? "YES" : "NO");
    if (track->role == SoundRole::description) out += ",CHARACTERISTICS=\"public.accessibility.describes-video\"";
    out += fmt::format(",CHANNELS=\"{}\",URI=\"{}/index.m3u8\"\n", track->channels, track->name);
  }
}

/// Tracks that can be played: an empty media playlist stops players.
std::vector<Track const*> playable(std::vector<Track> const& tracks) {
  std::vector<Track const*> list;
  for (auto const& track : tracks)
    if (!track.segments.empty()) list.push_back(&track);
  return list;
}

} // namespace

std::string multivariant_playlist(Package const& package) {
  auto const audio = playable(package.audio);
  auto const video = playable(package.video);
  std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
  // The largest sum any combination of renditions can need, section 4.3.4.2.
  BitRate sound;
  std::string sound_codecs;
  std::set<std::string> codecs;
  for (auto const* track : audio) {
    auto const rate = measure_bit_rate(*track);
    sound.peak = std::max(sound.peak, rate.peak);
    sound.average = std::max(sound.average, rate.average);
    if (codecs.insert(track->codecs).second) sound_codecs += "," + track->codecs;
  }
  if (audio.size() > (video.empty() ? 1 : 0)) {
    out += '\n';
    append_audio_group(out, audio);
  }
  // Sound alone: its main one is the variant, since several variants would be qualities of one thing.
  if (video.empty() && !audio.empty()) {
    out += fmt::format("\n#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\"{}\n{}/index.m3u8\n", sound.peak, sound.average, sound_codecs.substr(1),
                       audio.size() > 1 ? ",AUDIO=\"audio\"" : "", audio.front()->name);
  }
  for (auto const* track : video) {
    auto const rate = measure_bit_rate(*track);
    out += fmt::format("\n#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}{}\",RESOLUTION={}x{},FRAME-RATE={}{},CLOSED-CAPTIONS=NONE\n{}/index.m3u8\n",
                       rate.peak + sound.peak, rate.average + sound.average, track->codecs, sound_codecs, track->width, track->height,
                       frame_rate(track->frame_rate), audio.empty() ? "" : ",AUDIO=\"audio\"", track->name);
  }
  return out;
}

std::string media_playlist(Track const& track, bool complete) {
  auto out = fmt::format("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:{}\n"
                         "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init.mp4\"\n",
                         target_duration(track), complete ? "VOD" : "EVENT");
  // Microseconds, rounded on the running sum, so that rounding never adds up over a long story.
  std::int64_t ticks = 0;
  std::int64_t before = 0;
  for (auto const& segment : track.segments) {
    ticks += segment.duration;
    auto const whole = ticks / track.timescale * 1'000'000;
    auto const after = whole + (2 * (ticks % track.timescale) * 1'000'000 + track.timescale) / (2 * static_cast<std::int64_t>(track.timescale));
    auto const length = after - before;
    before = after;
    out += fmt::format("#EXTINF:{}.{:06},\n{}\n", length / 1'000'000, length % 1'000'000, segment.name);
  }
  if (complete) out += "#EXT-X-ENDLIST\n";
  return out;
}

} // namespace tarina::media
