#include "transcode/demuxer.hpp"
#include "transcode/limits.hpp"
#include <algorithm>
#include <cerrno>
#include <span>
#include <unistd.h>

namespace tarina::transcode {
namespace {

constexpr char const* allowed_formats = "mov,matroska,webm,mpegts,avi,ogg,mpeg,flv,asf,mp3,wav,flac,aac";

/// One open file with a position of its own.
struct Source {
  int fd = -1;
  std::int64_t first = 0; // where it begins in the file
  std::int64_t position = 0;
  std::int64_t size = 0;
};

int read_source(void* opaque, std::uint8_t* buffer, int size) {
  auto& source = *static_cast<Source*>(opaque);
  ssize_t count;
  auto const wanted = static_cast<std::size_t>(std::clamp<std::int64_t>(source.size - source.position, 0, size));
  do count = ::pread(source.fd, buffer, wanted, source.first + source.position);
  while (count < 0 && errno == EINTR);
  if (count < 0) return AVERROR(errno);
  if (count == 0) return AVERROR_EOF;
  source.position += count;
  return static_cast<int>(count);
}

std::int64_t seek_source(void* opaque, std::int64_t offset, int whence) {
  auto& source = *static_cast<Source*>(opaque);
  switch (whence & ~AVSEEK_FORCE) {
  case AVSEEK_SIZE: return source.size;
  case SEEK_SET: break;
  case SEEK_CUR: offset += source.position; break;
  case SEEK_END: offset += source.size; break;
  default: return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  return source.position = offset;
}

// A container may name other files or addresses (mov's dref, playlists). Never.
int refuse_to_open(AVFormatContext*, AVIOContext** io, char const*, int, AVDictionary**) {
  *io = nullptr;
  return AVERROR(EACCES);
}

} // namespace

char const* allowed_decoders() {
  return "h264,hevc,vp8,vp9,libdav1d,mpeg4,msmpeg4v2,msmpeg4,mpeg1video,mpeg2video,mjpeg,h263,flv,wmv1,wmv2,wmv3,vc1,theora,prores,"
         "aac,aac_latm,mp3float,mp3,mp2float,mp2,ac3,eac3,opus,libopus,vorbis,flac,alac,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,"
         "wmav1,wmav2,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_u8,pcm_s8,pcm_mulaw,pcm_alaw,"
         "adpcm_ms,adpcm_ima_wav,adpcm_ima_qt";
}

namespace {

/// Enough to decode every sound and moving picture: codecs whose parameters are in the header, and an index, from which
/// libav knows how far H.264 is reordered.
bool header_tells_all(AVFormatContext const& format) {
  if (!std::string_view(format.iformat->name).starts_with("mov")) return false;
  return std::all_of(format.streams, format.streams + format.nb_streams, [](AVStream* stream) {
    auto const& p = *stream->codecpar;
    bool const picture = p.codec_type == AVMEDIA_TYPE_VIDEO;
    if (!picture && p.codec_type != AVMEDIA_TYPE_AUDIO) return true;
    if (p.extradata_size <= 0 || avformat_index_get_entries_count(stream) <= 0) return false;
    if (picture) return (p.codec_id == AV_CODEC_ID_H264 || p.codec_id == AV_CODEC_ID_HEVC) && p.width > 0 && p.height > 0;
    return p.codec_id == AV_CODEC_ID_AAC && p.sample_rate > 0 && p.ch_layout.nb_channels > 0;
  });
}

} // namespace

struct Demuxer::Open {
  Source source;
  AVIOContext* io = nullptr;
  AVFormatContext* format = nullptr;

