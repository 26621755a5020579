// JSON of the worker API. Reading is strict: a worker decodes hostile media, so what it reports is input, not truth.
#include "media/tasks.hpp"
#include "media/label.hpp"
#include "media/store.hpp"
#include <algorithm>
#include <limits>

namespace tarina::media {
namespace {

using nlohmann::json;

// Far beyond any story, and small enough that sums and products of what is read stay in 64 bits.
constexpr std::int64_t longest_seconds = 48 * 3600;
constexpr std::int64_t most_segment_bytes = std::int64_t{1} << 32;
constexpr std::size_t most_segments = 50'000;
constexpr int largest_tile = 10'000; // pixels
constexpr int largest_side = 65'536; // pixels
constexpr int most_frames_per_second = 240;

[[noreturn]] void refuse(std::string const& what) { throw json::other_error::create(501, what, nullptr); }

template <class Int> Int read_int(json const& j, char const* key) {
  auto const& value = j.at(key);
  if (!value.is_number_integer()) refuse(std::string(key) + " must be an integer");
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<Int>::max())) refuse(std::string(key) + " is too large");
  auto const number = value.get<std::int64_t>();
  if (number < std::numeric_limits<Int>::min() || number > std::numeric_limits<Int>::max()) refuse(std::string(key) + " is out of range");
  return static_cast<Int>(number);
}

/// A count, a size, a time: never negative.
template <class Int = int> Int read_size(json const& j, char const* key) {
  auto const number = read_int<Int>(j, key);
  if (number < 0) refuse(std::string(key) + " must not be negative");
  return number;
}

milliseconds read_ms(json const& j, char const* key) { return milliseconds(read_size<std::int64_t>(j, key)); }

std::string read_text(json const& j, char const* key) { return j.at(key).get<std::string>(); }

bool read_bool(json const& j, char const* key) { return j.at(key).get<bool>(); }

/// A file or folder name that goes into paths and playlists.
std::string read_name(json const& j) {
  auto name = j.get<std::string>();
  if (!is_output_name(name) || name.find('/') != std::string::npos) refuse("not a valid output name");
  return name;
}

/// Text that goes into playlists between quotes.
std::string read_token(json const& j, char const* key) {
  auto text = read_text(j, key);
  auto const plain = [](unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == ','; };
  if (text.size() > 64 || !std::all_of(text.begin(), text.end(), plain)) refuse(std::string(key) + " has characters that do not belong there");
  return text;
}

std::string read_hash(json const& j, char const* key) {
  auto text = read_text(j, key);
  auto const hex = [](unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() > 64 || !std::all_of(text.begin(), text.end(), hex)) refuse(std::string(key) + " is not lower-case hex");
  return text;
}

std::vector<std::string> read_names(json const& j) {
  std::vector<std::string> names;
  for (auto const& name : j.get_ref<json::array_t const&>()) names.push_back(read_name(name));
  return names;
}

json write(Fraction f) { return json::array({f.num, f.den}); }

Fraction read_fraction(json const& j) {
  auto const& pair = j.get_ref<json::array_t const&>();
  if (pair.size() != 2) refuse("a fraction has two numbers");
  json const named{{"num", pair[0]}, {"den", pair[1]}};
  Fraction const fraction{read_size(named, "num"), read_size(named, "den")};
  if (fraction.den == 0) refuse("a fraction's denominator is zero");
  return fraction;
}

json write(VideoFacts const& v) {
  return {{"codec", v.codec}, {"stream", v.stream}, {"coded_width", v.coded_width}, {"coded_height", v.coded_height},
          {"width", v.width}, {"height", v.height}, {"rotation", v.rotation}, {"mirrored", v.mirrored}, {"frame_rate", write(v.frame_rate)},
          {"interlaced", v.interlaced}, {"high_dynamic_range", v.high_dynamic_range}, {"start_us", v.start_us}, {"complexity", v.complexity}};
}

