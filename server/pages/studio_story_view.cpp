#include "server/pages/studio_story_view.hpp"
#include "server/pages/choices.hpp"
#include "server/pages/consent_view.hpp"
#include "server/pages/cue_json.hpp"
#include "server/pages/processing_view.hpp"
#include "server/pages/state_words.hpp"
#include "server/pages/story_form.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;
using catalog::StoryState;

namespace {

/// Where on the page each missing thing is mended.
std::string_view place_of(std::string const& gate_key, bool speaks_for) {
  if (gate_key == "publish.consent_missing") return speaks_for ? "#mine" : "#consents";
  if (gate_key == "publish.processing_unfinished") return "#video";
  if (gate_key == "publish.captions_missing") return "#subtitles";
  return "#details";
}

/// `speaks_for`: may send the teller their own link, by which consent is given.
Json gate_view(Naming const& naming, std::vector<std::string> const& gate, bool speaks_for) {
  auto list = Json::array();
  for (auto const& key : gate) {
    auto help = "missing_help." + key.substr(key.find('.') + 1);
    if (!speaks_for && naming.templates.has_text(help + "_editor")) help += "_editor";
    list.push_back({{"label", missing_word(naming.templates, naming.lang, key)},
                    {"help", naming.templates.text(naming.lang, help)},
                    {"href", place_of(key, speaks_for)}});
  }
  return list;
}

Json tracks_view(Naming const& naming, catalog::Story const& story) {
  auto list = Json::array();
  for (auto const& track : story.tracks) {
    auto const name = track_word(naming.templates, naming.lang, track.language, track.kind);
    list.push_back({{"track", track.id},
                    {"name", name},
                    {"track_revision", track.revision},
                    {"checked", naming.templates.text(naming.lang, track.checked ? "subs.checked" : "subs.unchecked")},
                    {"badge", track.checked ? "badge--success" : "badge--warning"},
                    {"cues", naming.templates.count(naming.lang, "subs.cues", track.cues)},
                    {"changed", format_date_time(track.changed_at, naming.lang)},
                    {"embedded", track.embedded ? Json(naming.templates.text(naming.lang, track.label.empty() ? "subs.embedded" : "subs.embedded_named", {{"label", track.label}})) : Json()},
                    {"delete_label", naming.templates.text(naming.lang, "subs.delete_named", {{"name", name}})}});
  }
  return list;
}

/// The story's sounds: [{name, words}].
Json sounds_view(Naming const& naming, std::vector<media::Track> const& sounds) {
  auto const& templates = naming.templates;
  auto const lang = naming.lang;
  auto list = Json::array();
  for (auto const& sound : sounds) {
    if (!sound.loudness) continue;
    auto name = sound.label;
    if (name.empty() && !sound.language.empty()) name = language_name(sound.language, lang);
    if (name.empty()) name = templates.text(lang, "edit.sound_name", {{"n", std::to_string(&sound - sounds.data() + 1)}});
    if (sound.role == media::SoundRole::commentary) name += ", " + templates.text(lang, "edit.sound_commentary");
    if (sound.role == media::SoundRole::description) name += ", " + templates.text(lang, "edit.sound_description");
    auto const& loudness = *sound.loudness;
    auto words = loudness.is_silent() ? templates.text(lang, "edit.sound_silent")
                                      : templates.text(lang, "edit.sound_level", {{"integrated", format_level(loudness.integrated, lang)},
                                                                                  {"range", format_level(loudness.range, lang)},
                                                                                  {"peak", format_level(loudness.true_peak, lang)},
                                                                                  {"gain", (loudness.gain > 0 ? "+" : "") + format_level(loudness.gain, lang)}});
    list.push_back({{"name", std::move(name)}, {"words", std::move(words)}});
  }
  return list;
}

/// [{value, src, label, chosen}]; nothing to choose among fewer than two.
Json posters_view(App const& app, Naming const& naming, catalog::Story const& story, std::vector<std::string> const& posters) {
  auto list = Json::array();
  if (posters.size() < 2) return list;
  auto const prefix = app.identity.preview_prefix(story.package);
  for (auto const& poster : posters)
    list.push_back({{"value", poster},
                    {"src", prefix + poster},
                    {"label", naming.templates.text(naming.lang, "edit.poster_option", {{"n", std::to_string(list.size() + 1)}})},
                    {"chosen", poster == story.poster}});
  return list;
}

Json consents_view(Naming const& naming, std::vector<catalog::Consent> const& consents) {
  auto const& templates = naming.templates;
  auto const lang = naming.lang;
  auto list = Json::array();
  for (auto consent = consents.rbegin(); consent != consents.rend(); ++consent) {
    auto uses = Json::array();
    for (auto const use : catalog::consent_uses)
      uses.push_back({{"title", templates.text(lang, "consent." + std::string(catalog::use_name(use)) + "_title")},
                      {"mark", templates.text(lang, consent->uses.allows(use) ? "edit.yes" : "edit.no") + ":"}});
    auto const* state = consent->withdrawn ? "edit.consent_withdrawn" : consent->ended_at ? "edit.consent_ended" : "edit.consent_in_force";
    auto given = format_date_time(consent->given_at, lang);
    if (consent->withdrawn && consent->ended_at) given += ". " + templates.text(lang, "mine.history_withdrawn", {{"when", format_date_time(*consent->ended_at, lang)}});
    list.push_back({{"state", templates.text(lang, state)},
                    {"badge", consent->withdrawn ? "badge--danger" : consent->ended_at ? "" : "badge--success"},
                    {"given", given},
                    {"uses", uses},
                    {"text", templates.text(lang, "mine.history_version", {{"version", consent->text_version}, {"language", language_name(consent->language, lang)}})}});
  }
  return list;
}

/// The track, person or institution that was changed, by its name; empty when the action says it all.
std::string subject_words(Naming const& naming, catalog::AuditEntry const& entry, AuditNames const& names) {
  if (entry.action.starts_with("subtitles.")) {
    auto const track = parse_track(entry.subject);
    return track ? track_word(naming.templates, naming.lang, track->language, track->kind) : std::string();
  }
  if (entry.action.starts_with("institution.")) return naming.institution(entry.subject);
  // Signing in and setting one's password: who did it is the person already.
  auto const person = entry.action.starts_with("person.") && entry.subject != entry.actor ? names.people.find(entry.subject) : names.people.end();
  return person == names.people.end() ? std::string() : person->second;
}

Json audit_view(Naming const& naming, std::vector<catalog::AuditEntry> const& entries) {
  auto list = Json::array();
  for (auto const& entry : entries) list.push_back(audit_line(naming, entry));
  return list;
}

} // namespace

