#include "transcode/encoder.hpp"
#include "transcode/frame_grid.hpp"
#include "transcode/limits.hpp"
#include "transcode/segmenter.hpp"
#include "transcode/stages.hpp"
#include <algorithm>

namespace tarina::transcode {
namespace {

/// Time before the chunk from which decoding starts: deinterlacing looks at neighbours, old containers guess times.
constexpr std::int64_t run_up_us = 500'000;

/// One rendition's encoder and segments.
class RenditionWriter {
public:
  RenditionWriter(int track, media::Rendition const& rendition, media::Grid const& grid, int first_segment, int threads, Outputs& outputs)
      : track_(track), frames_per_segment_(grid.frames_per_segment()), segment_(first_segment),
        decoded_(first_segment * frames_per_segment_), ticks_(timescale_for(grid.frame_rate) / grid.frame_rate.num * grid.frame_rate.den), encoder_(rendition, grid, threads),
        segmenter_(encoder_.context(), timescale_for(grid.frame_rate)), outputs_(outputs) {
    MessageHead head;
    head.kind = MessageKind::track;
    head.track = static_cast<std::uint32_t>(track_);
    outputs_.send(head, nlohmann::json{{"codecs", encoder_.codecs()}, {"timescale", timescale_for(grid.frame_rate)}}.dump());
  }

  void write(AVFrame const& picture, std::int64_t n) {
    encoder_.encode(picture, n, take_);
  }

  void finish() {
    encoder_.finish(take_);
    if (frames_ > 0) send_segment();
  }

private:
  void take(AVPacket& packet) {
    // GOPs are closed, so in decoding order too a segment's pictures come before the next one's first.
    if (frames_ > 0 && packet.pts >= (segment_ + 1) * frames_per_segment_) send_segment();
    ++frames_;
    // x264 counts decode times from what it has seen, which differs in a chunk of one or two pictures.
    packet.dts = decoded_++ - encoder_.reorder_delay();
    segmenter_.write(packet);
  }

  void send_segment() {
    auto const bytes = segmenter_.finish_segment();
    MessageHead head;
    head.track = static_cast<std::uint32_t>(track_);
    if (!sent_init_) {
      sent_init_ = true;
      head.kind = MessageKind::init;
      outputs_.send(head, segmenter_.init());
    }
    head.kind = MessageKind::segment;
    head.number = segment_;
    head.start = segment_ * frames_per_segment_ * ticks_;
    head.duration = frames_ * ticks_;
    outputs_.send(head, bytes);
    ++segment_;
    frames_ = 0;
  }

  int track_;
  std::int64_t frames_per_segment_;
  std::int64_t segment_;
  std::int64_t decoded_; // grid frames, in decoding order
  std::int64_t ticks_;   // a frame
  std::int64_t frames_ = 0; // in the segment being written
  bool sent_init_ = false;
  VideoEncoder encoder_;
  Segmenter segmenter_;
  Outputs& outputs_;
  TakePacket take_ = [this](AVPacket& packet) { take(packet); };
};

} // namespace

outcome<void> encode_video(int fd, media::VideoTask const& task, int threads, Outputs& outputs) {
  auto const& grid = task.grid;
  std::int64_t const first = static_cast<std::int64_t>(task.first_segment) * grid.frames_per_segment();
  std::int64_t const end = std::min(grid.frames, first + static_cast<std::int64_t>(task.segment_count) * grid.frames_per_segment());
  if (first >= end || task.renditions.empty()) return {};
  auto const from_us = task.source.start_us + av_rescale(first, 1'000'000LL * grid.frame_rate.den, grid.frame_rate.num) - run_up_us;

  std::vector<Size> sizes;
  for (auto const& rendition : task.renditions) sizes.push_back({rendition.width, rendition.height});
  PictureFilter filter(task.source, std::move(sizes), Colours::video);
  std::vector<std::unique_ptr<RenditionWriter>> writers;
  for (std::size_t i = 0; i < task.renditions.size(); ++i) {
    writers.push_back(std::make_unique<RenditionWriter>(static_cast<int>(i), task.renditions[i], grid, task.first_segment, threads, outputs));
  }

  auto reader = PictureReader::open(fd, task.source, from_us, threads);
  if (!reader) return reader.error();
  FrameGrid pictures(*reader, grid.frame_rate, task.source.start_us, first, end);
  auto shown = pictures.next();
  std::optional<PictureReader> whole;
  if (!shown && from_us > task.source.start_us) {
    // Nothing to decode around here (the picture ended, or this part is damaged): hold the last good one.
    auto from_start = PictureReader::open(fd, task.source, task.source.start_us, threads);
    if (!from_start) return from_start.error();
    whole.emplace(std::move(*from_start));
    pictures = FrameGrid(*whole, grid.frame_rate, task.source.start_us, first, end);
    shown = pictures.next();
  }
  if (!shown) return bad_media("media.damaged", "no picture can be decoded");

  for (; shown; shown = pictures.next()) {
    auto const scaled = filter.apply(*shown->picture.frame);
    for (std::int64_t n = shown->first; n < shown->first + shown->count; ++n) {
      for (std::size_t i = 0; i < writers.size(); ++i) writers[i]->write(*scaled[i], n);
      outputs.progress(static_cast<double>(n + 1 - first) / static_cast<double>(end - first));
    }
    if (pictures.pictures_read() > limits::frames_per_chunk && !whole) return bad_media("media.timeout", "far more pictures a second than a film has");
  }
  for (auto& writer : writers) writer->finish();
  return {};
}

} // namespace tarina::transcode
