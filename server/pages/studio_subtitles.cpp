// /studio/stories/{id}/subtitles…: adding, editing, replacing, deleting and restoring a subtitle track.
#include "catalog/catalog.hpp"
#include "media/cues.hpp"
#include "media/sound_data.hpp"
#include "server/pages/cue_json.hpp"
#include "server/pages/processing_view.hpp"
#include "server/pages/state_words.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/pages/studio_story_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <charconv>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

constexpr std::size_t file_limit = 4 << 20; // 20,000 cues are 1 MB

struct Tool {
  std::string_view group, name, shortcut, keys;
};
// In the order of work: listen, set the times, change the cue, go on.
constexpr Tool tools[] = {{"playback", "play", "Alt+P", "Alt+P"},
                          {"playback", "back", "Alt+J", "Alt+J"},
                          {"playback", "forward", "Alt+L", "Alt+L"},
                          {"playback", "again", "Alt+R", "Alt+R"},
                          {"playback", "next_speech", "Alt+S", "Alt+S"},
                          {"playback", "next_shot", "Alt+K", "Alt+K"},
                          {"time", "start", "Alt+I", "Alt+I"},
                          {"time", "end", "Alt+O", "Alt+O"},
                          {"cue", "add", "Alt+Enter", "Alt+Enter"},
                          {"cue", "split", "Alt+Shift+Enter", "Alt+Shift+Enter"},
                          {"cue", "merge", "Alt+M", "Alt+M"},
                          {"cue", "delete", "Alt+Delete", "Alt+Delete"},
                          {"move", "previous", "Alt+ArrowUp", "Alt+↑"},
                          {"move", "next", "Alt+ArrowDown", "Alt+↓"},
                          {"move", "next_remark", "Alt+N", "Alt+N"},
                          {"track", "undo", "Alt+Z", "Alt+Z"},
                          {"track", "redo", "Alt+Shift+Z", "Alt+Shift+Z"}};

/// [{group, group_label, tools: [{name, shortcut, keys, label}]}]
Json tool_groups(Templates const& templates, std::string_view lang) {
  auto groups = Json::array();
  for (auto const& tool : tools) {
    std::string const group(tool.group);
    if (groups.empty() || groups.back()["group"] != group)
      groups.push_back({{"group", group}, {"group_label", templates.text(lang, "subs.tools_" + group)}, {"tools", Json::array()}});
    groups.back()["tools"].push_back({{"name", tool.name}, {"shortcut", tool.shortcut}, {"keys", tool.keys}, {"label", templates.text(lang, "subsdo." + std::string(tool.name))}});
  }
  return groups;
}

