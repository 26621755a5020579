#include "transcode/av.hpp"
#include <algorithm>
#include <new>
#include <stdexcept>

namespace tarina::transcode {

Packet make_packet() {
  Packet packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

Frame make_frame() {
  Frame frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

Frame share(AVFrame const& frame) {
  Frame copy(av_frame_clone(&frame));
  if (!copy) throw std::bad_alloc();
  return copy;
}

std::string describe_av_error(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

int check_av(int code, char const* what) {
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (code < 0) throw std::runtime_error(std::string(what) + ": " + describe_av_error(code));
  return code;
}

bool is_interlaced(AVFrame const& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}

void set_key_frame_request(AVFrame& frame, bool key) {
  frame.pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
#if LIBAVUTIL_VERSION_MAJOR >= 59
  frame.flags &= ~(AV_FRAME_FLAG_KEY | AV_FRAME_FLAG_INTERLACED);
#else
  frame.key_frame = key ? 1 : 0;
  frame.interlaced_frame = 0;
#endif
}

std::int32_t const* find_display_matrix(AVStream const& stream) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  auto const* data = av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data != nullptr && data->size >= 9 * sizeof(std::int32_t) ? reinterpret_cast<std::int32_t const*>(data->data) : nullptr;
#else
  std::size_t size = 0;
  auto const* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data != nullptr && size >= 9 * sizeof(std::int32_t) ? reinterpret_cast<std::int32_t const*>(data) : nullptr;
#endif
}

void copy_display_matrix(AVStream& to, AVStream const& from) {
#if LIBAVFORMAT_VERSION_MAJOR < 61 // later it comes with the codec parameters
  auto const* matrix = find_display_matrix(from);
  if (matrix == nullptr) return;
  auto* copy = av_stream_new_side_data(&to, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(std::int32_t));
  if (copy == nullptr) throw std::bad_alloc();
  std::copy_n(matrix, 9, reinterpret_cast<std::int32_t*>(copy));
#else
  static_cast<void>(to), static_cast<void>(from);
#endif
}

} // namespace tarina::transcode
