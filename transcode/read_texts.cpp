#include "transcode/read_texts.hpp"
#include "media/cues.hpp"
#include "transcode/limits.hpp"
#include "transcode/stages.hpp"
#include <algorithm>
#include <map>

namespace tarina::transcode {
namespace {

constexpr char const* allowed_text_decoders = "mov_text,subrip,srt,ass,ssa,webvtt,text";
constexpr std::int64_t guessed_us = 3'000'000; // how long a line stays whose end nobody says
constexpr std::size_t most_label_bytes = 100;
constexpr std::size_t most_title_bytes = 200;
constexpr std::size_t most_line_bytes = 2000;
constexpr int most_chapters = 500;

std::string_view tag_of(AVDictionary const* tags, char const* name) {
  auto const* entry = av_dict_get(tags, name, nullptr, 0);
  return entry != nullptr ? std::string_view(entry->value) : std::string_view();
}

std::string language_of(AVDictionary const* tags) {
  auto const code = tag_of(tags, "language");
  bool const plain = code.size() >= 2 && code.size() <= 3 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return plain && code != "und" ? std::string(code) : std::string();
}

/// The text of a subtitle event as libavcodec has it (ASS: eight fields and the text), without its markup.
std::string text_of(char const* event) {
  std::string_view rest = event;
  for (int field = 0; field < 8; ++field) {
    auto const comma = rest.find(',');
    if (comma == std::string_view::npos) return {};
    rest.remove_prefix(comma + 1);
  }
  std::string text;
  for (std::size_t i = 0; i < rest.size() && text.size() < most_line_bytes; ++i) {
    if (rest[i] == '{' && i + 1 < rest.size() && rest[i + 1] == '\\') { // {\i1}
      auto const end = rest.find('}', i);
      if (end == std::string_view::npos) break;
      i = end;
    } else if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == 'N' || rest[i + 1] == 'n')) {
      text += '\n';
      ++i;
    } else if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == 'h') {
      text += ' ';
      ++i;
    } else if (rest[i] != '\r') {
      text += rest[i];
    }
  }
  return text;
}

/// Lines of one track, collected as its packets come by.
class TextTrack {
public:
  TextTrack(CodecContext decoder, AVStream const& stream) : decoder_(std::move(decoder)), stream_(stream) {}

  void take(AVPacket& packet, std::int64_t start_us) {
    if (packet.pts == AV_NOPTS_VALUE) return;
    AVSubtitle subtitle{};
    int made = 0;
    if (avcodec_decode_subtitle2(decoder_.get(), &subtitle, &made, &packet) < 0 || made == 0) return;
    auto const at = av_rescale_q(packet.pts, stream_.time_base, microseconds) - start_us;
    std::string text;
    for (unsigned i = 0; i < subtitle.num_rects; ++i) {
      auto const* rect = subtitle.rects[i];
      auto line = rect->ass != nullptr ? text_of(rect->ass) : rect->text != nullptr ? std::string(rect->text) : std::string();
      if (!line.empty()) text += (text.empty() ? "" : "\n") + line;
    }
    auto length = packet.duration > 0 ? av_rescale_q(packet.duration, stream_.time_base, microseconds) : 0;
    if (length <= 0 && subtitle.end_display_time != UINT32_MAX) length = subtitle.end_display_time * 1000LL;
    avsubtitle_free(&subtitle);
    if (lines_.size() < 20'000 && bytes_ < media::most_text_bytes) lines_.push_back({at, length > 0 ? at + length : at, std::move(text)});
    bytes_ += lines_.back().text.size();
  }

  /// As SubRip, which the parent's tolerant reader takes; whatever it holds, it is only text.
  std::string subrip(std::int64_t duration_us) {
    std::stable_sort(lines_.begin(), lines_.end(), [](Line const& a, Line const& b) { return a.start < b.start; });
    std::vector<media::Cue> cues;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      auto& line = lines_[i];
      if (line.end == line.start) line.end = i + 1 < lines_.size() ? std::min(lines_[i + 1].start, line.start + guessed_us) : line.start + guessed_us;
      auto const from = std::max<std::int64_t>(0, line.start), to = std::min(line.end, duration_us);
      if (from / 1000 < to / 1000 && line.text.find_first_not_of(" \n\t") != std::string::npos)
        cues.push_back({std::chrono::milliseconds(from / 1000), std::chrono::milliseconds(to / 1000), line.text, {}, {}});
    }
    return cues.empty() ? std::string() : media::write_srt(cues);
  }

private:
  struct Line {
    std::int64_t start, end; // microseconds of story time
    std::string text;
  };
  CodecContext decoder_;
  AVStream const& stream_;
  std::vector<Line> lines_;
  std::size_t bytes_ = 0;
};