std::int64_t read_number(std::string const& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The parts of a file form: plain fields by name, and the file if one was chosen.
struct FileForm {
  std::map<std::string, std::string, std::less<>> fields;
  std::optional<std::string> file;
};

awaitable<result<FileForm>> read_file_form(Request& request) {
  auto parts = co_await read_multipart(request, file_limit);
  if (!parts) co_return parts.error();
  FileForm form;
  for (auto& part : *parts) {
    if (part.name == "file" && !part.filename.empty()) form.file = std::move(part.data);
    else form.fields[part.name] = std::move(part.data);
  }
  co_return form;
}

struct Shown {
  StudioStory story;
  std::optional<catalog::SubtitleTrack> track;
  std::vector<catalog::TrackVersion> versions;
};

result<Shown> load(catalog::Catalog& c, catalog::Actor const& actor, std::string const& id, std::string const& track_id) {
  auto story = load_studio_story(c, actor, id);
  if (!story) return story.error();
  if (story->story.state == catalog::StoryState::withdrawn) return Error{Errc::gone, "story.withdrawn", "the story was withdrawn"};
  Shown shown{std::move(*story), std::nullopt, {}};
  if (auto track = c.track(actor, id, track_id)) shown.track = std::move(*track);
  if (auto versions = c.track_versions(actor, id, track_id)) shown.versions = std::move(*versions);
  return shown;
}

struct Extras {
  std::string notice;
  std::vector<std::string> problems, warnings;
  std::optional<std::string> typed; // WebVTT as typed, when a save was refused
  bool checked = false;             // with `typed`
  bool conflict = false;
  unsigned status = 200;
};

Json versions_view(Templates const& templates, std::string_view lang, Shown const& shown) {
  auto list = Json::array();
  auto const current = shown.track ? shown.track->revision : 0;
  for (auto const& version : shown.versions) {
    auto const number = std::to_string(version.revision);
    auto name = templates.text(lang, "subs.version", {{"n", number}});
    name += version.deleted ? ", " + templates.text(lang, "subs.version_deleted") : ", " + templates.count(lang, "subs.cues", version.cues);
    list.push_back({{"name", name},
                    {"version", version.revision},
                    {"saved", format_date_time(version.saved_at, lang)},
                    {"current", version.revision == current},
                    {"restorable", !version.deleted && version.revision != current},
                    {"current_revision", current},
                    {"restore_label", templates.text(lang, "subs.restore_named", {{"n", number}})}});
  }
  return list;
}

Response show(App& app, Request const& request, PersonPtr person, Shown const& shown, TrackName const& name, Extras extras) {
  auto const lang = page_language(request);
  auto const& story = shown.story.story;
  auto const title = track_word(app.templates, lang, name.language, name.kind);
  auto page = studio_page("studio_subtitles", title, person, "queue");
  page.scripts = {"studio.js", "subtitle_editor.js"};
  page.strings = {"editorscript."};
  page.status = extras.status;
  auto& context = page.context;
  auto const lines = shown.track ? shown.track->lines : std::vector<media::Cue>{};
  context["id"] = story.id;
  context["title"] = title_view(app.templates, lang, story.details.title, story.id);
  context["track"] = request.param("track");
  context["track_name"] = title;
  context["track_language"] = name.language;
  context["revision"] = shown.track ? shown.track->revision : 0;
  context["cues_json"] = cues_to_json(lines).dump(-1, ' ', false, Json::error_handler_t::replace);
  context["vtt"] = extras.typed ? *extras.typed : media::write_webvtt(lines);
  context["is_checked"] = extras.typed ? extras.checked : shown.track && shown.track->checked;
  context["text_open"] = extras.typed.has_value();
  context["conflict"] = extras.conflict;
  context["notice"] = extras.notice;
  show_problems(context, extras.problems);
  context["warnings"] = extras.warnings;
  context["has_warnings"] = !extras.warnings.empty();
  auto const state = processing_state(app, lang, story, shown.story.unfinished);
  context["preview"] = state["preview"];
  context["poster"] = state.value("poster", std::string()); // all there is to see of sound alone
  if (auto const package = previewed_package(story); !package.empty() && !shown.story.sounds.empty()) {
    auto const& sound = shown.story.sounds.front();
    for (auto const& [key, file] : {std::pair("peaks", media::peaks_file), std::pair("speech", media::speech_file)})
      if (auto const path = media::data_file(sound, file); !path.empty()) context[key] = app.identity.preview_prefix(package) + path;
  }
  auto shots = Json::array();
  for (auto const shot : shown.story.shots) shots.push_back(shot.count());
  context["shots_json"] = shots.dump();
  context["has_shots"] = !shots.empty();
  context["tool_groups"] = tool_groups(app.templates, lang);
  context["versions"] = versions_view(app.templates, lang, shown);
  context["has_versions"] = !shown.versions.empty();
  return render_page(app, request, std::move(page));
}

Error no_such_track() { return {Errc::not_found, "subtitles.unknown", "no such subtitles"}; }

awaitable<Response> show_page(App& app, Request& request, PersonPtr person, Extras extras) {
  auto const name = parse_track(request.param("track"));
  if (!name) co_return problem(request, no_such_track());
  auto const id = request.param("id");
  auto const track = request.param("track");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return load(c, actor, id, track); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return problem(request, shown.error());
  co_return show(app, request, person, *shown, *name, std::move(extras));
}

awaitable<Response> show_track(App& app, Request& request, PersonPtr person) {
  Extras extras;
  extras.notice = notice_of(app, request, {"subs.saved", "subs.restored"});
  co_return co_await show_page(app, request, person, std::move(extras));
}

awaitable<result<catalog::TrackSummary>> save(App& app, PersonPtr person, std::string const& id, catalog::SaveTrack const& track) {
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.save_track(actor, id, track); };
  auto saved = co_await app.catalog.run(call);
  co_return saved;
}