  ~Open() {
    avformat_close_input(&format);
    if (io != nullptr) av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

Demuxer::Demuxer(std::unique_ptr<Open> open) : open_(std::move(open)) {}
Demuxer::Demuxer(Demuxer&&) noexcept = default;
Demuxer& Demuxer::operator=(Demuxer&&) noexcept = default;
Demuxer::~Demuxer() = default;

outcome<Demuxer> Demuxer::open(int fd, std::int64_t first, std::int64_t bytes, bool decode) {
  auto open = std::make_unique<Open>();
  // Not fstat: glibc makes it a newfstatat, which the box does not allow because it can ask about any path.
  auto const size = ::lseek(fd, 0, SEEK_END);
  if (size < 0) throw std::system_error(errno, std::generic_category(), "size of the source");
  if (size == 0) return bad_media("media.unreadable", "the file is empty");
  if (first < 0 || first > size || bytes > size - first) return bad_media("media.unreadable", "the file is shorter than it should be");
  open->source = {fd, first, 0, bytes < 0 ? size - first : bytes};

  constexpr int buffer_size = 256 << 10;
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
  if (buffer == nullptr) throw std::bad_alloc();
  open->io = avio_alloc_context(buffer, buffer_size, 0, &open->source, read_source, nullptr, seek_source);
  open->format = avformat_alloc_context();
  if (open->io == nullptr || open->format == nullptr) throw std::bad_alloc();
  auto& format = *open->format;
  format.pb = open->io;
  format.flags |= AVFMT_FLAG_CUSTOM_IO;
  format.io_open = refuse_to_open;
  format.max_streams = 1000; // libav's own, so that what has more than a film needs is told apart from what cannot be read
  format.probesize = limits::probe_bytes;
  format.max_analyze_duration = limits::probe_us;

  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  av_dict_set(&options, "format_whitelist", allowed_formats, 0);
  av_dict_set(&options, "codec_whitelist", allowed_decoders(), 0);
  // On failure libav frees the context and leaves a null pointer.
  int const opened = avformat_open_input(&open->format, "", nullptr, &options);
  av_dict_free(&options);
  if (opened < 0) return bad_media("media.unreadable", "not a video or sound file this service reads: " + describe_av_error(opened));
  auto const too_many = [&format] { return format.nb_streams > static_cast<unsigned>(limits::streams); };
  if (too_many()) return bad_media("media.too_many_streams", "more than 16 streams");

  // Finding stream parameters decodes a little, so the picture limit has to hold here already. A decoder that refuses a
  // size forgets it, and all that would be left to say is that the picture is damaged.
  for (auto const* stream : std::span(open->format->streams, open->format->nb_streams)) {
    auto const& p = *stream->codecpar;
    bool const moving = p.codec_type == AVMEDIA_TYPE_VIDEO && (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
    if (moving && static_cast<std::int64_t>(p.width) * p.height > limits::pixels) return bad_media("media.too_large_picture", "the picture is larger than 8K");
  }
  if (!decode && header_tells_all(*open->format)) return Demuxer(std::move(open));
  std::vector<AVDictionary*> per_stream(open->format->nb_streams, nullptr);
  for (auto& dictionary : per_stream) {
    av_dict_set_int(&dictionary, "max_pixels", limits::pixels, 0);
    av_dict_set(&dictionary, "codec_whitelist", allowed_decoders(), 0);
    av_dict_set(&dictionary, "threads", "1", 0);
  }
  int const found = avformat_find_stream_info(open->format, per_stream.data());
  for (auto& dictionary : per_stream) av_dict_free(&dictionary);
  if (too_many()) return bad_media("media.too_many_streams", "more than 16 streams"); // MPEG-TS shows them only now
  if (open->format->nb_streams == 0) return bad_media("media.no_streams", "the file holds neither picture nor sound");
  if (found < 0) return bad_media("media.unreadable", "the streams cannot be read: " + describe_av_error(found));
  return Demuxer(std::move(open));
}

std::string Demuxer::container() const { return open_->format->iformat->name; }

std::vector<AVStream*> Demuxer::streams() const {
  return {open_->format->streams, open_->format->streams + open_->format->nb_streams};
}

std::vector<AVChapter*> Demuxer::chapters() const {
  return {open_->format->chapters, open_->format->chapters + open_->format->nb_chapters};
}

AVStream* Demuxer::stream(int index) const {
  if (index < 0 || static_cast<unsigned>(index) >= open_->format->nb_streams) return nullptr;
  return open_->format->streams[index];
}

void Demuxer::select(int index) {
  for (auto* stream : streams()) stream->discard = stream->index == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

bool Demuxer::read(AVPacket& packet) {
  for (int errors = 0; errors < limits::errors_in_a_row; ++errors) {
    av_packet_unref(&packet);
    int const code = av_read_frame(open_->format, &packet);
    if (code >= 0) {
      auto const* from = stream(packet.stream_index);
      if (from == nullptr || from->discard == AVDISCARD_ALL) {
        errors = -1;
        continue;
      }
      return true;
    }
    if (code == AVERROR_EOF || avio_feof(open_->io) != 0) return false;
  }
  return false;
}

bool Demuxer::has_trustworthy_index() const {
  auto const name = container();
  return name.starts_with("mov") || name.starts_with("matroska");
}

bool Demuxer::seek(int stream, std::int64_t time) {
  return av_seek_frame(open_->format, stream, time, AVSEEK_FLAG_BACKWARD) >= 0;
}

std::int64_t time_of(AVPacket const& packet, AVStream const& stream) {
  auto const ticks = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  return ticks == AV_NOPTS_VALUE ? AV_NOPTS_VALUE : av_rescale_q(ticks, stream.time_base, microseconds);
}

} // namespace tarina::transcode