VideoFacts read_video_facts(json const& j) {
  VideoFacts facts{.codec = read_text(j, "codec"), .stream = read_size(j, "stream"),
          .coded_width = read_size(j, "coded_width"), .coded_height = read_size(j, "coded_height"),
          .width = read_size(j, "width"), .height = read_size(j, "height"), .rotation = read_int<int>(j, "rotation"),
          .mirrored = read_bool(j, "mirrored"), .frame_rate = read_fraction(j.at("frame_rate")),
          .interlaced = read_bool(j, "interlaced"), .high_dynamic_range = read_bool(j, "high_dynamic_range"),
          .start_us = read_int<std::int64_t>(j, "start_us"), .complexity = j.contains("complexity") ? read_size(j, "complexity") : 0};
  auto const is_side = [](int pixels) { return pixels > 0 && pixels <= largest_side; };
  if (!is_side(facts.width) || !is_side(facts.height)) refuse("a picture has no such size");
  auto const rate = facts.frame_rate;
  if (rate.num == 0 || rate.num > static_cast<std::int64_t>(rate.den) * most_frames_per_second) refuse("a picture has no such frame rate");
  return facts;
}

constexpr std::string_view role_names[] = {"main", "commentary", "description"};

std::string_view write(SoundRole role) { return role_names[static_cast<std::size_t>(role)]; }

// Catalogs hold facts and tracks from before there were labels and roles.
SoundRole read_role(json const& j) {
  auto const name = j.value("role", "main");
  auto const found = std::find(std::begin(role_names), std::end(role_names), name);
  if (found == std::end(role_names)) refuse("unknown role of a sound");
  return static_cast<SoundRole>(found - std::begin(role_names));
}

std::string read_label(json const& j) {
  auto label = j.value("label", std::string());
  if (!is_label(label)) refuse("a label has characters that do not belong there");
  return label;
}

json write(AudioFacts const& a) {
  return {{"codec", a.codec}, {"stream", a.stream}, {"channels", a.channels}, {"sample_rate", a.sample_rate}, {"language", a.language},
          {"label", a.label}, {"role", write(a.role)}, {"start_us", a.start_us}};
}

AudioFacts read_audio_facts(json const& j) {
  return {.codec = read_text(j, "codec"), .stream = read_size(j, "stream"), .channels = read_size(j, "channels"),
          .sample_rate = read_size(j, "sample_rate"), .language = read_token(j, "language"), .label = read_label(j), .role = read_role(j),
          .start_us = read_int<std::int64_t>(j, "start_us")};
}

json write(Grid const& g) { return {{"frame_rate", write(g.frame_rate)}, {"frames_per_gop", g.frames_per_gop}, {"frames", g.frames}}; }

Grid read_grid(json const& j) {
  Grid const grid{.frame_rate = read_fraction(j.at("frame_rate")), .frames_per_gop = read_size(j, "frames_per_gop"), .frames = read_size<std::int64_t>(j, "frames")};
  if (grid.frames > 0 && (grid.frames_per_gop == 0 || grid.frame_rate.num == 0)) refuse("a grid with frames needs their rate and a length of its GOPs");
  if (grid.frames > longest_seconds * most_frames_per_second) refuse("a grid has more frames than there can be");
  return grid;
}

json write(Rendition const& r) {
  return {{"name", r.name}, {"width", r.width}, {"height", r.height}, {"crf", r.crf}, {"maxrate_kbps", r.maxrate_kbps}, {"bufsize_kbps", r.bufsize_kbps},
          {"effort", effort_name(r.effort)}, {"codec", codec_name(r.codec)}};
}

Rendition read_rendition(json const& j) {
  auto const effort = find_effort(j.value("effort", "balanced")); // catalogs hold tasks from before there was a choice
  auto const codec = find_codec(j.value("codec", "h264"));
  if (!effort || !codec) refuse("unknown effort or codec");
  auto const& crf = j.at("crf");
  if (!crf.is_number() || !(crf.get<double>() >= 0 && crf.get<double>() <= 63)) refuse("crf is out of range");
  return {.name = read_name(j.at("name")), .width = read_size(j, "width"), .height = read_size(j, "height"), .crf = crf.get<double>(),
          .maxrate_kbps = read_size(j, "maxrate_kbps"), .bufsize_kbps = read_size(j, "bufsize_kbps"), .effort = *effort, .codec = *codec};
}

json write(AudioRendition const& r) {
  return {{"name", r.name}, {"bitrate_kbps", r.bitrate_kbps}, {"channels", r.channels}, {"sample_rate", r.sample_rate}};
}

AudioRendition read_audio_rendition(json const& j) {
  return {.name = read_name(j.at("name")), .bitrate_kbps = read_size(j, "bitrate_kbps"), .channels = read_size(j, "channels"), .sample_rate = read_size(j, "sample_rate")};
}