Json audit_line(Naming const& naming, catalog::AuditEntry const& entry, AuditNames const& names) {
  auto const& templates = naming.templates;
  auto const lang = naming.lang;
  auto who = entry.name;
  if (entry.actor == "teller") who = templates.text(lang, "edit.audit_teller");
  if (entry.actor == "system") who = templates.text(lang, "edit.audit_system");
  auto const key = "action." + entry.action;
  auto what = templates.has_text(key) ? templates.text(lang, key) : entry.action;
  if (auto const about = subject_words(naming, entry, names); !about.empty()) what += ": " + about;
  auto const story = names.stories.find(entry.story);
  return {{"when", format_date_time(entry.at, lang)},
          {"who", who.empty() ? entry.actor : who},
          {"what", what},
          {"story", entry.story},
          {"story_name", story == names.stories.end() ? Json() : story->second}};
}

result<StudioStory> load_studio_story(catalog::Catalog& catalog, catalog::Actor const& actor, std::string const& id) {
  auto story = catalog.story(actor, id);
  if (!story) return story.error();
  StudioStory shown;
  shown.story = std::move(*story);
  if (auto gate = catalog.publish_gate(actor, id)) shown.gate = std::move(*gate);
  if (auto consents = catalog.consents(actor, id)) shown.consents = std::move(*consents);
  if (auto audit = catalog.audit_of(actor, id)) shown.audit = std::move(*audit);
  shown.unfinished = unfinished_upload(catalog, id);
  shown.words = catalog.vocabulary();
  if (auto record = catalog.package(previewed_package(shown.story))) {
    shown.shots = media::shots_of(record->facts);
    shown.sounds = std::move(record->facts.audio);
  }
  for (auto& sound : shown.sounds) sound.segments.clear();
  if (!shown.story.package.empty() && shown.story.state != StoryState::withdrawn)
    if (auto posters = catalog.posters(actor, id)) shown.posters = std::move(*posters);
  if (shown.story.state == StoryState::withdrawn)
    if (auto tombstone = catalog.tombstone(id)) shown.tombstone = std::move(*tombstone);
  return shown;
}

