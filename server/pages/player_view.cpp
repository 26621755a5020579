#include "server/pages/player_view.hpp"
#include "catalog/catalog.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace tarina::server {

using catalog::TrackKind;
using Json = nlohmann::json;

namespace {

std::string_view html_kind(TrackKind kind) { // HTML, the track element's kinds
  switch (kind) {
  case TrackKind::captions: return "captions";
  case TrackKind::subtitles:
  case TrackKind::plain: return "subtitles";
  case TrackKind::descriptions: return "descriptions";
  case TrackKind::chapters: return "chapters";
  }
  return "metadata";
}

bool readable(TrackKind kind) { return kind == TrackKind::captions || kind == TrackKind::subtitles || kind == TrackKind::plain; }

std::string capitalised(std::string word) {
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

} // namespace

result<ShownStory> load_story(catalog::Catalog& catalog, std::string const& id, catalog::Use use) {
  auto access = catalog.access(id, use);
  if (!access) return access.error();
  auto story = catalog.public_story(id, use);
  if (!story) return story.error();
  ShownStory shown{std::move(*story), std::move(*access), {}, catalog.vocabulary()};
  for (auto const& summary : shown.story.tracks)
    if (auto track = catalog.public_track(id, use, summary.id)) shown.tracks.push_back(std::move(*track));
  return shown;
}

catalog::SubtitleTrack const* preferred_track(ShownStory const& shown, std::string_view lang) {
  catalog::SubtitleTrack const* best = nullptr;
  int best_score = 0;
  for (auto const& track : shown.tracks) {
    if (!readable(track.kind)) continue;
    int const score = 1 + (track.kind == TrackKind::captions ? 2 : 0) + (track.language == lang ? 4 : 0) - (track.kind == TrackKind::plain ? 1 : 0);
    if (score > best_score) {
      best = &track;
      best_score = score;
    }
  }
  return best;
}

catalog::SubtitleTrack const* chapter_track(ShownStory const& shown, std::string_view lang) {
  catalog::SubtitleTrack const* chosen = nullptr;
  for (auto const& track : shown.tracks)
    if (track.kind == TrackKind::chapters && (!chosen || track.language == lang)) chosen = &track;
  return chosen;
}

std::string track_label(Naming const& naming, catalog::TrackSummary const& track) {
  auto const language = capitalised(language_name(track.language, naming.lang));
  if (track.kind == TrackKind::captions) return language;
  return fmt::format("{} ({})", language, naming.templates.text(naming.lang, fmt::format("track.{}", catalog::track_kind_name(track.kind))));
}

std::string subtitle_address(std::string const& story, std::string const& track, std::string_view extension, catalog::Use use) {
  auto address = fmt::format("/api/v1/stories/{}/subtitles/{}.{}", story, track, extension);
  if (use != catalog::Use::watch) address += fmt::format("?use={}", catalog::use_name(use));
  return address;
}

Json player_view(Naming const& naming, ShownStory const& shown, catalog::Use use, bool captions_on) {
  auto const& story = shown.story;
  bool const sound_only = story.width == 0 || story.height == 0;
  auto const* preferred = preferred_track(shown, naming.lang);
  auto const* chapters = chapter_track(shown, naming.lang);
  auto tracks = Json::array();
  for (auto const& track : shown.tracks)
    tracks.push_back({{"src", subtitle_address(story.id, track.id, "vtt", use)},
                      {"srclang", track.language},
                      {"kind", std::string(html_kind(track.kind))},
                      {"label", track_label(naming, track)},
                      {"readable", readable(track.kind)},
                      {"default", (captions_on && &track == preferred) || &track == chapters}}); // players load only default chapters
  return {{"story", story.id},
          {"title", local_text(story.details.title, naming.lang)},
          {"src", "/stream/" + shown.access.stream_key + "/main.m3u8"},
          {"poster", poster_address(shown.access.stream_key, story.poster)},
          {"storyboard", sound_only ? std::string{} : "/stream/" + shown.access.stream_key + "/stills/storyboard.vtt"},
          {"width", sound_only ? 1280 : story.width},
          {"height", sound_only ? 720 : story.height},
          {"ratio", fmt::format("{:.4f}", sound_only ? 16.0 / 9 : static_cast<double>(story.width) / story.height)},
          {"portrait", story.height > story.width},
          {"sound_only", sound_only},
          {"duration_ms", story.duration.count()},
          {"tracks", std::move(tracks)}};
}

std::optional<double> start_time(Request const& request) { return clock_seconds(request.query.get("t")); }

std::optional<double> clock_seconds(std::string_view text) {
  std::string dotted(text);
  std::replace(dotted.begin(), dotted.end(), ',', '.');
  std::string_view rest = dotted;
  double total = 0;
  bool any = false;
  while (!rest.empty()) {
    double part = 0;
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), part, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(part) || part < 0) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    char const unit = rest.empty() ? 's' : rest.front();
    if (unit == ':') total = (total + part) * 60;
    else if (unit == 'h') total += part * 3600;
    else if (unit == 'm') total += part * 60;
    else if (unit == 's') total += part;
    else return std::nullopt;
    if (!rest.empty()) rest.remove_prefix(1);
    any = true;
  }
  return any && total < 1e6 ? std::optional(total) : std::nullopt;
}

} // namespace tarina::server
