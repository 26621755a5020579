// One progressive MP4 out of finished tracks: the packets as they are, the index first.
//
// The index lies before what it points at, and what leaves the box cannot be written to again. So the file is written
// three times, twice into nothing: to learn how long the index is, to learn the index, and to send.
#include "transcode/demuxer.hpp"
#include "transcode/limits.hpp"
#include "transcode/stages.hpp"
#include <algorithm>
#include <array>
#include <functional>

namespace tarina::transcode {
namespace {

constexpr std::int64_t run_us = 500'000;       // picture and sound take turns of half a second
constexpr std::size_t piece_bytes = 4 << 20;   // of the file in one message
constexpr std::int64_t smallest_box = 8;       // what is left of the room for the index becomes a box of its own

/// Where libavformat writes to: keeps what lies before the media data, and hands on or only counts the rest.
class Sink {
public:
  using Take = std::function<void(std::string_view)>;
  explicit Sink(Take take) : take_(std::move(take)) {}

  /// From here on everything that comes later in the file is media data.
  void end_head() { head_bytes_ = end_; }
  std::string const& head() const { return head_; }
  std::int64_t end() const { return end_; }

  static int write(void* opaque,
#if LIBAVFORMAT_VERSION_MAJOR >= 61
                   std::uint8_t const* data,
#else
                   std::uint8_t* data,
#endif
                   int size) {
    static_cast<Sink*>(opaque)->add({reinterpret_cast<char const*>(data), static_cast<std::size_t>(size)});
    return size;
  }
  static std::int64_t seek(void* opaque, std::int64_t offset, int whence) {
    auto& sink = *static_cast<Sink*>(opaque);
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return sink.end_;
    case SEEK_SET: break;
    case SEEK_CUR: offset += sink.position_; break;
    case SEEK_END: offset += sink.end_; break;
    default: return AVERROR(EINVAL);
    }
    if (offset < 0) return AVERROR(EINVAL);
    sink.end_ = std::max(sink.end_, offset);
    return sink.position_ = offset;
  }

private:
  void add(std::string_view bytes) {
    if (head_bytes_ < 0 || position_ < head_bytes_) {
      auto const size = bytes.size();
      if (head_bytes_ >= 0 && position_ + static_cast<std::int64_t>(size) > head_bytes_) throw std::runtime_error("the MP4 writer wrote over its media data");
      head_.resize(std::max(head_.size(), static_cast<std::size_t>(position_) + size));
      head_.replace(static_cast<std::size_t>(position_), size, bytes);
    } else if (take_) {
      if (position_ != end_) throw std::runtime_error("the MP4 writer went back in its media data");
      take_(bytes);
    }
    position_ += static_cast<std::int64_t>(bytes.size());
    end_ = std::max(end_, position_);
  }
  Take take_;
  std::string head_;
  std::int64_t head_bytes_ = -1; // not known yet
  std::int64_t position_ = 0;
  std::int64_t end_ = 0;
};

/// Packets of one track, in the order of decoding.
class TrackReader {
public:
  static outcome<TrackReader> open(int fd, std::int64_t first, std::int64_t bytes, AVMediaType kind) {
    auto demuxer = Demuxer::open(fd, first, bytes);
    if (!demuxer) return demuxer.error();
    auto const streams = demuxer->streams();
    if (streams.size() != 1 || streams.front()->codecpar->codec_type != kind) return bad_media("media.damaged", "a finished track is not what it should be");
    return TrackReader(std::move(*demuxer));
  }
  AVStream const& stream() const { return *demuxer_.stream(0); }
  /// Null at the end.
  AVPacket* packet() { return more_ ? packet_.get() : nullptr; }
  std::int64_t time_us() const { return av_rescale_q(packet_->dts, stream().time_base, microseconds); }
  void advance() { more_ = demuxer_.read(*packet_); }

private:
  explicit TrackReader(Demuxer demuxer) : demuxer_(std::move(demuxer)) { advance(); }
  Demuxer demuxer_;
  Packet packet_ = make_packet();
  bool more_ = false;
};

/// An MP4 writer over a sink. Nothing but the codecs' parameters and the sound's language is said in the file.
class Writer {
public:
  Writer(std::vector<TrackReader> const& tracks, std::string const& language, std::int64_t index_bytes, Sink& sink) : sink_(sink) {
    AVFormatContext* format = nullptr;
    check_av(avformat_alloc_output_context2(&format, nullptr, "mp4", nullptr), "MP4 writer");
    format_.reset(format);
    constexpr int buffer_size = 64 << 10;
    auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
    if (buffer == nullptr) throw std::bad_alloc();
    format->pb = avio_alloc_context(buffer, buffer_size, 1, &sink, nullptr, Sink::write, Sink::seek);
    if (format->pb == nullptr) throw std::bad_alloc();
    format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    for (auto const& track : tracks) add_stream(track.stream(), language);
    AVDictionary* options = nullptr;
    av_dict_set(&options, "use_editlist", "1", 0); // times before 0 are the encoders' delay
    if (index_bytes > 0) av_dict_set_int(&options, "moov_size", index_bytes, 0);
    int const begun = avformat_write_header(format, &options);
    av_dict_free(&options);
    check_av(begun, "MP4 header");
    avio_flush(format->pb);
    sink_.end_head();
  }