/// Null when the codec refuses: then this track has no draft.
CodecContext open_decoder(AVStream const& stream) {
  auto const* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  CodecContext context(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
  if (!context || avcodec_parameters_to_context(context.get(), stream.codecpar) < 0) return nullptr;
  context->pkt_timebase = stream.time_base;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "codec_whitelist", allowed_text_decoders, 0);
  int const opened = avcodec_open2(context.get(), codec, &options);
  av_dict_free(&options);
  return opened < 0 ? nullptr : std::move(context);
}

std::string chapters_as_subrip(Demuxer const& demuxer, media::TextsTask const& task) {
  auto const duration_us = task.duration.count() * 1000;
  std::vector<media::Cue> cues;
  int number = 0;
  for (auto const* chapter : demuxer.chapters()) {
    if (++number > most_chapters) break;
    auto const at = [&](std::int64_t time) { return std::clamp<std::int64_t>(av_rescale_q(time, chapter->time_base, microseconds) - task.start_us, 0, duration_us) / 1000; };
    auto title = clean_line(tag_of(chapter->metadata, "title"), most_title_bytes);
    if (title.empty()) title = std::to_string(number);
    if (at(chapter->start) < at(chapter->end)) cues.push_back({std::chrono::milliseconds(at(chapter->start)), std::chrono::milliseconds(at(chapter->end)), std::move(title), {}, {}});
  }
  return cues.empty() ? std::string() : media::write_srt(cues);
}

/// What the file calls a track; not what the program that wrote the file calls itself.
std::string label_of(AVDictionary const* tags) {
  auto const title = tag_of(tags, "title");
  auto const handler = tag_of(tags, "handler_name");
  bool const of_a_program = handler.find("andler") != std::string_view::npos || handler.find("Core Media") != std::string_view::npos;
  return clean_line(title.empty() && !of_a_program ? handler : title, most_label_bytes);
}

void send_text(Outputs& outputs, bool chapters, AVDictionary const* tags, std::string const& subrip) {
  if (subrip.empty()) return;
  outputs.send(MessageKind::text, {{"chapters", chapters}, {"language", language_of(tags)},
                                   {"label", label_of(tags)}, {"subrip", subrip}});
}

} // namespace

bool is_text(AVStream const& stream) {
  if (stream.codecpar->codec_type != AVMEDIA_TYPE_SUBTITLE) return false;
  auto const id = stream.codecpar->codec_id;
  return id == AV_CODEC_ID_MOV_TEXT || id == AV_CODEC_ID_SUBRIP || id == AV_CODEC_ID_ASS || id == AV_CODEC_ID_WEBVTT || id == AV_CODEC_ID_TEXT;
}

std::string clean_line(std::string_view text, std::size_t most) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    auto const c = static_cast<unsigned char>(text[i]);
    std::size_t const length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    auto whole = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) whole = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    if (line.size() + std::max<std::size_t>(length, 1) > most) break;
    if (!whole) line += '?';
    else if (c > 0x20 && c != 0x7f) line += text.substr(i, length);
    else if (!line.empty() && line.back() != ' ') line += ' ';
    i += whole ? length : 1;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

outcome<void> read_texts(int fd, media::TextsTask const& task, Outputs& outputs) {
  auto demuxer = Demuxer::open(fd);
  if (!demuxer) return demuxer.error();
  std::map<int, TextTrack> tracks; // in the order of streams
  for (auto const* stream : demuxer->streams()) {
    if (!is_text(*stream) || tracks.size() + 1 >= media::most_texts) continue;
    if (auto decoder = open_decoder(*stream)) tracks.emplace(stream->index, TextTrack(std::move(decoder), *stream));
  }
  for (auto* stream : demuxer->streams()) stream->discard = tracks.contains(stream->index) ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  auto packet = make_packet();
  for (std::int64_t packets = 0; !tracks.empty() && demuxer->read(*packet);) {
    if (++packets > limits::packets) return bad_media("media.too_long", "more packets than a story has");
    if (auto const track = tracks.find(packet->stream_index); track != tracks.end()) track->second.take(*packet, task.start_us);
  }
  send_text(outputs, true, nullptr, chapters_as_subrip(*demuxer, task));
  for (bool const forced : {false, true}) // a track of a few foreign lines is never its language's main one
    for (auto& [index, track] : tracks) {
      auto const& stream = *demuxer->stream(index);
      if (((stream.disposition & AV_DISPOSITION_FORCED) != 0) == forced) send_text(outputs, false, stream.metadata, track.subrip(task.duration.count() * 1000));
    }
  return {};
}

} // namespace tarina::transcode