json write(Segment const& s) {
  return {{"name", s.name}, {"start", s.start}, {"duration", s.duration}, {"bytes", s.bytes}, {"sha256", s.sha256}};
}

Segment read_segment(json const& j) {
  return {.name = read_name(j.at("name")), .start = read_size<std::int64_t>(j, "start"), .duration = read_size<std::int64_t>(j, "duration"),
          .bytes = read_size<std::int64_t>(j, "bytes"), .sha256 = read_hash(j, "sha256")};
}

/// A level in decibels.
double read_level(json const& j, char const* key) {
  auto const& value = j.at(key);
  if (!value.is_number()) refuse(std::string(key) + " must be a number");
  auto const level = value.get<double>();
  if (!(level >= -200 && level <= 200)) refuse(std::string(key) + " is out of range");
  return level;
}

json write(std::optional<Loudness> const& loudness) {
  if (!loudness) return nullptr;
  return {{"integrated", loudness->integrated}, {"range", loudness->range}, {"true_peak", loudness->true_peak}, {"gain", loudness->gain}};
}

std::optional<Loudness> read_loudness(json const& j) {
  if (j.is_null()) return std::nullopt;
  return Loudness{.integrated = read_level(j, "integrated"), .range = read_level(j, "range"), .true_peak = read_level(j, "true_peak"), .gain = read_level(j, "gain")};
}

json write(std::vector<DataFile> const& files) {
  auto list = json::array();
  for (auto const& file : files) list.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  return list;
}

std::vector<DataFile> read_data(json const& j) {
  std::vector<DataFile> files;
  for (auto const& file : j.get_ref<json::array_t const&>()) files.push_back({.name = read_name(file.at("name")), .bytes = read_size<std::int64_t>(file, "bytes"), .sha256 = read_hash(file, "sha256")});
  if (files.size() > 8) refuse("a track has more data files than there are kinds");
  return files;
}

json write(std::vector<milliseconds> const& times) {
  auto list = json::array();
  for (auto const time : times) list.push_back(time.count());
  return list;
}

/// Times in milliseconds, each later than the one before.
std::vector<milliseconds> read_shots(json const& j) {
  std::vector<milliseconds> times;
  for (auto const& time : j.get_ref<json::array_t const&>()) {
    json const named{{"time", time}};
    times.push_back(read_ms(named, "time"));
    if (times.size() > 1 && times.back() <= times[times.size() - 2]) refuse("shots are not in order");
  }
  if (times.size() > most_shots) refuse("a track has more shots than there can be");
  return times;
}

json write(Track const& t) {
  auto segments = json::array();
  for (auto const& segment : t.segments) segments.push_back(write(segment));
  return {{"label", t.label}, {"role", write(t.role)}, {"loudness", write(t.loudness)}, {"data", write(t.data)}, {"name", t.name}, {"codecs", t.codecs}, {"timescale", t.timescale}, {"width", t.width}, {"height", t.height},
          {"frame_rate", write(t.frame_rate)}, {"channels", t.channels}, {"sample_rate", t.sample_rate}, {"language", t.language},
          {"init_sha256", t.init_sha256}, {"init_bytes", t.init_bytes}, {"segments", std::move(segments)}, {"shots", write(t.shots)}};
}

Track read_track(json const& j) {
  Track track{.name = read_name(j.at("name")), .codecs = read_token(j, "codecs"), .timescale = read_size(j, "timescale"),
              .width = read_size(j, "width"), .height = read_size(j, "height"), .frame_rate = read_fraction(j.at("frame_rate")),
              .channels = read_size(j, "channels"), .sample_rate = read_size(j, "sample_rate"), .language = read_token(j, "language"),
              .init_sha256 = read_hash(j, "init_sha256"), .init_bytes = j.contains("init_bytes") ? read_size<std::int64_t>(j, "init_bytes") : 0, .segments = {}, .label = read_label(j), .role = read_role(j)};
  if (auto const loudness = j.find("loudness"); loudness != j.end()) track.loudness = read_loudness(*loudness);
  if (auto const data = j.find("data"); data != j.end()) track.data = read_data(*data);
  if (auto const shots = j.find("shots"); shots != j.end()) track.shots = read_shots(*shots);
  if (track.timescale == 0) refuse("a track's timescale is zero");
  auto const longest = longest_seconds * track.timescale;
  std::int64_t ticks = 0;
  for (auto const& value : j.at("segments").get_ref<json::array_t const&>()) {
    auto segment = read_segment(value);
    if (segment.start > longest || segment.duration > longest - ticks || segment.bytes > most_segment_bytes) refuse("a segment is larger than there can be");
    ticks += segment.duration;
    track.segments.push_back(std::move(segment));
  }
  if (track.segments.size() > most_segments) refuse("a track has more segments than there can be");
  return track;
}

