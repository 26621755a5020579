#include "tests/transcode/playback.hpp"
#include "media/ladder.hpp"
#include "transcode/av.hpp"
#include "transcode/hash.hpp"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>

namespace tarina::test {
namespace {

using namespace transcode;

struct Memory {
  std::string bytes;
  std::size_t at = 0;
};

int read_memory(void* opaque, std::uint8_t* to, int size) {
  auto& m = *static_cast<Memory*>(opaque);
  auto const count = std::min<std::size_t>(static_cast<std::size_t>(size), m.bytes.size() - m.at);
  if (count == 0) return AVERROR_EOF;
  std::memcpy(to, m.bytes.data() + m.at, count);
  m.at += count;
  return static_cast<int>(count);
}

/// Decodes every frame of a track's first stream of that kind; returns the number of errors.
int decode(Story const& story, media::Track const& track, AVMediaType kind, std::function<void(AVFrame const&, double)> const& take) {
  Memory memory{story.files.at(track.name + "/init.mp4"), 0};
  for (auto const& segment : track.segments) memory.bytes += story.files.at(track.name + "/" + segment.name);
  auto* io = avio_alloc_context(static_cast<unsigned char*>(av_malloc(4096)), 4096, 0, &memory, read_memory, nullptr, nullptr);
  auto* format = avformat_alloc_context();
  format->pb = io;
  check_av(avformat_open_input(&format, "", nullptr, nullptr), "opening a track");
  check_av(avformat_find_stream_info(format, nullptr), "reading a track");
  auto const chosen = av_find_best_stream(format, kind, -1, -1, nullptr, 0);
  check_av(chosen, "a stream of that kind");
  auto* stream = format->streams[chosen];
  CodecContext codec(avcodec_alloc_context3(avcodec_find_decoder(stream->codecpar->codec_id)));
  check_av(avcodec_parameters_to_context(codec.get(), stream->codecpar), "codec parameters");
  codec->pkt_timebase = stream->time_base;
  codec->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
  check_av(avcodec_open2(codec.get(), nullptr, nullptr), "decoder");
  int errors = 0;
  auto packet = make_packet();
  auto frame = make_frame();
  auto drain = [&] {
    while (avcodec_receive_frame(codec.get(), frame.get()) >= 0) take(*frame, static_cast<double>(frame->best_effort_timestamp) * av_q2d(stream->time_base));
  };
  while (av_read_frame(format, packet.get()) >= 0) {
    if (packet->stream_index == chosen && avcodec_send_packet(codec.get(), packet.get()) < 0) ++errors;
    drain();
    av_packet_unref(packet.get());
  }
  avcodec_send_packet(codec.get(), nullptr);
  drain();
  avformat_close_input(&format);
  av_freep(&io->buffer);
  avio_context_free(&io);
  return errors;
}

int read_bars(AVFrame const& frame) {
  int number = 0;
  for (int bit = 0; bit < 16; ++bit) {
    int const x = (2 * bit + 1) * frame.width / 32;
    if (frame.data[0][frame.height / 2 * frame.linesize[0] + x] > 126) number |= 1 << bit;
  }
  return number;
}

std::uint64_t read_number(std::string const& bytes, std::size_t at, int size) {
  std::uint64_t number = 0;
  for (int i = 0; i < size; ++i) number = number << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)));
  return number;
}

} // namespace

PlayedVideo play_video(Story const& story, media::Track const& track) {
  PlayedVideo video;
  video.errors = decode(story, track, AVMEDIA_TYPE_VIDEO, [&](AVFrame const& frame, double time) {
    if (video.pictures.empty()) {
      video.width = frame.width;
      video.height = frame.height;
      video.colour_space = frame.colorspace;
      video.colour_range = frame.color_range;
      for (int y = 0; y < frame.height; ++y) video.first_luma.insert(video.first_luma.end(), frame.data[0] + y * frame.linesize[0], frame.data[0] + y * frame.linesize[0] + frame.width);
      for (int y = 0; y < frame.height / 2; ++y) video.first_cr.insert(video.first_cr.end(), frame.data[2] + y * frame.linesize[2], frame.data[2] + y * frame.linesize[2] + frame.width / 2);
    }
    video.pictures.push_back({time, frame.pict_type == AV_PICTURE_TYPE_I, read_bars(frame)});
  });
  return video;
}

PlayedSound play_sound(Story const& story, media::Track const& track) {
  PlayedSound sound;
  bool first = true;
  sound.errors = decode(story, track, AVMEDIA_TYPE_AUDIO, [&](AVFrame const& frame, double time) {
    if (first) sound.start = time, sound.channels = frame.ch_layout.nb_channels, sound.sample_rate = frame.sample_rate;
    first = false;
    auto const* samples = reinterpret_cast<float const*>(frame.data[0]);
    sound.samples.insert(sound.samples.end(), samples, samples + frame.nb_samples);
  });
  return sound;
}

