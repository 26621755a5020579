#include "media/label.hpp"
#include "transcode/complexity.hpp"
#include "transcode/copy_check.hpp"
#include "transcode/decoder.hpp"
#include "transcode/demuxer.hpp"
#include "transcode/frame_grid.hpp"
#include "transcode/limits.hpp"
#include "transcode/orientation.hpp"
#include "transcode/read_texts.hpp"
#include "transcode/stages.hpp"
#include "transcode/timing.hpp"
#include <algorithm>
#include <map>

namespace tarina::transcode {
namespace {

using media::AudioFacts;
using media::SourceFacts;
using media::VideoFacts;

constexpr int enough_pictures = 16;
constexpr int decode_packets = 600; // when nothing comes out of that many, nothing will

bool is_moving_picture(AVStream const& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) == 0;
}

bool is_sound(AVStream const& stream) { return stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO; }

bool is_cover(AVStream const& stream) { return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 && (stream.disposition & AV_DISPOSITION_TIMED_THUMBNAILS) == 0; }

/// Above that a preview would stop and go on many lines, and copying would cost more than it gives.
constexpr std::int64_t most_copied_kbps = 30'000;
constexpr std::int64_t most_copied_bytes = 1500LL << 20;

/// Times of every stream's packets, read once from beginning to end, and whether they could be copied.
outcome<std::map<int, StreamTiming>> read_times(int fd, std::map<int, CopyCheck>& copies, Outputs& outputs) {
  auto demuxer = Demuxer::open_again(fd);
  if (!demuxer) return demuxer.error();
  std::map<int, StreamTiming> timings;
  auto packet = make_packet();
  std::int64_t packets = 0;
  while (demuxer->read(*packet)) {
    if (++packets > limits::packets) return bad_media("media.too_long", "more packets than a story has");
    if (packets % 50'000 == 0) outputs.progress(0.5 * static_cast<double>(packets) / limits::packets);
    auto const* stream = demuxer->stream(packet->stream_index);
    bool const picture = is_moving_picture(*stream);
    if (picture || is_sound(*stream)) copies[packet->stream_index].add(*packet, *stream);
    if ((!picture && !is_sound(*stream)) || packet->size == 0 || (packet->flags & AV_PKT_FLAG_DISCARD) != 0) continue;
    auto const time = time_of(*packet, *stream);
    if (time == AV_NOPTS_VALUE) continue;
    timings[packet->stream_index].add(time, av_rescale_q(packet->duration, stream->time_base, microseconds), picture);
  }
  for (auto& [index, timing] : timings) timing.settle();
  return timings;
}

media::SoundRole role_of(AVStream const& stream) {
  if ((stream.disposition & AV_DISPOSITION_COMMENT) != 0) return media::SoundRole::commentary;
  if ((stream.disposition & (AV_DISPOSITION_VISUAL_IMPAIRED | AV_DISPOSITION_DESCRIPTIONS)) != 0) return media::SoundRole::description;
  return media::SoundRole::main;
}

/// Streams of one kind, the most likely story first: commentary and what describes the picture last, before them those
/// with hardly any packets (a still beside a moving picture), then the container's default where it says that of some
/// sounds only, then by picture size or channels and sample rate, then the container's default, then their order.
std::vector<int> rank(Demuxer const& demuxer, std::map<int, StreamTiming> const& timings, bool pictures) {
  struct Entry {
    bool beside;
    bool sparse;
    std::int64_t size;
    bool is_default;
    int index;
  };
  std::int64_t most = 0;
  auto packets_of = [&](int index) { return timings.contains(index) ? timings.at(index).packets : 0; };
  std::vector<Entry> entries;
  for (auto const* stream : demuxer.streams()) {
    if (pictures ? !is_moving_picture(*stream) : !is_sound(*stream)) continue;
    most = std::max(most, packets_of(stream->index));
    auto const& parameters = *stream->codecpar;
    auto const size = pictures ? static_cast<std::int64_t>(parameters.width) * parameters.height
                               : std::min(parameters.ch_layout.nb_channels, 2) * 1'000'000LL + std::clamp(parameters.sample_rate, 0, 999'999);
    entries.push_back({!pictures && role_of(*stream) != media::SoundRole::main, false, size, (stream->disposition & AV_DISPOSITION_DEFAULT) != 0, stream->index});
  }
  for (auto& entry : entries) entry.sparse = packets_of(entry.index) * 4 < most;
  // A picture of another size is another picture; a sound of more channels may be a translation.
  bool const chosen = !pictures && !std::all_of(entries.begin(), entries.end(), [](Entry const& entry) { return entry.is_default; });
  auto const key = [&](Entry const& entry) { return std::tuple(entry.beside, entry.sparse, chosen && !entry.is_default, -entry.size, !entry.is_default); };
  std::stable_sort(entries.begin(), entries.end(), [&](Entry const& a, Entry const& b) { return key(a) < key(b); });
  std::vector<int> order;
  for (auto const& entry : entries) order.push_back(entry.index);
  return order;
}

/// What decoding the beginning of a stream gave.
struct Beginning {
  std::string codec;
  std::vector<Frame> frames;
  std::int64_t first_us = AV_NOPTS_VALUE;
};

outcome<Beginning> decode_beginning(int fd, int index, std::size_t frames) {
  auto demuxer = Demuxer::open_again(fd);
  if (!demuxer) return demuxer.error();
  auto decoder = Decoder::open(*demuxer->stream(index));
  if (!decoder) return decoder.error();
  demuxer->select(index);
  Beginning beginning{.codec = decoder->codec(), .frames = {}};
  auto packet = make_packet();
  bool more = true;
  for (int n = 0; more && n < decode_packets && beginning.frames.size() < frames; ++n) {
    more = demuxer->read(*packet);
    decoder->send(more ? packet.get() : nullptr);
    while (auto frame = decoder->receive()) {
      if (beginning.first_us == AV_NOPTS_VALUE) beginning.first_us = time_of(*frame, decoder->time_base());
      beginning.frames.push_back(std::move(frame));
      if (beginning.frames.size() >= frames) break;
    }
  }
  if (beginning.frames.empty()) return bad_media("media.damaged", "nothing in the " + beginning.codec + " stream can be decoded");
  if (beginning.first_us == AV_NOPTS_VALUE) beginning.first_us = 0;
  return beginning;
}

/// True when two packets make one frame: interlaced H.264 may carry each field by itself.
bool has_packets_of_fields(Beginning const& beginning, StreamTiming const& timing, AVRational time_base) {
  std::vector<std::int64_t> times;
  for (auto const& frame : beginning.frames) {
    if (auto const time = time_of(*frame, time_base); time != AV_NOPTS_VALUE) times.push_back(time);
  }
  StreamTiming decoded;
  for (auto time : times) decoded.add(time, 0, true);
  decoded.settle();
  return is_interlaced(*beginning.frames.front()) && decoded.median_interval_us() > timing.median_interval_us() * 17 / 10;
}

VideoFacts describe_picture(Demuxer& demuxer, int index, Beginning const& beginning, StreamTiming const& timing) {
  auto const& stream = *demuxer.stream(index);
  auto const& frame = *beginning.frames.front();
  VideoFacts facts{.codec = beginning.codec, .stream = index, .coded_width = frame.width, .coded_height = frame.height, .frame_rate = {}};
  auto const orientation = read_orientation(find_display_matrix(stream));
  facts.rotation = orientation.rotation;
  facts.mirrored = orientation.mirrored;

  // The container's pixel shape wins over the codec's, as players have it; both may be nonsense.
  auto shape = stream.sample_aspect_ratio.num > 0 && stream.sample_aspect_ratio.den > 0 ? stream.sample_aspect_ratio : frame.sample_aspect_ratio;
  double stretch = shape.num > 0 && shape.den > 0 ? av_q2d(shape) : 1;
  // Some phones write 1215:1216: two lines in a thousand nobody sees, but scaling every picture would cost sharpness and time.
  if (stretch < 0.1 || stretch > 10 || std::abs(stretch - 1) <= 0.002) stretch = 1;
  // Wider pixels make it wider, taller ones taller: nothing that was recorded is thrown away.
  auto width = stretch > 1 ? static_cast<int>(std::lround(frame.width * stretch)) : frame.width;
  auto height = stretch < 1 ? static_cast<int>(std::lround(frame.height / stretch)) : frame.height;
  if (facts.rotation % 180 != 0) std::swap(width, height);
  facts.width = width;
  facts.height = height;

  auto const interlaced = std::count_if(beginning.frames.begin(), beginning.frames.end(), [](Frame const& f) { return is_interlaced(*f); });
  facts.interlaced = static_cast<std::size_t>(interlaced) * 2 > beginning.frames.size();
  facts.high_dynamic_range = frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
  facts.frame_rate = choose_frame_rate(timing, {stream.avg_frame_rate.num, stream.avg_frame_rate.den}, has_packets_of_fields(beginning, timing, stream.time_base));
  return facts;
}

/// What the container calls a sound. Many name the program that wrote it instead ("SoundHandler", "Core Media Audio").
std::string label_of(AVStream const& stream) {
  for (auto const* key : {"title", "name"}) {
    if (auto const* found = av_dict_get(stream.metadata, key, nullptr, 0)) return media::make_label(found->value);
  }
  auto const* handler = av_dict_get(stream.metadata, "handler_name", nullptr, 0);
  if (handler == nullptr) return {};
  std::string name = handler->value;
  std::string lower;
  for (char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (auto const* written : {"handle", "media", "gpac", "mainconcept", "isomedia", "audio track", "alias"}) {
    if (lower.find(written) != std::string::npos) return {};
  }
  return lower == "audio" || lower == "sound" || lower == "stereo" || lower == "mono" ? std::string() : media::make_label(name);
}

AudioFacts describe_sound(Demuxer& demuxer, int index, Beginning const& beginning) {
  auto const& frame = *beginning.frames.front();
  auto const& stream = *demuxer.stream(index);
  AudioFacts facts{.codec = beginning.codec, .stream = index, .channels = frame.ch_layout.nb_channels, .sample_rate = frame.sample_rate, .language = {},
                   .label = label_of(stream), .role = role_of(stream)};
  if (auto const* language = av_dict_get(stream.metadata, "language", nullptr, 0)) {
    std::string_view const code = language->value;
    bool const plain = code.size() >= 2 && code.size() <= 3 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (plain && code != "und") facts.language = code;
  }
  return facts;
}

bool can_be_remuxed(Demuxer const& demuxer, SourceFacts const& facts, std::map<int, CopyCheck> const& copies, AVFrame const& picture) {
  auto const stream = facts.video->stream;
  auto bytes = copies.at(stream).bytes();
  if (!demuxer.has_trustworthy_index() || !copies.at(stream).is_orderly() || !is_common_picture(*demuxer.stream(stream), picture, *facts.video)) return false;
  if (auto const& sound = facts.audio) {
    if (!copies.at(sound->stream).is_orderly() || !is_common_sound(*demuxer.stream(sound->stream))) return false;
    bytes += copies.at(sound->stream).bytes();
  }
  return bytes <= most_copied_bytes && bytes * 8 <= most_copied_kbps * facts.duration.count();
}

} // namespace

outcome<SourceFacts> probe(int fd, Outputs& outputs) {
  auto opened = Demuxer::open(fd);
  if (!opened) return opened.error();
  auto& demuxer = *opened;
  std::map<int, CopyCheck> copies;
  auto timings = read_times(fd, copies, outputs);
  if (!timings) return timings.error();
  outputs.progress(0.5);

  SourceFacts facts{.container = demuxer.container(), .duration = {}, .video = {}, .audio = {}};
  std::optional<media::TaskFailure> picture_failure, sound_failure;
  std::int64_t picture_us = 0, sound_us = 0, end_us = INT64_MIN;
  std::vector<Frame> first_pictures;
  auto const pictures = rank(demuxer, *timings, true);
  for (int index : pictures) {
    auto const& parameters = *demuxer.stream(index)->codecpar;
    if (static_cast<std::int64_t>(parameters.width) * parameters.height > limits::pixels) {
      return bad_media("media.too_large_picture", "the picture is larger than 8K");
    }
    auto beginning = decode_beginning(fd, index, enough_pictures);
    if (!beginning) {
      if (!picture_failure) picture_failure = beginning.error();
      continue;
    }
    auto const& timing = (*timings)[index];
    facts.video = describe_picture(demuxer, index, *beginning, timing);
    picture_us = beginning->first_us;
    first_pictures = std::move(beginning->frames);
    end_us = std::max(end_us, timing.end_us);
    break;
  }
  // A film whose picture is lost is not a sound story: its teller would not know it again.
  if (!facts.video && picture_failure) return *picture_failure;

  auto const sounds = rank(demuxer, *timings, false);
  for (int index : sounds) {
    auto beginning = decode_beginning(fd, index, 1);
    if (!beginning) {
      if (!sound_failure) sound_failure = beginning.error();
      continue;
    }
    if (facts.audio) {
      facts.alternates.push_back(describe_sound(demuxer, index, *beginning));
      if (facts.alternates.size() == media::most_alternates) break;
      continue;
    }
    facts.audio = describe_sound(demuxer, index, *beginning);
    sound_us = beginning->first_us;
    // The last frame of a sound codec is always full: no reason to hold the last picture for it.
    if (auto const end = (*timings)[index].end_us; !facts.video || end > end_us + 45'000) end_us = std::max(end_us, end);
  }
  if (!facts.video && !facts.audio) {
    if (sound_failure) return *sound_failure;
    return bad_media("media.no_streams", "the file holds neither picture nor sound");
  }

  auto const streams = demuxer.streams();
  std::int64_t start_us = facts.video ? picture_us : sound_us;
  if (facts.video && facts.audio) start_us = find_start(picture_us, sound_us, facts.video->frame_rate);
  if (facts.video) facts.video->start_us = start_us;
  if (facts.audio) facts.audio->start_us = start_us;
  for (auto& sound : facts.alternates) sound.start_us = start_us;
  if (end_us - start_us > limits::story_us) return bad_media("media.too_long", "longer than four hours");
  facts.duration = media::milliseconds(std::max<std::int64_t>(1, (end_us - start_us + 500) / 1000));
  bool const together = std::abs(picture_us - start_us) <= latest_copied_start_us && (!facts.audio || std::abs(sound_us - start_us) <= latest_copied_start_us);
  facts.texts = !demuxer.chapters().empty() || std::any_of(streams.begin(), streams.end(), [](AVStream const* stream) { return is_text(*stream); });
  for (auto const* stream : streams)
    if (is_cover(*stream) && facts.covers.size() < media::most_covers) facts.covers.push_back(stream->index);
  facts.remuxable = facts.video && together && can_be_remuxed(demuxer, facts, copies, *first_pictures.front());
  if (facts.video) facts.video->complexity = estimate_complexity(fd, *facts.video, facts.duration, first_pictures);
  return facts;
}

} // namespace tarina::transcode
