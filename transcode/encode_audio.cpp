#include "transcode/decoder.hpp"
#include "transcode/demuxer.hpp"
#include "transcode/encoder.hpp"
#include "transcode/segmenter.hpp"
#include "transcode/sound_line.hpp"
#include "transcode/stages.hpp"
#include <algorithm>

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
  void encode(SoundLine& line, bool all) {
    auto const size = encoder_.samples_per_frame();
    while (line.available() >= size || (all && line.available() > 0)) {
      auto frame = line.take(size);
      frame->pts = encoded_;
      encoded_ += frame->nb_samples;
      encoder_.encode(*frame, take_);
    }
    outputs_.progress(static_cast<double>(encoded_) / static_cast<double>(samples_));
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

/// How many samples the story has; a little more where otherwise the last segment would have no frame of its own.
std::int64_t count_samples(media::AudioTask const& task) {
  auto const rate = task.rendition.sample_rate;
  auto samples = std::max<std::int64_t>(task.duration.count() * rate / 1000, 1024);
  if (task.grid.frames > 0) {
    auto const last = task.grid.segment_start(task.grid.segments() - 1);
    samples = std::max(samples, av_rescale(last * task.grid.frame_rate.den, rate, task.grid.frame_rate.num) + 1024);
  }
  return samples;
}

} // namespace

outcome<void> encode_audio(int fd, media::AudioTask const& task, Outputs& outputs) {
  auto demuxer = Demuxer::open(fd);
  if (!demuxer) return demuxer.error();
  auto* stream = demuxer->stream(task.source.stream);
  if (stream == nullptr) return bad_media("media.damaged", "the sound's stream is not there");
  auto decoder = Decoder::open(*stream);
  if (!decoder) return decoder.error();
  demuxer->select(task.source.stream);

  SoundLine line(task.rendition.sample_rate, task.rendition.channels, count_samples(task));
  SoundWriter writer(task, count_samples(task), outputs);
  auto packet = make_packet();
  for (bool more = true; more && !line.full();) {
    more = demuxer->read(*packet);
    decoder->send(more ? packet.get() : nullptr);
    while (auto frame = decoder->receive()) {
      auto const time = time_of(*frame, decoder->time_base());
      line.add(*frame, time == AV_NOPTS_VALUE ? time : time - task.source.start_us);
    }
    writer.encode(line, false);
  }
  line.finish();
  writer.encode(line, true);
  writer.finish();
  return {};
}

} // namespace tarina::transcode
