#include "media/hls.hpp"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <sstream>

using namespace tarina::media;

namespace {

Track make_video(std::string name, int width, int height, std::string codecs, std::int64_t bytes) {
  return {.name = std::move(name), .codecs = std::move(codecs), .timescale = 30000, .width = width, .height = height, .frame_rate = {30000, 1001},
          .channels = 0, .sample_rate = 0, .language = {}, .init_sha256 = {},
          .segments = {{"00001.m4s", 0, 180180, bytes, {}}, {"00002.m4s", 180180, 180180, bytes * 2, {}}, {"00003.m4s", 360360, 10010, bytes, {}}}};
}

Track make_audio(std::string name, std::string language) {
  return {.name = std::move(name), .codecs = "mp4a.40.2", .timescale = 48000, .width = 0, .height = 0, .frame_rate = {}, .channels = 2, .sample_rate = 48000,
          .language = std::move(language), .init_sha256 = {},
          .segments = {{"00001.m4s", 0, 288768, 96000, {}}, {"00002.m4s", 288768, 288768, 96000, {}}, {"00003.m4s", 577536, 16384, 5461, {}}}};
}

Package make_package() {
  return {.duration = milliseconds(12'346), .video = {make_video("v720", 1280, 720, "avc1.64001f", 1'000'000), make_video("v360", 640, 360, "avc1.64001e", 250'000)},
          .audio = {make_audio("a128", "fi")}, .posters = {}, .storyboard = {}};
}

