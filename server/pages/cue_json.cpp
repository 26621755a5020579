#include "server/pages/cue_json.hpp"
#include "server/json_body.hpp"
#include <cmath>

namespace tarina::server {

using Json = nlohmann::json;
using std::chrono::milliseconds;

namespace {

/// Milliseconds, a fraction rounded; nothing for what is no time at all.
std::optional<milliseconds> read_time(Json const& value) {
  if (auto const whole = integer_of(value)) return milliseconds(*whole);
  if (!value.is_number_float() || std::abs(value.get<double>()) > 1e12) return std::nullopt;
  return milliseconds(std::llround(value.get<double>()));
}

} // namespace

Json cues_to_json(std::vector<media::Cue> const& cues) {
  auto list = Json::array();
  for (auto const& cue : cues)
    list.push_back({{"start_ms", cue.start.count()}, {"end_ms", cue.end.count()}, {"text", cue.text}, {"speaker", cue.speaker}, {"settings", cue.settings}});
  return list;
}

result<std::vector<media::Cue>> cues_from_json(Json const& value) {
  std::vector<media::Cue> cues;
  try {
    for (auto const& each : value) {
      media::Cue cue;
      auto const start = read_time(each.at("start_ms"));
      auto const end = read_time(each.at("end_ms"));
      if (!start || !end) return Error{Errc::invalid, "subtitles.unreadable", "a time is not a number of milliseconds"};
      cue.start = *start;
      cue.end = *end;
      cue.text = each.at("text").get<std::string>();
      cue.speaker = each.value("speaker", "");
      cue.settings = each.value("settings", "");
      cues.push_back(std::move(cue));
    }
  } catch (Json::exception const& error) {
    return Error{Errc::invalid, "subtitles.unreadable", error.what()};
  }
  return cues;
}

std::optional<TrackName> parse_track(std::string_view id) {
  auto const dash = id.rfind('-');
  if (dash == std::string_view::npos || dash < 2 || dash > 35) return std::nullopt;
  auto const kind = catalog::track_kind_from_name(id.substr(dash + 1));
  if (!kind) return std::nullopt;
  auto const language = id.substr(0, dash);
  for (char const c : language)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-') return std::nullopt;
  return TrackName{std::string(language), *kind};
}

} // namespace tarina::server