Response show_studio_story(App& app, Request const& request, PersonPtr person, StudioStory const& shown, StudioStoryExtras extras) {
  auto const lang = page_language(request);
  auto const& templates = app.templates;
  auto const& story = shown.story;
  Naming const naming{templates, *shown.words, lang};
  bool const withdrawn = story.state == StoryState::withdrawn;
  bool const published = story.state == StoryState::published;
  bool const speaks_for = person->role != catalog::Role::editor;
  auto const base = "/studio/stories/" + story.id;
  auto const title = title_or_none(templates, lang, story.details.title, story.id);

  auto page = studio_page(withdrawn ? "studio_withdrawn" : "studio_story", title, person, "queue");
  page.status = extras.status;
  page.strings = {"uploadscript.", "edit.save_first"};
  auto& context = page.context;
  context["id"] = story.id;
  context["title"] = title_view(templates, lang, story.details.title, story.id);
  context["state"] = state_word(templates, lang, story.state);
  context["badge"] = state_badge(story.state);
  context["notice"] = extras.notice;
  show_problems(context, extras.problems);
  context["undo"] = extras.undo;
  context["warnings"] = extras.warnings;
  context["has_warnings"] = !extras.warnings.empty();
  context["consents"] = consents_view(naming, shown.consents);
  context["has_consents"] = !shown.consents.empty();
  context["audit"] = audit_view(naming, shown.audit);
  if (withdrawn) {
    auto const& tombstone = shown.tombstone;
    bool const grace = tombstone && tombstone->erases_at;
    context["withdrawn_words"] = tombstone && tombstone->erased_at ? templates.text(lang, "edit.withdrawn_erased", {{"when", format_date_time(*tombstone->erased_at, lang)}})
                                 : grace                           ? templates.text(lang, "edit.withdrawn_grace", {{"when", format_date_time(*tombstone->erases_at, lang)}})
                                                                   : templates.text(lang, "edit.withdrawn_erasing");
    context["can_undo"] = grace && speaks_for;
    context["erase_confirm"] = templates.text(lang, "edit.erase_confirm", {{"id", story.id}});
    context["erase_open"] = extras.withdraw_open;
    return render_page(app, request, std::move(page));
  }

  context["processing"] = processing_view(processing_state(app, lang, story, shown.unfinished), "/api/v1/studio/stories/" + story.id + "/state", base + "/retry");
  context["sounds"] = sounds_view(naming, shown.sounds);
  context["has_sounds"] = !context["sounds"].empty();
  context["upload_locked"] = published;
  context["upload_open"] = !published;
  context["upload_first"] = story.processing.state == catalog::ProcessingState::none;
  context["upload_title"] = templates.text(lang, story.processing.state == catalog::ProcessingState::none ? "edit.upload_title" : "edit.upload_again_title");
  if (!published) context["upload"] = upload_view(app, lang, {story.id, {}, base, has_video(story)}, shown.unfinished);

  context["posters"] = posters_view(app, naming, story, shown.posters);
  context["has_posters"] = !context["posters"].empty();
  context["download"] = story.download_bytes > 0;
  context["download_size"] = format_size(story.download_bytes, lang);

  auto const& details = extras.typed ? *extras.typed : story.details;
  context["form"] = story_form_view(naming, *person, details);
  context["revision"] = story.revision;
  context["conflict"] = extras.conflict;
  if (extras.conflict) context["differences"] = story_differences(naming, details, story.details);

  context["tracks"] = tracks_view(naming, story);
  context["has_tracks"] = !story.tracks.empty();
  context["subtitle_languages"] = language_choices(lang, story.details.languages.empty() ? "fi" : story.details.languages.front());
  auto& kinds = context["subtitle_kinds"] = Json::array();
  for (std::string const kind : {"captions", "subtitles", "plain", "chapters"}) kinds.push_back(choice(kind, templates.text(lang, "trackkind." + kind), ""));

  context["is_published"] = published;
  context["seen"] = shown_publicly(story);
  context["unseen"] = published && !shown_publicly(story);
  context["gate"] = gate_view(naming, shown.gate, speaks_for);
  context["has_gate"] = !shown.gate.empty();
  context["gate_open"] = shown.gate.empty() && story.state == StoryState::review;
  if (!extras.mine_link.empty()) {
    context["mine_link"] = true;
    context["copy_link"] = {{"id", "mine-link"}, {"label", templates.text(lang, "mine.link_label")}, {"value", extras.mine_link}};
  }
  context["can_withdraw"] = speaks_for;
  context["can_link"] = speaks_for;
  context["withdraw_open"] = extras.withdraw_open;
  context["withdraw_confirm"] = templates.text(lang, "edit.withdraw_confirm", {{"id", story.id}});
  return render_page(app, request, std::move(page));
}

awaitable<Response> studio_story_page(App& app, Request& request, PersonPtr person, StudioStoryExtras extras) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return load_studio_story(c, actor, id); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return problem(request, shown.error());
  co_return show_studio_story(app, request, person, *shown, std::move(extras));
}

} // namespace tarina::server
