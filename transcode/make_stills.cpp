#include "transcode/encoder.hpp"
#include "transcode/frame_grid.hpp"
#include "transcode/stages.hpp"
#include <algorithm>
#include <array>
#include <cstring>

namespace tarina::transcode {
namespace {

constexpr int columns = 5, rows = 5;
constexpr int longest_tile_side = 160, longest_poster_side = 1280;
constexpr int jpeg_poster = 3, jpeg_tile = 5; // MPEG quantiser scale, lower is finer

/// A size of the source's shape with its longer side at most `side`, never enlarged.
Size fit_side(media::VideoFacts const& source, int side) {
  auto const longer = std::max(source.width, source.height);
  auto even = [](std::int64_t n) { return static_cast<int>(std::max<std::int64_t>(2, n / 2 * 2)); };
  if (longer <= side) return {even(source.width), even(source.height)};
  return {even(static_cast<std::int64_t>(source.width) * side / longer), even(static_cast<std::int64_t>(source.height) * side / longer)};
}

/// How good a poster a small picture would make: detail (mean difference to the neighbours) where it is neither black
/// nor burnt out nor flat.
double rate_poster(AVFrame const& tile) {
  double sum = 0, detail = 0;
  for (int y = 0; y < tile.height; ++y) {
    auto const* row = tile.data[0] + static_cast<std::ptrdiff_t>(y) * tile.linesize[0];
    for (int x = 0; x < tile.width; ++x) {
      sum += row[x];
      if (x > 0) detail += std::abs(row[x] - row[x - 1]);
      if (y > 0) detail += std::abs(row[x] - row[x - tile.linesize[0]]);
    }
  }
  double const pixels = static_cast<double>(tile.width) * tile.height;
  double const brightness = sum / pixels;
  double const light = brightness < 24 || brightness > 240 ? 0.05 : brightness < 50 ? 0.5 : 1;
  return light * (detail / pixels + 0.01);
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

struct Candidate {
  double score = -1;
  Frame picture; // as decoded
};

/// True when key frames alone are dense enough for a tile each interval.
bool key_frames_suffice(int fd, media::VideoFacts const& source, std::int64_t interval_us) {
  auto demuxer = Demuxer::open(fd);
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
  PictureFilter make_tile(task.source, {tile_size}, Colours::jpeg);
  SheetWriter sheets(tile_size, outputs);
  std::array<Candidate, 3> candidates; // one a third of the story
  media::Fraction const rate{1, static_cast<int>(interval.count())};
  FrameGrid grid(*reader, rate, task.source.start_us, 0, tiles);
  auto shown = grid.next();
  if (!shown) return bad_media("media.damaged", "no picture can be decoded");
  for (; shown; shown = grid.next()) {
    auto const tile = make_tile.apply(*shown->picture.frame);
    auto const score = rate_poster(*tile.front());
    // The opening is often a hand on the button: count it for little.
    auto const weight = shown->first == 0 && tiles > 1 ? 0.6 : 1;
    auto& candidate = candidates[static_cast<std::size_t>(std::min<std::int64_t>(2, shown->first * 3 / tiles))];
    if (score * weight > candidate.score) candidate = {score * weight, share(*shown->picture.frame)};
    for (std::int64_t n = 0; n < shown->count; ++n) sheets.add(*tile.front());
    outputs.progress(static_cast<double>(shown->first + shown->count) / static_cast<double>(tiles));
  }

  std::stable_sort(candidates.begin(), candidates.end(), [](Candidate const& a, Candidate const& b) { return a.score > b.score; });
  PictureFilter make_poster(task.source, {fit_side(task.source, longest_poster_side)}, Colours::jpeg);
  MessageHead head;
  head.kind = MessageKind::poster;
  for (auto const& candidate : candidates) {
    if (!candidate.picture) continue;
    outputs.send(head, encode_jpeg(*make_poster.apply(*candidate.picture).front(), jpeg_poster));
    ++head.number;
  }
  auto const made = sheets.finish();
  outputs.send(MessageKind::storyboard, {{"tile_width", tile_size.width}, {"tile_height", tile_size.height}, {"columns", columns}, {"rows", rows},
                                         {"interval_ms", interval.count() * 1000}, {"tiles", made}});
  return {};
}

} // namespace tarina::transcode
