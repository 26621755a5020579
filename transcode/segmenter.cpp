#include "transcode/segmenter.hpp"
#include <stdexcept>

namespace tarina::transcode {
namespace {

int append(void* opaque,
#if LIBAVFORMAT_VERSION_MAJOR >= 61
           std::uint8_t const* data,
#else
           std::uint8_t* data,
#endif
           int size) {
  static_cast<std::string*>(opaque)->append(reinterpret_cast<char const*>(data), static_cast<std::size_t>(size));
  return size;
}

std::uint32_t read_u32(std::string const& bytes, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

/// Where the first top-level box of this type begins; npos without one.
std::size_t find_box(std::string const& bytes, std::string_view type) {
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    if (std::string_view(bytes).substr(at + 4, 4) == type) return at;
    auto const size = read_u32(bytes, at);
    if (size < 8) break;
    at += size;
  }
  return std::string::npos;
}

} // namespace

Segmenter::Segmenter(AVCodecContext const& encoder, int timescale) : from_(encoder.time_base) {
  std::unique_ptr<AVCodecParameters, AvFree> const parameters(avcodec_parameters_alloc());
  if (!parameters) throw std::bad_alloc();
  check_av(avcodec_parameters_from_context(parameters.get(), &encoder), "track parameters");
  // A chunk's first packet is the continuation of chunks written elsewhere.
  begin(*parameters, encoder.framerate, timescale, encoder.codec_type == AVMEDIA_TYPE_VIDEO, nullptr);
}

Segmenter::Segmenter(AVStream const& source, int timescale, bool late) : from_(source.time_base) {
  begin(*source.codecpar, source.avg_frame_rate, timescale, late, &source);
}

void Segmenter::begin(AVCodecParameters const& parameters, AVRational frame_rate, int timescale, bool discontinuous, AVStream const* turned_like) {
  check_av(avformat_alloc_output_context2(&format_, nullptr, "mp4", nullptr), "MP4 writer");
  constexpr int buffer_size = 64 << 10;
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
  if (buffer == nullptr) throw std::bad_alloc();
  format_->pb = avio_alloc_context(buffer, buffer_size, 1, &bytes_, nullptr, append, nullptr);
  if (format_->pb == nullptr) throw std::bad_alloc();
  format_->pb->seekable = 0;
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;

  auto* stream = avformat_new_stream(format_, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  check_av(avcodec_parameters_copy(stream->codecpar, &parameters), "track parameters");
  // Not the source container's own; "hvc1" is the only HEVC that Apple's players take.
  stream->codecpar->codec_tag = parameters.codec_id == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;
  stream->time_base = {1, timescale};
  stream->sample_aspect_ratio = {1, 1};
  bool const video = parameters.codec_type == AVMEDIA_TYPE_VIDEO;
  if (video) stream->avg_frame_rate = frame_rate;
  if (turned_like != nullptr) copy_display_matrix(*stream, *turned_like);

  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "+cmaf+frag_custom+delay_moov+default_base_moof+skip_trailer", 0);
  if (discontinuous) av_dict_set(&options, "movflags", "+frag_discont", AV_DICT_APPEND);
  if (video) av_dict_set_int(&options, "video_track_timescale", timescale, 0);
  av_dict_set(&options, "use_editlist", "1", 0);
  int const begun = avformat_write_header(format_, &options);
  av_dict_free(&options);
  check_av(begun, "MP4 header");
  if (stream->time_base.den != timescale || stream->time_base.num != 1) throw std::runtime_error("the MP4 writer chose another timescale");
}

Segmenter::~Segmenter() {
  if (format_ == nullptr) return;
  if (format_->pb != nullptr) av_freep(&format_->pb->buffer);
  avio_context_free(&format_->pb);
  avformat_free_context(format_);
}

void Segmenter::write(AVPacket& packet) {
  av_packet_rescale_ts(&packet, from_, format_->streams[0]->time_base);
  packet.stream_index = 0;
  packet.pos = -1;
  check_av(av_write_frame(format_, &packet), "packet into MP4");
}

void Segmenter::flush() {
  check_av(av_write_frame(format_, nullptr), "MP4 fragment");
  avio_flush(format_->pb);
}

std::string Segmenter::finish_segment() {
  flush();
  auto fragment = find_box(bytes_, "moof");
  if (fragment == std::string::npos) { // with a delayed moov the first flush writes it alone
    flush();
    fragment = find_box(bytes_, "moof");
    if (fragment == std::string::npos) throw std::runtime_error("the MP4 writer made no fragment");
  }
  if (init_.empty()) init_ = bytes_.substr(0, fragment);
  auto segment = bytes_.substr(fragment);
  bytes_.clear();
  return segment;
}

int copy_timescale(AVCodecParameters const& parameters) { return parameters.codec_type == AVMEDIA_TYPE_VIDEO ? 90'000 : parameters.sample_rate; }

int timescale_for(media::Fraction rate) {
  int timescale = rate.num;
  while (timescale < 10'000) timescale *= 2;
  return timescale;
}

} // namespace tarina::transcode