  void write(AVPacket& packet, AVStream const& from, int index) {
    av_packet_rescale_ts(&packet, from.time_base, format_->streams[index]->time_base);
    packet.stream_index = index;
    packet.pos = -1;
    check_av(av_write_frame(format_.get(), &packet), "packet into MP4");
  }

  void finish() {
    avio_flush(format_->pb);
    check_av(av_write_trailer(format_.get()), "MP4 index");
    avio_flush(format_->pb);
  }

private:
  struct Free {
    void operator()(AVFormatContext* format) const {
      if (format->pb != nullptr) av_freep(&format->pb->buffer);
      avio_context_free(&format->pb);
      avformat_free_context(format);
    }
  };
  void add_stream(AVStream const& from, std::string const& language) {
    auto* stream = avformat_new_stream(format_.get(), nullptr);
    if (stream == nullptr) throw std::bad_alloc();
    check_av(avcodec_parameters_copy(stream->codecpar, from.codecpar), "track parameters");
    stream->codecpar->codec_tag = 0;
    stream->time_base = from.time_base;
    stream->sample_aspect_ratio = from.sample_aspect_ratio;
    stream->avg_frame_rate = from.avg_frame_rate;
    stream->disposition = AV_DISPOSITION_DEFAULT;
    if (from.codecpar->codec_type == AVMEDIA_TYPE_AUDIO && !language.empty()) av_dict_set(&stream->metadata, "language", language.c_str(), 0);
  }
  Sink& sink_;
  std::unique_ptr<AVFormatContext, Free> format_;
};

/// Writes the whole file into `sink`, with that much room for the index at its beginning or the index at its end.
/// Gives how long the index is, with the file's first boxes.
outcome<std::int64_t> write_file(int fd, media::DownloadTask const& task, std::int64_t index_bytes, Sink& sink, std::function<void(double)> const& progress) {
  std::vector<TrackReader> tracks;
  auto add = [&](std::int64_t first, std::int64_t bytes, AVMediaType kind) -> outcome<void> {
    if (bytes == 0) return {};
    auto opened = TrackReader::open(fd, first, bytes, kind);
    if (!opened) return opened.error();
    tracks.push_back(std::move(*opened));
    return {};
  };
  if (auto added = add(0, task.picture_bytes, AVMEDIA_TYPE_VIDEO); !added) return added.error();
  if (auto added = add(task.picture_bytes, task.sound_bytes, AVMEDIA_TYPE_AUDIO); !added) return added.error();
  Writer writer(tracks, task.language, index_bytes, sink);
  std::int64_t until_us = INT64_MIN;
  for (std::int64_t packets = 0;;) {
    // The track that is behind writes half a second.
    int next = -1;
    for (int i = 0; i < static_cast<int>(tracks.size()); ++i) {
      auto& track = tracks[static_cast<std::size_t>(i)];
      if (track.packet() != nullptr && (next < 0 || track.time_us() < tracks[static_cast<std::size_t>(next)].time_us())) next = i;
    }
    if (next < 0) break;
    auto& track = tracks[static_cast<std::size_t>(next)];
    for (until_us = track.time_us() + run_us; track.packet() != nullptr && track.time_us() < until_us; track.advance()) {
      if (track.packet()->dts == AV_NOPTS_VALUE || ++packets > limits::packets) return bad_media("media.damaged", "a finished track's times are broken");
      writer.write(*track.packet(), track.stream(), next);
    }
    progress(static_cast<double>(sink.end()) / static_cast<double>(task.picture_bytes + task.sound_bytes));
  }
  auto const media_end = sink.end();
  writer.finish();
  return sink.end() - media_end;
}

} // namespace

outcome<void> make_download(int fd, media::DownloadTask const& task, Outputs& outputs) {
  auto third = [&](int n) { return std::function<void(double)>([&outputs, n](double share) { outputs.progress((n + std::min(1.0, share)) / 3); }); };
  Sink measured(nullptr);
  auto const index = write_file(fd, task, 0, measured, third(0));
  if (!index) return index.error();
  auto const room = *index + smallest_box;
  Sink learned(nullptr);
  if (auto const written = write_file(fd, task, room, learned, third(1)); !written) return written.error();

  MessageHead head;
  head.kind = MessageKind::file;
  std::string piece = learned.head();
  auto send = [&] {
    outputs.send(head, piece);
    head.start += static_cast<std::int64_t>(piece.size());
    ++head.number;
    piece.clear();
  };
  Sink sent([&](std::string_view bytes) {
    piece += bytes;
    if (piece.size() >= piece_bytes) send();
  });
  if (auto const written = write_file(fd, task, room, sent, third(2)); !written) return written.error();
  if (!piece.empty()) send();
  if (sent.end() != learned.end() || sent.head() != learned.head() || head.start != sent.end()) throw std::runtime_error("the MP4 writer made two different files");
  return {};
}

} // namespace tarina::transcode
