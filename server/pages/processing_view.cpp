#include "server/pages/processing_view.hpp"
#include "catalog/catalog.hpp"
#include "server/pages/staff.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;
using catalog::ProcessingState;

namespace {

constexpr std::chrono::hours longest_told(12); // beyond, nothing is known

std::string phase_of(catalog::Story const& story, bool unfinished) {
  if (story.state == catalog::StoryState::withdrawn) return "withdrawn";
  switch (story.processing.state) {
  case ProcessingState::none: return unfinished ? "uploading" : "empty";
  case ProcessingState::waiting: return "waiting";
  case ProcessingState::running: return "encoding";
  case ProcessingState::ready: return "ready";
  case ProcessingState::failed: return unfinished ? "uploading" : "failed";
  }
  return "empty";
}

} // namespace

Json processing_state(App& app, std::string_view lang, catalog::Story const& story, std::optional<catalog::Upload> const& unfinished) {
  auto const phase = phase_of(story, unfinished.has_value());
  Json state{{"phase", phase}, {"fraction", nullptr}, {"seconds_left", nullptr}, {"preview", nullptr}};
  int percent = story.processing.percent;
  if (phase == "uploading" && unfinished->size) percent = static_cast<int>(unfinished->offset * 100 / *unfinished->size);
  std::string reason;
  // A file that cannot be read stays so however often it is tried; what a worker met may pass.
  state["retryable"] = !story.processing.error_key.starts_with("media.") || story.processing.error_key == "media.timeout";
  if (phase == "failed") reason = error_sentence(app.templates, lang, {Errc::invalid, story.processing.error_key, {}});
  auto sentence = "phase." + phase;
  std::int64_t minutes = 0;
  if (auto const& left = story.processing.left; left && phase == "encoding" && *left < longest_told) {
    minutes = std::chrono::ceil<std::chrono::minutes>(*left).count();
    sentence += minutes <= 1 ? "_soon" : "_left";
    state["seconds_left"] = std::chrono::ceil<std::chrono::seconds>(*left).count();
  }
  state["sentence"] = app.templates.text(lang, sentence, {{"percent", std::to_string(percent)}, {"minutes", std::to_string(minutes)}, {"reason", reason}});
  if (phase == "encoding" || phase == "waiting" || phase == "uploading") state["fraction"] = percent / 100.0;
  if (auto const package = previewed_package(story); !package.empty()) state["preview"] = app.identity.preview_prefix(package) + "main.m3u8";
  if (phase != "withdrawn" && !story.package.empty() && !story.poster.empty()) state["poster"] = app.identity.preview_prefix(story.package) + story.poster;
  return state;
}

std::string previewed_package(catalog::Story const& story) {
  if (story.state == catalog::StoryState::withdrawn) return {};
  bool const playable = story.processing.state == ProcessingState::ready || story.processing.previewable;
  return playable && !story.processing.package.empty() ? story.processing.package : story.package;
}

Json processing_view(Json state, std::string const& state_url, std::string const& retry_url) {
  auto const phase = state["phase"].get<std::string>();
  state["state_url"] = state_url;
  state["retry_url"] = retry_url;
  state["running"] = phase == "encoding" || phase == "waiting";
  state["failed"] = phase == "failed";
  state["can_retry"] = !retry_url.empty() && state.value("retryable", true);
  if (state["fraction"].is_null()) state["fraction"] = 0;
  return state;
}

std::optional<catalog::Upload> unfinished_upload(catalog::Catalog& catalog, std::string const& story) {
  std::optional<catalog::Upload> newest;
  for (auto& upload : catalog.unfinished_uploads())
    // What the page can go on with: one file whose length is settled, no piece of one.
    if (upload.story == story && !upload.finished && upload.size && !upload.partial && upload.parts.empty() && (!newest || upload.created_at >= newest->created_at)) newest = std::move(upload);
  return newest;
}

bool has_video(catalog::Story const& story) {
  auto const state = story.processing.state;
  return !story.package.empty() || (state != ProcessingState::none && state != ProcessingState::failed);
}

Json upload_view(App& app, std::string_view lang, UploadPanel const& panel, std::optional<catalog::Upload> const& unfinished) {
  auto const max = app.config.upload_max_bytes;
  Json view{{"scope", panel.story},
            {"done", panel.done},
            {"max_bytes", std::to_string(max)},
            {"hint", app.templates.text(lang, "upload.pick_hint", {{"max", format_size(max, lang)}})},
            {"replaces", panel.replaces},
            {"unfinished", nullptr}};
  if (panel.mine_token.empty()) view["story_id"] = panel.story;
  else view["mine_token"] = panel.mine_token;
  if (unfinished)
    view["unfinished"] = {{"url", "/api/v1/uploads/" + unfinished->id},
                          {"size", std::to_string(unfinished->size.value_or(0))},
                          {"name", unfinished->filename},
                          {"sentence", app.templates.text(lang, "upload.unfinished", {{"name", unfinished->filename}})}};
  return view;
}

} // namespace tarina::server