/// POST …/subtitles: from a file at once, without one to the empty editor.
awaitable<Response> add_track(App& app, Request& request, PersonPtr person) {
  auto form = co_await read_file_form(request);
  if (!form) co_return problem(request, form.error());
  auto const kind = catalog::track_kind_from_name(form->fields["kind"]);
  auto const name = parse_track(form->fields["language"] + "-" + form->fields["kind"]);
  if (!kind || !name) co_return problem(request, {Errc::invalid, "subtitles.language_unknown", "no such language or kind"});
  auto const id = request.param("id");
  auto const track = form->fields["language"] + "-" + form->fields["kind"];
  auto const address = "/studio/stories/" + id + "/subtitles/" + track;
  if (!form->file || form->file->empty()) co_return redirect(address);
  auto const lang = page_language(request);
  StudioStoryExtras extras;
  auto const read = media::read_subtitles(*form->file);
  if (!read) {
    extras.problems = {error_sentence(app.templates, lang, read.error())};
    extras.status = 400;
    co_return co_await studio_story_page(app, request, person, std::move(extras));
  }
  catalog::SaveTrack const fresh{name->language, name->kind, false, read->cues, 0};
  auto const saved = co_await save(app, person, id, fresh);
  if (!saved) {
    if (saved.error().code != Errc::conflict && saved.error().code != Errc::invalid) co_return problem(request, saved.error());
    extras.problems = {saved.error().code == Errc::conflict ? app.templates.text(lang, "subs.exists") : error_sentence(app.templates, lang, saved.error())};
    extras.status = status_of(saved.error().code);
    co_return co_await studio_story_page(app, request, person, std::move(extras));
  }
  extras.notice = app.templates.count(lang, "subs.loaded", saved->cues);
  extras.warnings = cue_warning_words(app.templates, lang, read->warnings);
  co_return co_await studio_story_page(app, request, person, std::move(extras));
}

/// POST …/subtitles/{track}: the text form, for browsers without script.
awaitable<Response> save_text(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const name = parse_track(request.param("track"));
  if (!name) co_return problem(request, no_such_track());
  auto const lang = page_language(request);
  Extras extras;
  extras.typed = form->get("vtt");
  extras.checked = form->has("checked");
  auto const read = media::read_subtitles(form->get("vtt"));
  if (!read) {
    extras.problems = {app.templates.text(lang, "subs.unreadable_line")};
    extras.status = 400;
    co_return co_await show_page(app, request, person, std::move(extras));
  }
  catalog::SaveTrack const track{name->language, name->kind, extras.checked, read->cues, read_number(form->get("revision"))};
  auto const saved = co_await save(app, person, request.param("id"), track);
  if (saved && read->warnings.empty()) co_return done(request.path, "subs.saved");
  if (saved) {
    extras = {};
    extras.notice = app.templates.text(lang, "subs.saved");
    extras.warnings = cue_warning_words(app.templates, lang, read->warnings);
    co_return co_await show_page(app, request, person, std::move(extras));
  }
  if (saved.error().code != Errc::conflict && saved.error().code != Errc::invalid) co_return problem(request, saved.error());
  // The typed text stays; the form now carries the newest revision, so that saving again puts it on top.
  extras.conflict = saved.error().code == Errc::conflict;
  if (!extras.conflict) extras.problems = {error_sentence(app.templates, lang, saved.error())};
  extras.status = status_of(saved.error().code);
  co_return co_await show_page(app, request, person, std::move(extras));
}