bool contains(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("The multivariant playlist of a whole story") {
  // v720: the loudest run is segments 2 and 3 together, 3 000 000 bytes in 190190/30000 s, audio's too, 101 461 bytes in
  // 305152/48000 s. Rates are rounded up.
  CHECK(multivariant_playlist(make_package()) == R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS

#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="suomi",LANGUAGE="fi",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a128/index.m3u8"

#EXT-X-STREAM-INF:BANDWIDTH=3913366,AVERAGE-BANDWIDTH=2719672,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
v720/index.m3u8

#EXT-X-STREAM-INF:BANDWIDTH=1074100,AVERAGE-BANDWIDTH=775670,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
v360/index.m3u8
)");
}

TEST_CASE("Further codecs are offered beside H.264: after it in HLS, a set of their own in DASH") {
  auto package = make_package();
  package.video.insert(package.video.begin() + 1, make_video("v720-av1", 1280, 720, "av01.0.05M.08", 500'000));
  package.video.push_back(make_video("v360-av1", 640, 360, "av01.0.01M.08", 125'000));
  package.video.push_back(make_video("v360-hevc", 640, 360, "hvc1.1.6.L63.90", 130'000));
  auto const hls = multivariant_playlist(package);
  CHECK(contains(hls, "CODECS=\"av01.0.05M.08,mp4a.40.2\",RESOLUTION=1280x720"));
  CHECK(contains(hls, "CODECS=\"hvc1.1.6.L63.90,mp4a.40.2\",RESOLUTION=640x360"));
  CHECK(hls.find("v720/index.m3u8") < hls.find("v720-av1/index.m3u8"));
  auto const dash = dash_manifest(package);
  auto const set_of = [&](std::string_view representation) {
    auto const at = dash.find("<Representation id=\"" + std::string(representation) + "\"");
    REQUIRE(at != std::string::npos);
    auto const begin = dash.rfind("<AdaptationSet id=\"", at) + 19;
    return dash.substr(begin, dash.find('"', begin) - begin);
  };
  CHECK(set_of("v720") == "1");
  CHECK(set_of("v360") == "1");
  CHECK(set_of("v720-av1") == "101");
  CHECK(set_of("v360-av1") == "101");
  CHECK(set_of("v360-hevc") == "102");
  CHECK(set_of("a128") == "2");
}

TEST_CASE("A complete media playlist is VOD, a growing one an EVENT without end") {
  auto const track = make_video("v720", 1280, 720, "avc1.64001f", 1'000'000);
  CHECK(media_playlist(track) == R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6.006000,
00001.m4s
#EXTINF:6.006000,
00002.m4s
#EXTINF:0.333667,
00003.m4s
#EXT-X-ENDLIST
)");
  auto const growing = media_playlist(track, false);
  CHECK(growing.find("#EXT-X-PLAYLIST-TYPE:EVENT\n") != growing.npos);
  CHECK(growing.find("ENDLIST") == growing.npos);
}

TEST_CASE("Sound alone is offered as variants of its own") {
  auto package = make_package();
  package.video.clear();
  CHECK(multivariant_playlist(package) == R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS

#EXT-X-STREAM-INF:BANDWIDTH=127678,AVERAGE-BANDWIDTH=127669,CODECS="mp4a.40.2"
a128/index.m3u8
)");
}

TEST_CASE("A silent film names no audio group, and a track without segments is not offered") {
  auto package = make_package();
  package.audio.clear();
  package.video[1].segments.clear();
  auto const text = multivariant_playlist(package);
  CHECK(text.find("AUDIO") == text.npos);
  CHECK(text.find("CODECS=\"avc1.64001f\",") != text.npos);
  CHECK(text.find("v360") == text.npos);
}

TEST_CASE("Several sounds are a choice in both manifests, and no commentary is chosen by itself") {
  auto package = make_package();
  package.audio.push_back(make_audio("a128-2", "sv"));
  package.audio.push_back(make_audio("a128-3", "fi"));
  package.audio[2].label = "Kuvailutulkkaus";
  package.audio[2].role = SoundRole::description;
  package.audio.push_back(make_audio("a128-4", ""));
  package.audio[3].role = SoundRole::commentary;
  auto const hls = multivariant_playlist(package);
  CHECK(contains(hls, "NAME=\"suomi\",LANGUAGE=\"fi\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"a128/index.m3u8\""));
  CHECK(contains(hls, "NAME=\"svenska\",LANGUAGE=\"sv\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"a128-2/index.m3u8\""));
  CHECK(contains(hls, "NAME=\"Kuvailutulkkaus\",LANGUAGE=\"fi\",DEFAULT=NO,AUTOSELECT=YES,CHARACTERISTICS=\"public.accessibility.describes-video\",CHANNELS=\"2\",URI=\"a128-3/index.m3u8\""));
  CHECK(contains(hls, "NAME=\"Audio\",DEFAULT=NO,AUTOSELECT=NO,CHANNELS=\"2\",URI=\"a128-4/index.m3u8\""));
  auto const dash = dash_manifest(package);
  CHECK(contains(dash, "lang=\"fi\">\n      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"main\"/>\n      <Representation id=\"a128\""));
  CHECK(contains(dash, "lang=\"sv\">\n      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"alternate\"/>\n      <Representation id=\"a128-2\""));
  CHECK(contains(dash, "<Label>Kuvailutulkkaus</Label>\n      <Accessibility schemeIdUri=\"urn:tva:metadata:cs:AudioPurposeCS:2007\" value=\"1\"/>\n      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"description\"/>"));
  CHECK(contains(dash, "value=\"commentary\"/>\n      <Representation id=\"a128-4\""));
}

TEST_CASE("Sound alone in two languages is one variant with a choice, not two qualities") {
  auto package = make_package();
  package.video.clear();
  package.audio.push_back(make_audio("a128-2", "sv"));
  auto const hls = multivariant_playlist(package);
  CHECK(contains(hls, "NAME=\"suomi\",LANGUAGE=\"fi\",DEFAULT=YES"));
  CHECK(contains(hls, "NAME=\"svenska\",LANGUAGE=\"sv\",DEFAULT=NO"));
  CHECK(contains(hls, "CODECS=\"mp4a.40.2\",AUDIO=\"audio\"\na128/index.m3u8\n"));
  CHECK(hls.find("STREAM-INF") == hls.rfind("STREAM-INF"));
}

TEST_CASE("Two audio tracks of one language still have names of their own") {
  auto package = make_package();
  package.audio.push_back(make_audio("a96", "fi"));
  package.audio.push_back(make_audio("a64", ""));
  auto const text = multivariant_playlist(package);
  CHECK(text.find("NAME=\"suomi\",LANGUAGE=\"fi\",DEFAULT=YES") != text.npos);
  CHECK(text.find("NAME=\"suomi 2\",LANGUAGE=\"fi\",DEFAULT=NO") != text.npos);
  CHECK(text.find("NAME=\"Audio\",DEFAULT=NO") != text.npos);
}

TEST_CASE("The DASH manifest speaks of the same segments") {
  CHECK(dash_manifest(make_package()) == R"(<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011" mediaPresentationDuration="PT12.346S" minBufferTime="PT6S">
  <Period id="1" start="PT0S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Representation id="v720" codecs="avc1.64001f" bandwidth="3785688" width="1280" height="720" frameRate="30000/1001" sar="1:1">
        <SegmentTemplate timescale="30000" initialization="v720/init.mp4" media="v720/$Number%05d$.m4s" startNumber="1">
          <SegmentTimeline>
            <S t="0" d="180180" r="1"/>
            <S d="10010"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
      <Representation id="v360" codecs="avc1.64001e" bandwidth="946422" width="640" height="360" frameRate="30000/1001" sar="1:1">
        <SegmentTemplate timescale="30000" initialization="v360/init.mp4" media="v360/$Number%05d$.m4s" startNumber="1">
          <SegmentTimeline>
            <S t="0" d="180180" r="1"/>
            <S d="10010"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1" lang="fi">
      <Representation id="a128" codecs="mp4a.40.2" bandwidth="127678" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <SegmentTemplate timescale="48000" initialization="a128/init.mp4" media="a128/$Number%05d$.m4s" startNumber="1">
          <SegmentTimeline>
            <S t="0" d="288768" r="1"/>
            <S d="16384"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
)");
}

TEST_CASE("The storyboard's last tile lasts to the end of the story") {
  Storyboard const board{160, 90, 2, 1, milliseconds(2000), 3, {"storyboard-001.jpg", "storyboard-002.jpg"}};
  CHECK(storyboard_webvtt(board, milliseconds(7'500)) == R"(WEBVTT

00:00:00.000 --> 00:00:02.000
storyboard-001.jpg#xywh=0,0,160,90

00:00:02.000 --> 00:00:04.000
storyboard-001.jpg#xywh=160,0,160,90

00:00:04.000 --> 00:00:07.500
storyboard-002.jpg#xywh=0,0,160,90
)");
}

TEST_CASE("Lengths in any playlist add up to the track's, and none exceeds the target once rounded") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    Track track = make_audio("a128", "");
    track.timescale = std::vector{24, 1000, 30000, 44100, 48000, 60000, 90000, 12800}[random() % 8];
    track.segments.clear();
    std::int64_t ticks = 0;
    auto const count = random() % 400 + 1;
    for (std::size_t i = 0; i < count; ++i) {
      auto const duration = static_cast<std::int64_t>(random() % (static_cast<std::uint64_t>(track.timescale) * 7)) + 1;
      track.segments.push_back({"x.m4s", ticks, duration, static_cast<std::int64_t>(random() % 5'000'000), {}});
      ticks += duration;
    }
    std::istringstream lines(media_playlist(track));
    std::int64_t micros = 0;
    long target = 0;
    std::vector<double> lengths;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#EXT-X-TARGETDURATION:")) target = std::stol(line.substr(22));
      if (!line.starts_with("#EXTINF:")) continue;
      auto const point = line.find('.');
      REQUIRE(line.size() - point == 8); // six decimals and the comma
      micros += std::stoll(line.substr(8, point - 8)) * 1'000'000 + std::stoll(line.substr(point + 1, 6));
      lengths.push_back(std::stod(line.substr(8)));
    }
    REQUIRE(lengths.size() == count);
    auto const exact = static_cast<long double>(ticks) * 1'000'000 / track.timescale;
    REQUIRE(std::fabs(static_cast<long double>(micros) - exact) <= 0.5L);
    auto const longest = *std::max_element(lengths.begin(), lengths.end());
    for (auto const length : lengths) REQUIRE(static_cast<long>(std::floor(length + 0.5 - 1e-6)) <= target);
    REQUIRE(target <= std::max(1L, static_cast<long>(std::ceil(longest + 0.5))));
  }
}
