#include "server/pages/cue_json.hpp"

namespace tarina::server {

using Json = nlohmann::json;
using std::chrono::milliseconds;

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
      cue.start = milliseconds(each.at("start_ms").get<std::int64_t>());
      cue.end = milliseconds(each.at("end_ms").get<std::int64_t>());
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
