#include "server/pages/transcript_view.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tarina::server {

using namespace std::chrono_literals;
using Json = nlohmann::json;

Json transcript_view(std::vector<media::Cue> const& cues) {
  auto out = Json::array();
  media::Cue const* before = nullptr;
  std::size_t letters = 0;
  for (auto const& cue : cues) {
    auto text = cue.text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    bool const sentence_ended = before && !before->text.empty() && std::string_view(".!?…").find(before->text.back()) != std::string_view::npos;
    bool const speaker_changed = before && before->speaker != cue.speaker;
    if (!before || speaker_changed || cue.start - before->end > 2s || (letters > 320 && sentence_ended) || letters > 700) {
      out.push_back({{"t", cue.start.count() / 1000},
                     {"clock", format_clock(cue.start)},
                     {"speaker", !before || speaker_changed ? cue.speaker : std::string{}},
                     {"cues", Json::array()}});
      letters = 0;
    }
    letters += text.size();
    out.back()["cues"].push_back({{"start", fmt::format("{:.3f}", static_cast<double>(cue.start.count()) / 1000)},
                                  {"end", fmt::format("{:.3f}", static_cast<double>(cue.end.count()) / 1000)},
                                  {"text", std::move(text)}});
    before = &cue;
  }
  return out;
}

} // namespace tarina::server
