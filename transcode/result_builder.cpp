#include "transcode/result_builder.hpp"
#include "media/sound_data.hpp"
#include "transcode/hash.hpp"
#include "transcode/limits.hpp"
#include "transcode/segmenter.hpp"
#include "transcode/shot_changes.hpp"
#include "transcode/stages.hpp"
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>
#include <stdexcept>

namespace tarina::transcode {
namespace {

[[noreturn]] void refuse(char const* what) { throw std::runtime_error(std::string("the task's process broke its rules: ") + what); }

constexpr int most_segments = limits::story_us / 6'000'000 + 1; // copied ones last six seconds or longer

void demand(bool holds, char const* what) {
  if (!holds) refuse(what);
}

/// A probe's facts go into the catalog and come back as tasks: bounds before anything multiplies them.
void check(media::SourceFacts const& facts) {
  demand(facts.duration.count() > 0 && facts.duration.count() <= limits::story_us / 1000, "duration");
  demand(facts.container.size() <= 100, "container");
  demand(facts.video || facts.audio, "neither picture nor sound");
  if (auto const& v = facts.video) {
    demand(v->codec.size() <= 40 && v->stream >= 0 && v->stream < limits::streams, "picture stream");
    for (int side : {v->coded_width, v->coded_height, v->width, v->height}) demand(side > 0 && side <= 200'000, "picture size");
    demand(static_cast<std::int64_t>(v->coded_width) * v->coded_height <= limits::pixels, "picture size");
    demand(v->rotation % 90 == 0 && v->rotation >= 0 && v->rotation < 360, "rotation");
    demand(v->frame_rate.num > 0 && v->frame_rate.den > 0 && v->frame_rate.num <= 61LL * v->frame_rate.den, "frame rate");
  }
  demand(facts.covers.size() <= media::most_covers, "covers");
  for (int cover : facts.covers) demand(cover >= 0 && cover < limits::streams, "cover");
  auto sounds = facts.alternates;
  if (facts.audio) sounds.push_back(*facts.audio);
  std::set<int> streams;
  for (auto const& a : sounds) {
    demand(a.codec.size() <= 40 && a.stream >= 0 && a.stream < limits::streams && streams.insert(a.stream).second, "sound stream");
    demand(a.channels > 0 && a.channels <= 64 && a.sample_rate > 0 && a.sample_rate <= 1'000'000, "sound");
  }
}

} // namespace

ResultBuilder::ResultBuilder(media::Task task) : task_(std::move(task)) {
  if (auto const* video = std::get_if<media::VideoTask>(&task_)) {
    first_segment_ = video->first_segment;
    segments_ = std::clamp(video->grid.segments() - first_segment_, 0, video->segment_count);
    for (auto const& rendition : video->renditions) {
      media::Track track{.name = rendition.name, .codecs = {}, .width = rendition.width, .height = rendition.height, .frame_rate = video->grid.frame_rate,
                         .language = {}, .init_sha256 = {}, .segments = {}};
      tracks_.push_back(std::move(track));
    }
  } else if (auto const* audio = std::get_if<media::AudioTask>(&task_)) {
    segments_ = audio->grid.frames > 0 ? audio->grid.segments() : static_cast<int>(std::max<std::int64_t>(1, (audio->duration.count() + 5999) / 6000));
    tracks_.push_back({.name = audio->rendition.name, .codecs = {}, .frame_rate = {0, 1}, .channels = audio->rendition.channels,
                       .sample_rate = audio->rendition.sample_rate, .language = language_tag(audio->source.language), .init_sha256 = {}, .segments = {},
                       .label = audio->source.label, .role = audio->source.role});
  } else if (auto const* copy = std::get_if<media::RemuxTask>(&task_)) {
    any_segments_ = true;
    tracks_.push_back({.name = std::string(media::original_picture), .codecs = {}, .width = copy->video.width, .height = copy->video.height,
                       .frame_rate = copy->video.frame_rate, .language = {}, .init_sha256 = {}, .segments = {}});
    if (auto const& sound = copy->audio) {
      tracks_.push_back({.name = std::string(media::original_sound), .codecs = {}, .frame_rate = {0, 1}, .channels = sound->channels,
                         .sample_rate = sound->sample_rate, .language = language_tag(sound->language), .init_sha256 = {}, .segments = {}});
    }
  }
}

media::Track& ResultBuilder::track(MessageHead const& head) {
  demand(head.track < tracks_.size(), "a track that was not ordered");
  return tracks_[head.track];
}

void ResultBuilder::describe_track(media::Track& track, nlohmann::json const& said) const {
  track.codecs = said.at("codecs").get<std::string>();
  track.timescale = said.at("timescale").get<int>();
  auto const plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.'; };
  demand(!track.codecs.empty() && track.codecs.size() <= 32 && std::all_of(track.codecs.begin(), track.codecs.end(), plain), "codecs");
  if (any_segments_) demand(track.timescale >= 8000 && track.timescale <= 90'000, "timescale");
  else demand(track.timescale == (track.sample_rate > 0 ? track.sample_rate : timescale_for(track.frame_rate)), "timescale");
}

Output ResultBuilder::take_segment(MessageHead const& head, std::string payload) {
  auto& to = track(head);
  auto const number = first_segment_ + static_cast<std::int64_t>(to.segments.size());
  demand(!to.init_sha256.empty() && head.number == number && static_cast<int>(to.segments.size()) < (any_segments_ ? most_segments : segments_), "a segment out of order");
  demand(head.duration > 0 && head.start >= 0 && (to.segments.empty() || head.start == to.segments.back().start + to.segments.back().duration), "a segment's times");
  media::Segment segment{.name = fmt::format("{:05}.m4s", number + 1), .start = head.start, .duration = head.duration, .bytes = head.size, .sha256 = sha256_of(payload)};
  Output output{to.name + "/" + segment.name, std::move(payload), std::nullopt};
  to.segments.push_back(std::move(segment));
  return output;
}

Output ResultBuilder::take_still(MessageHead const& head, std::string payload) {
  auto const* covers = std::get_if<media::CoverTask>(&task_);
  demand((covers != nullptr || std::holds_alternative<media::StillsTask>(task_)) && payload.starts_with("\xff\xd8\xff"), "a still that was not ordered");
  bool const poster = head.kind == MessageKind::poster;
  demand(poster || covers == nullptr, "a sheet that was not ordered");
  auto& names = poster ? stills_.posters : sheets_;
  demand(head.number == static_cast<std::int64_t>(names.size()) && names.size() < (covers ? covers->streams.size() : poster ? 4U : 100U), "a still out of order");
  if (covers) names.push_back(head.number == 0 ? "cover.jpg" : fmt::format("cover-{}.jpg", head.number + 1));
  else names.push_back(!poster ? fmt::format("storyboard-{:03}.jpg", head.number + 1) : head.number == 0 ? "poster.jpg" : fmt::format("poster-{}.jpg", head.number + 1));
  return {"stills/" + names.back(), std::move(payload), std::nullopt};
}

void ResultBuilder::take_text(std::string const& payload) {
  demand(std::holds_alternative<media::TextsTask>(task_) && texts_.texts.size() < media::most_texts, "a text that was not ordered");
  auto const said = nlohmann::json::parse(payload);
  media::EmbeddedText text{.chapters = said.at("chapters").get<bool>(), .language = language_tag(said.at("language").get<std::string>()), .label = said.at("label").get<std::string>(), .cues = {}};
  auto const plain = [](char c) { return c >= 'a' && c <= 'z'; };
  demand(text.language.size() <= 3 && std::all_of(text.language.begin(), text.language.end(), plain) && text.label.size() <= 200, "a text's names");
  // The same reader as for an editor's own files: what it cannot read is no text.
  auto read = media::read_subtitles(said.at("subrip").get<std::string>());
  if (!read) return;
  for (auto& cue : read->cues) {
    if (cue.start < std::chrono::milliseconds(0) || cue.end <= cue.start || cue.end.count() > limits::story_us / 1000) continue;
    text_bytes_ += cue.text.size() + cue.speaker.size();
    text.cues.push_back(std::move(cue));
  }
  demand(text_bytes_ <= media::most_text_bytes, "too much text");
  if (!text.cues.empty()) texts_.texts.push_back(std::move(text));
}

Output ResultBuilder::take_piece(MessageHead const& head, std::string payload) {
  auto const* task = std::get_if<media::DownloadTask>(&task_);
  demand(task != nullptr && !payload.empty() && head.start == download_.bytes, "a piece of a file that was not ordered");
  download_.bytes += static_cast<std::int64_t>(payload.size());
  demand(download_.bytes <= task->picture_bytes + task->sound_bytes + media::download_index_bytes, "a download larger than its tracks");
  if (!download_hash_) download_hash_.emplace();
  download_hash_->update(payload);
  return {std::string(media::download_name), std::move(payload), head.start};
}

void ResultBuilder::take_loudness(std::string const& payload) {
  demand(std::holds_alternative<media::AudioTask>(task_) && !tracks_.front().loudness, "loudness that was not asked for");
  auto const said = nlohmann::json::parse(payload);
  auto level = [&](char const* key, double least, double most) {
    auto const value = said.at(key).get<double>();
    demand(value >= least && value <= most, key);
    return value;
  };
  tracks_.front().loudness = media::Loudness{.integrated = level("integrated", media::Loudness::silent, 100), .range = level("range", 0, 200),
                                             .true_peak = level("true_peak", -100, 100), .gain = level("gain", -100, 100)};
}

void ResultBuilder::take_shots(std::string const& payload) {
  auto const* video = std::get_if<media::VideoTask>(&task_);
  demand(video != nullptr && !tracks_.empty() && video->renditions.back().codec == media::VideoCodec::h264 && !told_shots_, "shots that were not asked for");
  told_shots_ = true;
  auto const& grid = video->grid;
  auto least = std::max<std::int64_t>(1, grid.segment_start(first_segment_) - ShotChanges::left_over(grid.frame_rate));
  auto const end = std::min(grid.frames, grid.segment_start(first_segment_ + static_cast<std::int64_t>(segments_)));
  for (auto const frame : nlohmann::json::parse(payload).get<std::vector<std::int64_t>>()) {
    demand(frame >= least && frame < end, "a shot that is not in this part of the story");
    least = frame + 1;
    tracks_.back().shots.push_back(grid.time_of(frame));
  }
}

Output ResultBuilder::take_data(MessageHead const& head, std::string payload) {
  auto const* audio = std::get_if<media::AudioTask>(&task_);
  demand(audio != nullptr, "a file that was not ordered");
  std::string_view name;
  if (head.kind == MessageKind::peaks) {
    auto const rate = audio->rendition.sample_rate;
    demand(static_cast<std::int64_t>(payload.size()) == 2 * media::count_peaks(count_samples(*audio), rate), "a waveform of another length");
    payload = media::write_peaks(payload, rate);
    name = media::peaks_file;
  } else if (head.kind == MessageKind::speech) {
    std::vector<media::SpeechSpan> spans;
    for (auto const& said : nlohmann::json::parse(payload).get<std::vector<std::vector<std::int64_t>>>()) {
      demand(said.size() == 2, "a span of speech");
      demand(said[0] >= (spans.empty() ? 0 : spans.back().end.count() + 1) && said[1] > said[0] && said[1] <= audio->duration.count(), "speech that is not in the story");
      spans.push_back({media::milliseconds(said[0]), media::milliseconds(said[1])});
    }
    payload = media::write_speech(spans);
    name = media::speech_file;
  } else {
    demand(audio->grid.frames == 0 && payload.starts_with("\xff\xd8\xff") && payload.size() <= (1U << 20), "a cover that was not ordered");
    name = media::cover_file;
  }
  auto& track = tracks_.front();
  demand(media::data_file(track, name).empty(), "a file made twice");
  track.data.push_back({.name = std::string(name), .bytes = static_cast<std::int64_t>(payload.size()), .sha256 = sha256_of(payload)});
  return {media::data_file(track, name), std::move(payload)};
}

void ResultBuilder::finish() {
  if (auto const* audio = std::get_if<media::AudioTask>(&task_)) demand(tracks_.front().loudness && tracks_.front().data.size() == (audio->grid.frames > 0 ? 2U : 3U), "findings are missing");
  if (std::holds_alternative<media::DownloadTask>(task_)) {
    demand(download_hash_.has_value(), "no download");
    download_.sha256 = download_hash_->hex();
    ended_.emplace(media::TaskResult(download_));
    return;
  }
  for (auto const& track : tracks_) demand(any_segments_ ? !track.segments.empty() : static_cast<int>(track.segments.size()) == segments_, "segments are missing");
  if (std::holds_alternative<media::TextsTask>(task_)) {
    ended_.emplace(media::TaskResult(texts_));
    return;
  }
  if (!tracks_.empty() || std::holds_alternative<media::VideoTask>(task_)) {
    ended_.emplace(media::TaskResult(tracks_));
  } else {
    bool const cover = std::holds_alternative<media::CoverTask>(task_); // it may hold no picture after all
    demand(cover || (std::holds_alternative<media::StillsTask>(task_) && !stills_.posters.empty()), "the end of another task");
    ended_.emplace(media::TaskResult(stills_));
  }
}

std::optional<Output> ResultBuilder::take(MessageHead const& head, std::string payload) {
  demand(!ended_, "words after the end");
  bytes_ += static_cast<std::int64_t>(payload.size());
  demand(bytes_ <= limits::task_output_bytes || std::holds_alternative<media::DownloadTask>(task_), "too much output"); // a download has its own bound
  switch (head.kind) {
  case MessageKind::track: describe_track(track(head), nlohmann::json::parse(payload)); return std::nullopt;
  case MessageKind::init: {
    auto& to = track(head);
    demand(!to.codecs.empty() && to.init_sha256.empty(), "an init segment out of order");
    to.init_sha256 = sha256_of(payload);
    to.init_bytes = head.size;
    return Output{to.name + "/init.mp4", std::move(payload), std::nullopt};
  }
  case MessageKind::segment: return take_segment(head, std::move(payload));
  case MessageKind::loudness: take_loudness(payload); return std::nullopt;
  case MessageKind::shots: take_shots(payload); return std::nullopt;
  case MessageKind::peaks:
  case MessageKind::speech:
  case MessageKind::cover: return take_data(head, std::move(payload));
  case MessageKind::text: take_text(payload); return std::nullopt;
  case MessageKind::file: return take_piece(head, std::move(payload));
  case MessageKind::poster:
  case MessageKind::sheet: return take_still(head, std::move(payload));
  case MessageKind::progress: return std::nullopt;
  case MessageKind::facts: {
    demand(std::holds_alternative<media::ProbeTask>(task_), "facts that were not asked for");
    media::SourceFacts facts;
    media::from_json(nlohmann::json::parse(payload), facts);
    check(facts);
    ended_.emplace(media::TaskResult(std::move(facts)));
    return std::nullopt;
  }
  case MessageKind::storyboard: {
    demand(std::holds_alternative<media::StillsTask>(task_), "a storyboard that was not ordered");
    auto said = nlohmann::json::parse(payload);
    auto size = [&](char const* key, int most) {
      auto const n = said.at(key).get<int>();
      demand(n > 0 && n <= most, key);
      return n;
    };
    media::Storyboard board{.tile_width = size("tile_width", 1000), .tile_height = size("tile_height", 1000), .columns = size("columns", 20),
                            .rows = size("rows", 20), .interval = media::milliseconds(size("interval_ms", 3'600'000)), .tiles = size("tiles", 10'000), .sheets = sheets_};
    demand(board.tiles <= board.columns * board.rows * static_cast<int>(sheets_.size()), "tiles without a sheet");
    stills_.storyboard = std::move(board);
    return std::nullopt;
  }
  case MessageKind::failure: {
    media::TaskFailure failure;
    media::from_json(nlohmann::json::parse(payload), failure);
    if (failure.detail.size() > 500) failure.detail.resize(500);
    ended_.emplace(std::move(failure));
    return std::nullopt;
  }
  case MessageKind::done: finish(); return std::nullopt;
  }
  refuse("an unknown message");
}

std::string language_tag(std::string const& iso639) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 20> known{{{"fin", "fi"}, {"swe", "sv"}, {"eng", "en"}, {"rus", "ru"}, {"est", "et"},
      {"nor", "no"}, {"dan", "da"}, {"deu", "de"}, {"ger", "de"}, {"fra", "fr"}, {"fre", "fr"}, {"spa", "es"}, {"ita", "it"}, {"ukr", "uk"}, {"ara", "ar"},
      {"som", "so"}, {"kur", "ku"}, {"zho", "zh"}, {"vie", "vi"}, {"jpn", "ja"}}};
  for (auto const& [three, two] : known) {
    if (iso639 == three) return std::string(two);
  }
  return iso639;
}

} // namespace tarina::transcode