/// POST …/subtitles/{track}/file
awaitable<Response> replace_by_file(App& app, Request& request, PersonPtr person) {
  auto form = co_await read_file_form(request);
  if (!form) co_return problem(request, form.error());
  auto const name = parse_track(request.param("track"));
  if (!name) co_return problem(request, no_such_track());
  auto const lang = page_language(request);
  Extras extras;
  auto const read = form->file ? media::read_subtitles(*form->file) : result<media::CueFile>(Error{Errc::invalid, "subtitles.unreadable", "no file"});
  if (!read) {
    extras.problems = {error_sentence(app.templates, lang, read.error())};
    extras.status = 400;
    co_return co_await show_page(app, request, person, std::move(extras));
  }
  catalog::SaveTrack const track{name->language, name->kind, false, read->cues, read_number(form->fields["revision"])};
  auto const saved = co_await save(app, person, request.param("id"), track);
  if (saved) {
    extras.notice = app.templates.count(lang, "subs.loaded", saved->cues);
    extras.warnings = cue_warning_words(app.templates, lang, read->warnings);
  } else {
    if (saved.error().code != Errc::conflict && saved.error().code != Errc::invalid) co_return problem(request, saved.error());
    extras.problems = {error_sentence(app.templates, lang, saved.error())};
    extras.status = status_of(saved.error().code);
  }
  co_return co_await show_page(app, request, person, std::move(extras));
}

awaitable<Response> delete_track(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const id = request.param("id");
  auto const track = request.param("track");
  auto const actor = catalog::Actor::of(*person);
  auto const expected = read_number(form->get("expected"));
  auto call = [&](catalog::Catalog& c) { return c.delete_track(actor, id, track, expected); };
  auto const deleted = co_await app.catalog.run(call);
  if (!deleted && deleted.error().code != Errc::conflict) co_return problem(request, deleted.error());
  auto const lang = page_language(request);
  StudioStoryExtras extras;
  if (deleted)
    extras.undo = {{"url", "/studio/stories/" + id + "/subtitles/" + track + "/restore"}, {"text", app.templates.text(lang, "subs.deleted")}, {"revision", expected}};
  else {
    extras.problems = {error_sentence(app.templates, lang, deleted.error())};
    extras.status = 409;
  }
  co_return co_await studio_story_page(app, request, person, std::move(extras));
}

awaitable<Response> restore_track(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const id = request.param("id");
  auto const track = request.param("track");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.restore_track(actor, id, track, read_number(form->get("revision")), read_number(form->get("expected"))); };
  auto const restored = co_await app.catalog.run(call);
  auto const address = "/studio/stories/" + id + "/subtitles/" + track;
  if (restored) co_return done(address, "subs.restored");
  if (restored.error().code != Errc::conflict) co_return problem(request, restored.error());
  Extras extras;
  extras.problems = {error_sentence(app.templates, page_language(request), restored.error())};
  extras.status = 409;
  co_return co_await show_page(app, request, person, std::move(extras));
}

} // namespace

void add_studio_subtitle_routes(Router& router, App& app) {
  router.add(http::verb::post, "/studio/stories/{id}/subtitles", for_staff(app, add_track));
  router.add(http::verb::get, "/studio/stories/{id}/subtitles/{track}", for_staff(app, show_track));
  router.add(http::verb::post, "/studio/stories/{id}/subtitles/{track}", for_staff(app, save_text));
  router.add(http::verb::post, "/studio/stories/{id}/subtitles/{track}/file", for_staff(app, replace_by_file));
  router.add(http::verb::post, "/studio/stories/{id}/subtitles/{track}/delete", for_staff(app, delete_track));
  router.add(http::verb::post, "/studio/stories/{id}/subtitles/{track}/restore", for_staff(app, restore_track));
}

} // namespace tarina::server