json write(std::vector<Track> const& tracks) {
  auto array = json::array();
  for (auto const& track : tracks) array.push_back(write(track));
  return array;
}

std::vector<Track> read_tracks(json const& j) {
  std::vector<Track> tracks;
  for (auto const& track : j.get_ref<json::array_t const&>()) tracks.push_back(read_track(track));
  return tracks;
}

json write(std::optional<Storyboard> const& storyboard) {
  if (!storyboard) return nullptr;
  auto const& s = *storyboard;
  return {{"tile_width", s.tile_width}, {"tile_height", s.tile_height}, {"columns", s.columns}, {"rows", s.rows},
          {"interval_ms", s.interval.count()}, {"tiles", s.tiles}, {"sheets", s.sheets}};
}

std::optional<Storyboard> read_storyboard(json const& j) {
  if (j.is_null()) return std::nullopt;
  Storyboard board{.tile_width = read_size(j, "tile_width"), .tile_height = read_size(j, "tile_height"), .columns = read_size(j, "columns"),
                   .rows = read_size(j, "rows"), .interval = read_ms(j, "interval_ms"), .tiles = read_size(j, "tiles"), .sheets = read_names(j.at("sheets"))};
  if (board.tile_width > largest_tile || board.tile_height > largest_tile || board.interval > std::chrono::seconds(longest_seconds))
    refuse("a storyboard's tiles are larger than there can be");
  if (board.columns > 100 || board.rows > 100) refuse("a storyboard sheet is at most 100 tiles wide and high");
  if (board.tiles > static_cast<std::int64_t>(board.columns) * board.rows * static_cast<std::int64_t>(board.sheets.size())) refuse("a storyboard has more tiles than its sheets hold");
  return board;
}

std::vector<int> read_streams(json const& j) {
  std::vector<int> streams;
  for (auto const& stream : j.get_ref<json::array_t const&>()) {
    json const named{{"stream", stream}};
    streams.push_back(read_size(named, "stream"));
  }
  if (streams.size() > most_covers) refuse("too many streams");
  return streams;
}

json write(std::optional<Download> const& download) {
  if (!download) return nullptr;
  return {{"bytes", download->bytes}, {"sha256", download->sha256}};
}

std::optional<Download> read_download(json const& j) {
  auto const found = j.find("download"); // catalogs hold packages from before
  if (found == j.end() || found->is_null()) return std::nullopt;
  return Download{.bytes = read_size<std::int64_t>(*found, "bytes"), .sha256 = read_hash(*found, "sha256")};
}

json write(TextsResult const& result) {
  auto texts = json::array();
  for (auto const& text : result.texts) {
    auto cues = json::array();
    for (auto const& cue : text.cues) cues.push_back({{"start", cue.start.count()}, {"end", cue.end.count()}, {"text", cue.text}, {"speaker", cue.speaker}});
    texts.push_back({{"chapters", text.chapters}, {"language", text.language}, {"label", text.label}, {"cues", std::move(cues)}});
  }
  return texts;
}

TextsResult read_texts(json const& j) {
  TextsResult result;
  std::size_t bytes = 0;
  for (auto const& item : j.get_ref<json::array_t const&>()) {
    EmbeddedText text{.chapters = read_bool(item, "chapters"), .language = read_token(item, "language"), .label = read_text(item, "label"), .cues = {}};
    if (text.label.size() > 200) refuse("label is too long");
    for (auto const& c : item.at("cues").get_ref<json::array_t const&>()) {
      Cue cue{.start = read_ms(c, "start"), .end = read_ms(c, "end"), .text = read_text(c, "text"), .speaker = read_text(c, "speaker"), .settings = {}};
      if (cue.end <= cue.start) refuse("a cue ends before it begins");
      bytes += cue.text.size() + cue.speaker.size();
      text.cues.push_back(std::move(cue));
    }
    result.texts.push_back(std::move(text));
  }
  if (result.texts.size() > most_texts || bytes > most_text_bytes) refuse("too much text");
  return result;
}

} // namespace

