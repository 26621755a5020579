#include "transcode/decoder.hpp"
#include "transcode/demuxer.hpp"
#include "transcode/encoder.hpp"
#include "transcode/loudness.hpp"
#include "transcode/segmenter.hpp"
#include "transcode/sound_line.hpp"
#include "transcode/sound_map.hpp"
#include "transcode/stages.hpp"
#include <algorithm>
#include <functional>

namespace tarina::transcode {
namespace {

/// Encodes a sound line frame by frame and cuts it where the video's segments are cut.
class SoundWriter {
public:
  SoundWriter(media::AudioTask const& task, std::int64_t samples, Outputs& outputs)
      : task_(task), samples_(samples), encoder_(task.rendition), segmenter_(encoder_.context(), task.rendition.sample_rate), outputs_(outputs) {
    MessageHead head;
    head.kind = MessageKind::track;
    outputs_.send(head, nlohmann::json{{"codecs", "mp4a.40.2"}, {"timescale", task.rendition.sample_rate}}.dump());
  }

  /// Encodes whole frames, and with `all` what is left too.
  void encode(SoundLine& line, SoundMap& map, bool all) {
    auto const size = encoder_.samples_per_frame();
    while (line.available() >= size || (all && line.available() > 0)) {
      auto frame = line.take(size);
      map.add(*frame);
      frame->pts = encoded_;
      encoded_ += frame->nb_samples;
      encoder_.encode(*frame, take_);
    }
  }

  void finish() {
    encoder_.finish(take_);
    send_segment(samples_);
  }

private:
  /// First sample of segment `k`, on the video's grid.
  std::int64_t boundary(std::int64_t k) const {
    auto const& grid = task_.grid;
    if (grid.frames == 0) return k * 6 * task_.rendition.sample_rate;
    return av_rescale(grid.segment_start(k) * grid.frame_rate.den, task_.rendition.sample_rate, grid.frame_rate.num);
  }

  void take(AVPacket& packet) {
    bool const last = boundary(segment_ + 1) >= samples_;
    if (!last && packet.pts >= boundary(segment_ + 1) - encoder_.samples_per_frame() / 2) send_segment(packet.pts);
    segmenter_.write(packet);
  }

  /// Sends what was written as one segment, shown until `end` (samples).
  void send_segment(std::int64_t end) {
    auto const bytes = segmenter_.finish_segment();
    MessageHead head;
    if (segment_ == 0) {
      head.kind = MessageKind::init;
      outputs_.send(head, segmenter_.init());
    }
    head.kind = MessageKind::segment;
    head.number = segment_;
    head.start = start_;
    head.duration = end - start_;
    outputs_.send(head, bytes);
    start_ = end;
    ++segment_;
  }

  media::AudioTask const& task_;
  std::int64_t samples_;
  std::int64_t encoded_ = 0;
  std::int64_t start_ = 0; // of the segment being written
  std::int64_t segment_ = 0;
  AudioEncoder encoder_;
  Segmenter segmenter_;
  Outputs& outputs_;
  TakePacket take_ = [this](AVPacket& packet) { take(packet); };
};

/// A part of the task's whole way, to report progress by.
struct Share {
  Outputs& outputs;
  double from, to;
  void report(double done) const { outputs.progress(from + (to - from) * done); }
};

constexpr int chunk = 4096; // samples handed on at once

/// Decodes the whole sound once and hands it on, in order and without gaps.
outcome<void> read_sound(int fd, media::AudioTask const& task, std::function<void(AVFrame const&)> const& take, Share const& share) {
  auto demuxer = Demuxer::open_again(fd);
  if (!demuxer) return demuxer.error();
  auto* stream = demuxer->stream(task.source.stream);
  if (stream == nullptr) return bad_media("media.damaged", "the sound's stream is not there");
  auto decoder = Decoder::open(*stream);
  if (!decoder) return decoder.error();
  demuxer->select(task.source.stream);

  auto const samples = count_samples(task);
  SoundLine line(task.rendition.sample_rate, task.rendition.channels, samples);
  std::int64_t taken = 0;
  auto hand_on = [&] {
    while (line.available() > 0) {
      auto const sound = line.take(chunk);
      taken += sound->nb_samples;
      take(*sound);
    }
    share.report(static_cast<double>(taken) / static_cast<double>(samples));
  };
  auto packet = make_packet();
  for (bool more = true; more && !line.full();) {
    more = demuxer->read(*packet);
    decoder->send(more ? packet.get() : nullptr);
    while (auto frame = decoder->receive()) {
      auto const time = time_of(*frame, decoder->time_base());
      line.add(*frame, time == AV_NOPTS_VALUE ? time : time - task.source.start_us);
    }
    hand_on();
  }
  line.finish();
  hand_on();
  return {};
}

void send_findings(media::AudioTask const& task, media::Loudness const& loudness, SoundMap const& map, Outputs& outputs) {
  outputs.send(MessageKind::loudness, {{"integrated", loudness.integrated}, {"range", loudness.range}, {"true_peak", loudness.true_peak}, {"gain", loudness.gain}});
  MessageHead head;
  head.kind = MessageKind::peaks;
  outputs.send(head, map.peaks());
  auto spans = nlohmann::json::array();
  for (auto const& span : map.speech(task.duration)) spans.push_back({span.start.count(), span.end.count()});
  outputs.send(MessageKind::speech, spans);
  if (task.grid.frames > 0) return;
  head.kind = MessageKind::cover;
  outputs.send(head, draw_cover(map.peaks()));
}

} // namespace

std::int64_t count_samples(media::AudioTask const& task) {
  auto const rate = task.rendition.sample_rate;
  auto samples = std::max<std::int64_t>(task.duration.count() * rate / 1000, 1024);
  if (task.grid.frames > 0) {
    auto const last = task.grid.segment_start(task.grid.segments() - 1);
    samples = std::max(samples, av_rescale(last * task.grid.frame_rate.den, rate, task.grid.frame_rate.num) + 1024);
  }
  return samples;
}

outcome<void> encode_audio(int fd, media::AudioTask const& task, Outputs& outputs) {
  auto const rate = task.rendition.sample_rate;
  auto const channels = task.rendition.channels;
  auto const samples = count_samples(task);

  LoudnessMeter meter(rate, channels);
  auto read = read_sound(fd, task, [&](AVFrame const& sound) { meter.add(sound); }, Share{outputs, 0, 0.2});
  if (!read) return read;
  auto loudness = meter.finish();
  auto levelling = plan_levelling(loudness);
  if (needs_second_look(levelling)) {
    LoudnessMeter limited(rate, channels);
    Leveller leveller(levelling, rate, channels, samples);
    auto measure = [&](AVFrame const& sound) {
      leveller.add(sound);
      for (auto& line = leveller.line(); line.available() > 0;) limited.add(*line.take(chunk));
    };
    if (read = read_sound(fd, task, measure, Share{outputs, 0.2, 0.4}); !read) return read;
    levelling = plan_again(levelling, loudness, limited.finish());
  }
  loudness.gain = levelling.gain;

  Leveller leveller(levelling, rate, channels, samples);
  SoundWriter writer(task, samples, outputs);
  SoundMap map(rate, channels);
  auto encode = [&](AVFrame const& sound) {
    leveller.add(sound);
    writer.encode(leveller.line(), map, false);
  };
  if (read = read_sound(fd, task, encode, Share{outputs, 0.4, 1}); !read) return read;
  leveller.finish();
  writer.encode(leveller.line(), map, true);
  writer.finish();
  map.finish();
  send_findings(task, loudness, map, outputs);
  return {};
}

} // namespace tarina::transcode