FragmentTimes read_fragment(std::string const& segment) {
  FragmentTimes times;
  std::int64_t default_duration = 0;
  std::function<void(std::size_t, std::size_t)> const walk = [&](std::size_t at, std::size_t end) {
    while (at + 8 <= end) {
      auto const size = static_cast<std::size_t>(read_number(segment, at, 4));
      auto const type = segment.substr(at + 4, 4);
      if (size < 8 || at + size > end) throw std::runtime_error("broken box " + type);
      auto const body = at + 8;
      auto const flags = type == "tfhd" || type == "trun" ? read_number(segment, body + 1, 3) : 0;
      if (type == "moof") ++times.fragments;
      if (type == "moof" || type == "traf") walk(body, at + size);
      if (type == "tfdt") times.decode_time = static_cast<std::int64_t>(segment.at(body) == 1 ? read_number(segment, body + 4, 8) : read_number(segment, body + 4, 4));
      if (type == "tfhd") {
        auto field = body + 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
        if (flags & 8) default_duration = static_cast<std::int64_t>(read_number(segment, field, 4));
      }
      if (type == "trun") {
        auto const samples = read_number(segment, body + 4, 4);
        auto field = body + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
        for (std::uint64_t i = 0; i < samples; ++i) {
          times.duration += flags & 0x100 ? static_cast<std::int64_t>(read_number(segment, field, 4)) : default_duration;
          for (auto flag : {0x100U, 0x200U, 0x400U, 0x800U}) field += flags & flag ? 4 : 0;
        }
      }
      at += size;
    }
  };
  walk(0, segment.size());
  return times;
}

void check_playable(Story const& story) {
  auto const length = static_cast<double>(story.facts.duration.count()) / 1000;
  REQUIRE(!(story.package.video.empty() && story.package.audio.empty()));
  std::vector<double> keys;
  for (auto const* tracks : {&story.package.video, &story.package.audio}) {
    for (auto const& track : *tracks) {
      INFO(track.name);
      CHECK(track.init_sha256 == sha256_of(story.files.at(track.name + "/init.mp4")));
      std::int64_t expected = 0, shown = 0;
      for (auto const& segment : track.segments) {
        auto const& bytes = story.files.at(track.name + "/" + segment.name);
        auto const times = read_fragment(bytes);
        CHECK(times.fragments == 1);
        CHECK(times.decode_time == expected);
        CHECK(segment.start == shown);
        CHECK(segment.bytes == static_cast<std::int64_t>(bytes.size()));
        CHECK(segment.sha256 == sha256_of(bytes));
        expected += times.duration;
        shown += segment.duration;
        if (track.width > 0) CHECK(times.duration == segment.duration);
      }
      CHECK(static_cast<double>(shown) / track.timescale == Approx(length).margin(0.05));
      if (track.width == 0) {
        CHECK(expected - shown == 1024); // AAC priming, hidden by the edit list
        auto const sound = play_sound(story, track);
        CHECK(sound.errors == 0);
        CHECK(sound.channels == track.channels);
        CHECK(static_cast<double>(sound.samples.size()) / sound.sample_rate == Approx(length).margin(0.05));
        continue;
      }
      auto const video = play_video(story, track);
      CHECK(video.errors == 0);
      CHECK(video.width == track.width);
      CHECK(video.height == track.height);
      CHECK(video.colour_space == AVCOL_SPC_BT709);
      CHECK(video.colour_range == AVCOL_RANGE_MPEG);
      std::vector<double> here;
      auto const frame = static_cast<double>(track.frame_rate.den) / track.frame_rate.num;
      std::size_t late = 0;
      for (std::size_t n = 0; n < video.pictures.size(); ++n) {
        if (std::abs(video.pictures[n].time - static_cast<double>(n) * frame) > 0.001) ++late;
        if (video.pictures[n].key) here.push_back(video.pictures[n].time);
      }
      CHECK(late == 0);
      auto const grid = media::plan_grid(story.facts);
      CHECK(static_cast<std::int64_t>(video.pictures.size()) == grid.frames);
      for (std::int64_t n = 0; n < grid.frames; n += grid.frames_per_gop) CHECK(video.pictures.at(static_cast<std::size_t>(n)).key);
      if (keys.empty()) keys = here;
      CHECK(here == keys); // the same pictures in every rendition
    }
  }
  if (story.facts.video) {
    CHECK(!story.package.posters.empty());
    REQUIRE(story.package.storyboard);
    CHECK(!story.package.storyboard->sheets.empty());
    for (auto const& poster : story.package.posters) CHECK(story.files.at("stills/" + poster).starts_with("\xff\xd8\xff"));
  }
}

} // namespace tarina::test