std::string_view task_kind(Task const& task) {
  constexpr std::string_view kinds[] = {"probe", "video", "audio", "stills", "remux", "texts", "cover", "download"};
  return kinds[task.index()];
}

void to_json(json& j, Task const& task) {
  j = json{{"kind", task_kind(task)}};
  if (auto const* video = std::get_if<VideoTask>(&task)) {
    auto renditions = json::array();
    for (auto const& rendition : video->renditions) renditions.push_back(write(rendition));
    j.update({{"source", write(video->source)}, {"grid", write(video->grid)}, {"first_segment", video->first_segment},
              {"segment_count", video->segment_count}, {"renditions", std::move(renditions)}, {"lowest_first", video->lowest_first}});
  } else if (auto const* audio = std::get_if<AudioTask>(&task)) {
    j.update({{"source", write(audio->source)}, {"rendition", write(audio->rendition)}, {"duration_ms", audio->duration.count()}, {"grid", write(audio->grid)}});
  } else if (auto const* stills = std::get_if<StillsTask>(&task)) {
    j.update({{"source", write(stills->source)}, {"duration_ms", stills->duration.count()}});
  } else if (auto const* copy = std::get_if<RemuxTask>(&task)) {
    j.update({{"video", write(copy->video)}, {"audio", copy->audio ? write(*copy->audio) : json(nullptr)}});
  } else if (auto const* texts = std::get_if<TextsTask>(&task)) {
    j.update({{"start_us", texts->start_us}, {"duration_ms", texts->duration.count()}});
  } else if (auto const* cover = std::get_if<CoverTask>(&task)) {
    j.update({{"streams", cover->streams}});
  } else if (auto const* download = std::get_if<DownloadTask>(&task)) {
    j.update({{"picture", download->picture}, {"sound", download->sound}, {"picture_bytes", download->picture_bytes},
              {"sound_bytes", download->sound_bytes}, {"language", download->language}});
  }
}

void from_json(json const& j, Task& task) {
  auto const kind = read_text(j, "kind");
  if (kind == "probe") {
    task = ProbeTask{};
  } else if (kind == "video") {
    VideoTask video{.source = read_video_facts(j.at("source")), .grid = read_grid(j.at("grid")), .first_segment = read_size(j, "first_segment"),
                    .segment_count = read_size(j, "segment_count"), .renditions = {}, .lowest_first = read_bool(j, "lowest_first")};
    for (auto const& rendition : j.at("renditions").get_ref<json::array_t const&>()) video.renditions.push_back(read_rendition(rendition));
    task = std::move(video);
  } else if (kind == "audio") {
    task = AudioTask{.source = read_audio_facts(j.at("source")), .rendition = read_audio_rendition(j.at("rendition")),
                     .duration = read_ms(j, "duration_ms"), .grid = read_grid(j.at("grid"))};
  } else if (kind == "stills") {
    task = StillsTask{.source = read_video_facts(j.at("source")), .duration = read_ms(j, "duration_ms")};
  } else if (kind == "remux") {
    RemuxTask copy{.video = read_video_facts(j.at("video")), .audio = {}};
    if (auto const& audio = j.at("audio"); !audio.is_null()) copy.audio = read_audio_facts(audio);
    task = std::move(copy);
  } else if (kind == "texts") {
    task = TextsTask{.start_us = read_int<std::int64_t>(j, "start_us"), .duration = read_ms(j, "duration_ms")};
  } else if (kind == "cover") {
    task = CoverTask{.streams = read_streams(j.at("streams"))};
  } else if (kind == "download") {
    task = DownloadTask{.picture = read_token(j, "picture"), .sound = read_token(j, "sound"), .picture_bytes = read_size<std::int64_t>(j, "picture_bytes"),
                        .sound_bytes = read_size<std::int64_t>(j, "sound_bytes"), .language = read_token(j, "language")};
  } else {
    refuse("unknown kind of task");
  }
}

void to_json(json& j, Lease const& lease) {
  j = json{{"task_id", lease.task_id}, {"token", lease.token}, {"expires_in_ms", lease.expires_in.count()},
           {"source_bytes", lease.source_bytes}, {"source_sha256", lease.source_sha256}};
  to_json(j["task"], lease.task);
}

