#include "transcode/copy_check.hpp"
#include "transcode/demuxer.hpp"
#include "transcode/limits.hpp"
#include "transcode/segmenter.hpp"
#include "transcode/stages.hpp"
#include <algorithm>

extern "C" {
#include <libavutil/opt.h>
}

namespace tarina::transcode {
namespace {

constexpr std::int64_t segment_us = 6'000'000;

/// Cuts one stream's packets into segments, pictures at key frames.
class CopyWriter {
public:
  CopyWriter(int track, AVStream const& from, std::int64_t start_us, Outputs& outputs)
      : track_(track), from_(from), shift_(av_rescale_q(start_us, microseconds, from.time_base)), timescale_(copy_timescale(*from.codecpar)), outputs_(outputs) {
    MessageHead head;
    head.kind = MessageKind::track;
    head.track = static_cast<std::uint32_t>(track_);
    outputs_.send(head, nlohmann::json{{"codecs", codecs_of(*from.codecpar)}, {"timescale", timescale_}}.dump());
  }

  outcome<void> write(AVPacket& packet) {
    if (packet.pts == AV_NOPTS_VALUE || packet.dts == AV_NOPTS_VALUE || packet.dts <= last_dts_) return bad_media("media.damaged", "the packets' times cannot be kept");
    last_dts_ = packet.dts;
    packet.pts -= shift_;
    packet.dts -= shift_;
    auto const time = av_rescale_q(packet.pts, from_.time_base, {1, timescale_});
    auto const end = av_rescale_q(packet.pts + std::max<std::int64_t>(packet.duration, 1), from_.time_base, {1, timescale_});
    if (!segmenter_) {
      if (std::abs(av_rescale_q(packet.pts, from_.time_base, microseconds)) > latest_copied_start_us) return bad_media("media.damaged", "picture and sound begin at different times");
      segmenter_.emplace(from_, timescale_, packet.pts > 0);
    } else if ((packet.flags & AV_PKT_FLAG_KEY) != 0 && time - start_ >= av_rescale(segment_us, timescale_, 1'000'000)) {
      if (auto sent = send_segment(time); !sent) return sent;
    }
    bytes_ += packet.size;
    if (bytes_ > limits::output_bytes - (1 << 20)) return bad_media("media.too_large_picture", "six seconds are too many bytes to be played");
    end_ = std::max(end_, end);
    segmenter_->write(packet);
    return {};
  }

  outcome<void> finish() {
    if (!segmenter_) return bad_media("media.damaged", "a stream without packets");
    return send_segment(std::max(end_, start_ + 1));
  }

private:
  outcome<void> send_segment(std::int64_t end) {
    if (end <= start_) return bad_media("media.damaged", "the packets' times cannot be kept");
    auto const fragment = segmenter_->finish_segment();
    MessageHead head;
    head.track = static_cast<std::uint32_t>(track_);
    if (number_ == 0) {
      head.kind = MessageKind::init;
      outputs_.send(head, segmenter_->init());
    }
    head.kind = MessageKind::segment;
    head.number = number_++;
    head.start = start_;
    head.duration = end - start_;
    outputs_.send(head, fragment);
    start_ = end;
    bytes_ = 0;
    return {};
  }

  int track_;
  AVStream const& from_;
  std::int64_t shift_; // story time 0, in the stream's time base
  int timescale_;
  Outputs& outputs_;
  std::optional<Segmenter> segmenter_;
  std::int64_t last_dts_ = INT64_MIN;
  std::int64_t number_ = 0;
  std::int64_t start_ = 0; // of the segment being written
  std::int64_t end_ = 0;   // of what was written
  std::int64_t bytes_ = 0; // in the segment being written
};

/// Takes supplemental enhancement information out of H.264: cameras write into it who they are and where, and captions
/// in it nobody has checked. No player needs any of it.
BitstreamFilter make_cleaner(AVStream const& stream) {
  AVBSFContext* context = nullptr;
  auto const* filter = av_bsf_get_by_name("filter_units");
  if (filter == nullptr) throw std::runtime_error("libavcodec has no filter_units");
  check_av(av_bsf_alloc(filter, &context), "bitstream filter");
  BitstreamFilter cleaner(context);
  check_av(avcodec_parameters_copy(context->par_in, stream.codecpar), "bitstream filter");
  context->time_base_in = stream.time_base;
  check_av(av_opt_set(context->priv_data, "remove_types", "6", 0), "bitstream filter"); // ITU-T H.264 table 7-1
  check_av(av_bsf_init(context), "bitstream filter");
  return cleaner;
}

outcome<void> copy_stream(int fd, int index, int track, std::int64_t start_us, Outputs& outputs) {
  auto demuxer = Demuxer::open(fd);
  if (!demuxer) return demuxer.error();
  auto* stream = demuxer->stream(index);
  if (stream == nullptr || stream->codecpar->extradata_size < 2) return bad_media("media.damaged", "the stream is not there");
  demuxer->select(index);
  CopyWriter writer(track, *stream, start_us, outputs);
  auto packet = make_packet();
  auto const cleaner = stream->codecpar->codec_id == AV_CODEC_ID_H264 ? make_cleaner(*stream) : nullptr;
  // It gives units behind start codes and says so in its parameters; the MP4 writer puts lengths before them again.
  if (cleaner) check_av(avcodec_parameters_copy(stream->codecpar, cleaner->par_out), "bitstream filter");
  while (demuxer->read(*packet)) {
    if (cleaner) {
      auto const flags = packet->flags;
      if (av_bsf_send_packet(cleaner.get(), packet.get()) < 0 || av_bsf_receive_packet(cleaner.get(), packet.get()) < 0) return bad_media("media.damaged", "a packet that cannot be cleaned");
      packet->flags = flags;
    }
    if (auto written = writer.write(*packet); !written) return written;
  }
  return writer.finish();
}

} // namespace

outcome<void> remux(int fd, media::RemuxTask const& task, Outputs& outputs) {
  try {
    // Sound first: it is little, and no player begins without it.
    if (task.audio) {
      if (auto copied = copy_stream(fd, task.audio->stream, 1, task.audio->start_us, outputs); !copied) return copied;
    }
    outputs.progress(0.2);
    return copy_stream(fd, task.video.stream, 0, task.video.start_us, outputs);
  } catch (std::runtime_error const& e) {
    return bad_media("media.damaged", e.what()); // here the MP4 writer is given what the file says: trying again is no use
  }
}

} // namespace tarina::transcode
