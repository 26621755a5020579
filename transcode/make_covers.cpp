// Pictures attached to a file (cover art) as poster candidates.
#include "transcode/decoder.hpp"
#include "transcode/demuxer.hpp"
#include "transcode/encoder.hpp"
#include "transcode/filters.hpp"
#include "transcode/stages.hpp"
#include <algorithm>

namespace tarina::transcode {
namespace {

constexpr char const* allowed_cover_decoders = "mjpeg,png";
constexpr int longest_cover_side = 1280;
constexpr int shortest_cover_side = 64; // a dot is no picture
constexpr int jpeg_cover = 3;           // MPEG quantiser scale, lower is finer

/// Null when there is no such picture, or none worth showing.
Frame decode_cover(AVStream const& stream) {
  if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0 || stream.attached_pic.size <= 0) return nullptr;
  auto decoder = Decoder::open(stream, 1, allowed_cover_decoders);
  if (!decoder) return nullptr;
  decoder->send(&stream.attached_pic);
  decoder->send(nullptr);
  auto picture = decoder->receive();
  if (!picture || std::min(picture->width, picture->height) < shortest_cover_side) return nullptr;
  return picture;
}

/// At most `side` long, never enlarged.
Size fit(AVFrame const& picture) {
  auto const longer = std::max(picture.width, picture.height);
  auto const even = [&](int n) { return std::max(2, static_cast<int>(static_cast<std::int64_t>(n) * std::min(longer, longest_cover_side) / longer) / 2 * 2); };
  return {even(picture.width), even(picture.height)};
}

} // namespace

outcome<void> make_covers(int fd, media::CoverTask const& task, Outputs& outputs) {
  auto demuxer = Demuxer::open(fd);
  if (!demuxer) return demuxer.error();
  MessageHead head;
  head.kind = MessageKind::poster;
  for (int const index : task.streams) {
    auto const* stream = demuxer->stream(index);
    if (stream == nullptr) continue;
    auto const picture = decode_cover(*stream);
    if (!picture) continue;
    media::VideoFacts const as_it_is{.codec = {}, .coded_width = picture->width, .coded_height = picture->height, .width = picture->width, .height = picture->height, .frame_rate = {25, 1}};
    PictureFilter filter(as_it_is, {fit(*picture)}, Colours::jpeg);
    outputs.send(head, encode_jpeg(*filter.apply(*picture).front(), jpeg_cover));
    ++head.number;
  }
  return {};
}

} // namespace tarina::transcode
