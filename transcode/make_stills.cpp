#include "transcode/encoder.hpp"
#include "transcode/frame_grid.hpp"
#include "transcode/poster_choice.hpp"
#include "transcode/stages.hpp"
#include <algorithm>
#include <cstring>

namespace tarina::transcode {
namespace {

constexpr int columns = 5, rows = 5;
constexpr int longest_tile_side = 160, longest_view_side = 480, longest_poster_side = 1280;
constexpr std::size_t most_posters = 4;
constexpr int jpeg_poster = 3, jpeg_tile = 5; // MPEG quantiser scale, lower is finer

/// A size of the source's shape with its longer side at most `side`, never enlarged.
Size fit_side(media::VideoFacts const& source, int side) {
  auto const longer = std::max(source.width, source.height);
  auto even = [](std::int64_t n) { return static_cast<int>(std::max<std::int64_t>(2, n / 2 * 2)); };
  if (longer <= side) return {even(source.width), even(source.height)};
  return {even(static_cast<std::int64_t>(source.width) * side / longer), even(static_cast<std::int64_t>(source.height) * side / longer)};
}

/// Copies a tile into its place on a sheet, all three planes.
void place(AVFrame const& tile, AVFrame& sheet, int x, int y) {
  for (int plane = 0; plane < 3; ++plane) {
    int const shift = plane == 0 ? 0 : 1;
    for (int row = 0; row < tile.height >> shift; ++row) {
      std::memcpy(sheet.data[plane] + static_cast<std::ptrdiff_t>((y >> shift) + row) * sheet.linesize[plane] + (x >> shift),
                  tile.data[plane] + static_cast<std::ptrdiff_t>(row) * tile.linesize[plane], static_cast<std::size_t>(tile.width >> shift));
    }
  }
}

Frame make_sheet(Size tile) {
  auto sheet = make_frame();
  sheet->format = AV_PIX_FMT_YUVJ420P;
  sheet->width = tile.width * columns;
  sheet->height = tile.height * rows;
  check_av(av_frame_get_buffer(sheet.get(), 0), "storyboard sheet");
  std::memset(sheet->data[0], 0, static_cast<std::size_t>(sheet->linesize[0]) * static_cast<std::size_t>(sheet->height));
  for (int plane : {1, 2}) std::memset(sheet->data[plane], 128, static_cast<std::size_t>(sheet->linesize[plane]) * static_cast<std::size_t>(sheet->height / 2));
  return sheet;
}

/// Collects tiles on sheets and sends each full one.
class SheetWriter {
public:
  SheetWriter(Size tile, Outputs& outputs) : tile_(tile), outputs_(outputs) {}
  void add(AVFrame const& tile) {
    if (!sheet_) sheet_ = make_sheet(tile_);
    int const place_on_sheet = tiles_ % (columns * rows);
    place(tile, *sheet_, place_on_sheet % columns * tile_.width, place_on_sheet / columns * tile_.height);
    if (++tiles_ % (columns * rows) == 0) send();
  }
  int finish() {
    if (sheet_) send();
    return tiles_;
  }

private:
  void send() {
    MessageHead head;
    head.kind = MessageKind::sheet;
    head.number = sheets_++;
    outputs_.send(head, encode_jpeg(*sheet_, jpeg_tile));
    sheet_.reset();
  }
  Size tile_;
  Outputs& outputs_;
  Frame sheet_;
  int tiles_ = 0, sheets_ = 0;
};

/// How many decoded pictures may be held on to while the best are sought: few of very large ones.
std::size_t room_for(media::VideoFacts const& source) {
  constexpr std::int64_t bytes = 200 << 20;
  auto const one = std::max<std::int64_t>(1, static_cast<std::int64_t>(source.coded_width) * source.coded_height * 3);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(bytes / one, 4, 16));
}

/// True when key frames alone are dense enough for a tile each interval.
bool key_frames_suffice(int fd, media::VideoFacts const& source, std::int64_t interval_us) {
  auto demuxer = Demuxer::open_again(fd);
  if (!demuxer) return false;
  demuxer->select(source.stream);
  auto packet = make_packet();
  std::int64_t last = source.start_us, worst = 0;
  while (demuxer->read(*packet)) {
    auto const time = time_of(*packet, *demuxer->stream(source.stream));
    if (time == AV_NOPTS_VALUE) continue;
    worst = std::max(worst, time - last);
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) last = time;
  }
  return worst <= std::max<std::int64_t>(interval_us * 3 / 2, 2'500'000);
}

/// Whole seconds between tiles: at most about a hundred tiles, and no finer than a second.
std::chrono::seconds choose_interval(media::milliseconds duration) { return std::chrono::seconds(std::clamp<std::int64_t>((duration.count() + 99'999) / 100'000, 1, 60)); }

} // namespace

outcome<void> make_stills(int fd, media::StillsTask const& task, Outputs& outputs) {
  auto const interval = choose_interval(task.duration);
  auto const interval_us = std::chrono::microseconds(interval).count();
  auto const tiles = std::max<std::int64_t>(1, (task.duration.count() + interval.count() * 1000 - 1) / (interval.count() * 1000));
  auto reader = key_frames_suffice(fd, task.source, interval_us) && tiles > 4 ? PictureReader::open_key_frames(fd, task.source)
                                                                              : PictureReader::open(fd, task.source, task.source.start_us, 1);
  if (!reader) return reader.error();

  auto const tile_size = fit_side(task.source, longest_tile_side);
  // The tile is too small to show what is blurred.
  PictureFilter make_small(task.source, {fit_side(task.source, longest_view_side), tile_size}, Colours::jpeg);
  SheetWriter sheets(tile_size, outputs);
  PosterChoice choice(tiles, room_for(task.source));
  media::Fraction const rate{1, static_cast<int>(interval.count())};
  FrameGrid grid(*reader, rate, task.source.start_us, 0, tiles);
  auto shown = grid.next();
  if (!shown) return bad_media("media.damaged", "no picture can be decoded");
  for (; shown; shown = grid.next()) {
    auto const small = make_small.apply(*shown->picture.frame);
    auto const& tile = small.back();
    // The opening is often a hand on the button: count it for little.
    choice.add(shown->first, *shown->picture.frame, PosterView::of(*small.front()), shown->first == 0 && tiles > 1 ? 0.6 : 1);
    for (std::int64_t n = 0; n < shown->count; ++n) sheets.add(*tile);
    outputs.progress(static_cast<double>(shown->first + shown->count) / static_cast<double>(tiles));
  }

  PictureFilter make_poster(task.source, {fit_side(task.source, longest_poster_side)}, Colours::jpeg);
  MessageHead head;
  head.kind = MessageKind::poster;
  for (auto const& picture : choice.choose(most_posters)) {
    outputs.send(head, encode_jpeg(*make_poster.apply(*picture).front(), jpeg_poster));
    ++head.number;
  }
  auto const made = sheets.finish();
  outputs.send(MessageKind::storyboard, {{"tile_width", tile_size.width}, {"tile_height", tile_size.height}, {"columns", columns}, {"rows", rows},
                                         {"interval_ms", interval.count() * 1000}, {"tiles", made}});
  return {};
}

} // namespace tarina::transcode
