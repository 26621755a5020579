#include "transcode/picture_reader.hpp"
#include <algorithm>

namespace tarina::transcode {
namespace {

/// Which packet of the stream, counted from 0, is the last key frame at or before a time. A pass over the file without
/// decoding: containers without an honest index (MPEG-TS, AVI, a browser's WebM) leave no other exact way.
std::int64_t count_packets_to_key(Demuxer& demuxer, int stream, std::int64_t from_us) {
  auto packet = make_packet();
  std::int64_t key = 0;
  for (std::int64_t n = 0; demuxer.read(*packet); ++n) {
    auto const time = time_of(*packet, *demuxer.stream(stream));
    if (time == AV_NOPTS_VALUE) continue;
    if (time > from_us + 10'000'000) break; // well past any reordering
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0 && time <= from_us) key = n;
  }
  return key;
}

} // namespace

PictureReader::PictureReader(Demuxer demuxer, Decoder decoder, media::VideoFacts const& source)
    : demuxer_(std::move(demuxer)), decoder_(std::move(decoder)), stream_(source.stream), time_base_(demuxer_.stream(source.stream)->time_base),
      interval_us_(av_rescale(1'000'000, source.frame_rate.den, std::max(1, source.frame_rate.num))) {
  if (source.interlaced) deinterlacer_.emplace(time_base_);
}

outcome<PictureReader> PictureReader::open(int fd, media::VideoFacts const& source, std::int64_t from_us, int threads) {
  auto demuxer = Demuxer::open_again(fd);
  if (!demuxer) return demuxer.error();
  auto* stream = demuxer->stream(source.stream);
  if (stream == nullptr) return bad_media("media.damaged", "the picture's stream is not there");
  auto decoder = Decoder::open(*stream, threads);
  if (!decoder) return decoder.error();
  demuxer->select(source.stream);
  PictureReader reader(std::move(*demuxer), std::move(*decoder), source);
  if (from_us <= source.start_us) return reader;

  if (reader.demuxer_.has_trustworthy_index()) {
    auto const target = av_rescale_q_rnd(from_us, microseconds, reader.time_base_, AV_ROUND_DOWN);
    if (reader.demuxer_.seek(source.stream, target)) {
      // See where it landed before believing it.
      auto const landed = reader.demuxer_.read(*reader.packet_);
      auto const time = landed ? time_of(*reader.packet_, *reader.demuxer_.stream(source.stream)) : AV_NOPTS_VALUE;
      if (landed && (reader.packet_->flags & AV_PKT_FLAG_KEY) != 0 && time != AV_NOPTS_VALUE && time <= from_us &&
          reader.demuxer_.seek(source.stream, target)) {
        reader.wait_for_key_ = true;
        return reader;
      }
    }
    auto again = Demuxer::open_again(fd);
    if (!again) return again.error();
    again->select(source.stream);
    reader.demuxer_ = std::move(*again);
  }
  reader.skip_packets_ = count_packets_to_key(reader.demuxer_, source.stream, from_us);
  auto again = Demuxer::open_again(fd);
  if (!again) return again.error();
  again->select(source.stream);
  reader.demuxer_ = std::move(*again);
  reader.wait_for_key_ = reader.skip_packets_ > 0;
  return reader;
}

outcome<PictureReader> PictureReader::open_key_frames(int fd, media::VideoFacts const& source) {
  auto reader = open(fd, source, source.start_us, 1);
  if (reader) reader->decoder_.only_key_frames();
  return reader;
}

void PictureReader::collect(Frame frame) {
  auto time = time_of(*frame, time_base_);
  if (time == AV_NOPTS_VALUE) time = last_us_ == INT64_MIN ? 0 : last_us_ + interval_us_;
  if (time < not_before_us_ || time <= last_us_) return;
  last_us_ = time;
  ready_.push_back({std::move(frame), time});
}

bool PictureReader::feed() {
  if (ended_) return false;
  auto const more = demuxer_.read(*packet_);
  if (more) {
    if (skip_packets_ > 0) return --skip_packets_, true;
    if (wait_for_key_) {
      if ((packet_->flags & AV_PKT_FLAG_KEY) == 0) return true;
      wait_for_key_ = false;
      auto const time = time_of(*packet_, *demuxer_.stream(stream_));
      if (packet_->pts != AV_NOPTS_VALUE) not_before_us_ = time;
    }
    decoder_.send(packet_.get());
  } else {
    ended_ = true;
    decoder_.send(nullptr);
  }
  while (auto frame = decoder_.receive()) {
    if (!deinterlacer_) {
      collect(std::move(frame));
      continue;
    }
    deinterlacer_->send(frame.get());
    while (auto clean = deinterlacer_->receive()) collect(std::move(clean));
  }
  if (ended_ && deinterlacer_) {
    deinterlacer_->send(nullptr);
    while (auto clean = deinterlacer_->receive()) collect(std::move(clean));
  }
  return true;
}

std::optional<Picture> PictureReader::read() {
  while (ready_.empty()) {
    if (!feed()) return std::nullopt;
  }
  auto picture = std::move(ready_.front());
  ready_.pop_front();
  return picture;
}

} // namespace tarina::transcode
