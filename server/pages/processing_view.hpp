// How far a story's video is, in words and for the script that keeps it current (web/src/lib/processing.ts).
#pragma once
#include "catalog/story.hpp"
#include "catalog/upload.hpp"
#include "server/app.hpp"
#include <nlohmann/json.hpp>

namespace tarina::server {

/// {phase, sentence, fraction, preview, poster}; phase is empty, uploading, waiting, encoding, ready, failed or withdrawn.
nlohmann::json processing_state(App& app, std::string_view lang, catalog::Story const& story, std::optional<catalog::Upload> const& unfinished);

/// The package whose preview the studio plays: the newest one once it can, else the one before it; empty without any.
std::string previewed_package(catalog::Story const& story);

/// The same as context "processing" of {{> processing}}. `base` is the page's own address: …/state and …/retry below it.
nlohmann::json processing_view(nlohmann::json state, std::string const& state_url, std::string const& retry_url);

/// The newest unfinished upload of a story, to go on with on any device.
std::optional<catalog::Upload> unfinished_upload(catalog::Catalog& catalog, std::string const& story);

/// A video has been sent that was not refused.
bool has_video(catalog::Story const& story);

/// Who sends and what for, as context "upload" of {{> upload-panel}}.
struct UploadPanel {
  std::string story;
  std::string mine_token; // of the teller; empty in the studio
  std::string done;       // where to go when the video has arrived
  bool replaces = false;  // an earlier video, which then goes
};
nlohmann::json upload_view(App& app, std::string_view lang, UploadPanel const& panel, std::optional<catalog::Upload> const& unfinished);

} // namespace tarina::server