void from_json(json const& j, Lease& lease) {
  lease = {.task_id = read_text(j, "task_id"), .token = read_size<std::int64_t>(j, "token"), .expires_in = read_ms(j, "expires_in_ms"),
           .source_bytes = read_size<std::int64_t>(j, "source_bytes"), .source_sha256 = read_hash(j, "source_sha256"), .task = {}};
  from_json(j.at("task"), lease.task);
}

void to_json(json& j, SourceFacts const& facts) {
  j = json{{"container", facts.container}, {"duration_ms", facts.duration.count()},
           {"video", facts.video ? write(*facts.video) : json(nullptr)}, {"audio", facts.audio ? write(*facts.audio) : json(nullptr)},
           {"alternates", json::array()}, {"remuxable", facts.remuxable}, {"texts", facts.texts}, {"covers", facts.covers}};
  for (auto const& sound : facts.alternates) j["alternates"].push_back(write(sound));
}

void from_json(json const& j, SourceFacts& facts) {
  facts = {.container = read_text(j, "container"), .duration = read_ms(j, "duration_ms"), .video = {}, .audio = {}};
  if (auto const& video = j.at("video"); !video.is_null()) facts.video = read_video_facts(video);
  if (auto const& audio = j.at("audio"); !audio.is_null()) facts.audio = read_audio_facts(audio);
  facts.remuxable = j.value("remuxable", false); // catalogs hold facts from before
  if (auto const alternates = j.find("alternates"); alternates != j.end())
    for (auto const& sound : alternates->get_ref<json::array_t const&>()) facts.alternates.push_back(read_audio_facts(sound));
  if (facts.duration > std::chrono::seconds(longest_seconds)) refuse("a story is not as long as that");
  if (facts.alternates.size() > most_alternates || (!facts.audio && !facts.alternates.empty())) refuse("too many alternate sounds");
  facts.texts = j.value("texts", false);
  if (j.contains("covers")) facts.covers = read_streams(j.at("covers"));
}

void to_json(json& j, TaskResult const& outcome) {
  if (auto const* facts = std::get_if<SourceFacts>(&outcome)) {
    json value;
    to_json(value, *facts);
    j = json{{"source", std::move(value)}};
  } else if (auto const* tracks = std::get_if<std::vector<Track>>(&outcome)) {
    j = json{{"tracks", write(*tracks)}};
  } else if (auto const* texts = std::get_if<TextsResult>(&outcome)) {
    j = json{{"texts", write(*texts)}};
  } else if (auto const* download = std::get_if<Download>(&outcome)) {
    j = json{{"download", write(std::optional(*download))}};
  } else {
    auto const& stills = std::get<StillsResult>(outcome);
    j = json{{"stills", {{"posters", stills.posters}, {"storyboard", write(stills.storyboard)}}}};
  }
}

void from_json(json const& j, TaskResult& outcome) {
  if (j.contains("source")) {
    SourceFacts facts;
    from_json(j.at("source"), facts);
    outcome = std::move(facts);
  } else if (j.contains("tracks")) {
    outcome = read_tracks(j.at("tracks"));
  } else if (j.contains("texts")) {
    outcome = read_texts(j.at("texts"));
  } else if (j.contains("download")) {
    outcome = read_download(j).value();
  } else {
    auto const& stills = j.at("stills");
    outcome = StillsResult{.posters = read_names(stills.at("posters")), .storyboard = read_storyboard(stills.at("storyboard"))};
  }
}

void to_json(json& j, TaskFailure const& failure) { j = json{{"key", failure.key}, {"detail", failure.detail}, {"permanent", failure.permanent}}; }

void from_json(json const& j, TaskFailure& failure) {
  failure = {.key = read_token(j, "key"), .detail = read_text(j, "detail"), .permanent = read_bool(j, "permanent")};
}

void to_json(json& j, Package const& package) {
  j = json{{"duration_ms", package.duration.count()}, {"video", write(package.video)}, {"audio", write(package.audio)},
           {"posters", package.posters}, {"storyboard", write(package.storyboard)}, {"download", write(package.download)}};
}

void from_json(json const& j, Package& package) {
  package = {.duration = read_ms(j, "duration_ms"), .video = read_tracks(j.at("video")), .audio = read_tracks(j.at("audio")),
             .posters = read_names(j.at("posters")), .storyboard = read_storyboard(j.at("storyboard")), .download = read_download(j)};
}

} // namespace tarina::media
