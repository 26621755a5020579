#include "server/pages/state_words.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using catalog::StoryState;

std::string state_word(Templates const& templates, std::string_view lang, StoryState state) {
  return templates.text(lang, "state." + std::string(catalog::state_name(state)));
}

std::string_view state_badge(StoryState state) {
  switch (state) {
  case StoryState::draft: return "";
  case StoryState::processing: return "badge--info";
  case StoryState::review: return "badge--warning";
  case StoryState::published: return "badge--success";
  case StoryState::withdrawn: return "badge--danger";
  }
  return "";
}

std::string title_or_none(Templates const& templates, std::string_view lang, catalog::LocalText const& title, std::string const& id) {
  return title.empty() ? templates.text(lang, "queue.untitled") + " (" + id + ")" : title.in(lang);
}

nlohmann::json title_view(Templates const& templates, std::string_view lang, catalog::LocalText const& title, std::string const& id) {
  if (title.empty()) return {{"text", title_or_none(templates, lang, title, id)}, {"lang", nullptr}};
  return local_text(title, lang);
}

bool shown_publicly(catalog::Story const& story) {
  return story.state == StoryState::published && story.consent_in_force && story.uses.watch;
}

std::string missing_word(Templates const& templates, std::string_view lang, std::string const& gate_key) {
  constexpr std::string_view prefix = "publish.";
  return templates.text(lang, "missing." + (gate_key.starts_with(prefix) ? gate_key.substr(prefix.size()) : gate_key));
}

std::string track_word(Templates const& templates, std::string_view lang, std::string const& language, catalog::TrackKind kind) {
  auto name = language_name(language, lang);
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return templates.text(lang, "subs.title", {{"language", name}, {"kind", templates.text(lang, "trackkind." + std::string(catalog::track_kind_name(kind)))}});
}

std::vector<std::string> cue_warning_words(Templates const& templates, std::string_view lang, std::vector<media::CueWarning> const& warnings) {
  std::vector<std::string> sentences;
  for (auto const& warning : warnings)
    sentences.push_back(templates.text(lang, "cuewarning." + std::string(media::cue_problem_name(warning.problem)), {{"n", std::to_string(warning.cue)}, {"value", warning.value}}));
  return sentences;
}

} // namespace tarina::server
