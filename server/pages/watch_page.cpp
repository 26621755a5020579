// GET /stories/{id}: the story, its transcript, and ways to pass it on.
#include "catalog/catalog.hpp"
#include "server/interop/embed_code.hpp"
#include "server/interop/story_markup.hpp"
#include "server/pages/player_view.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/story_search.hpp"
#include "server/pages/transcript_view.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

struct Watched {
  ShownStory shown;
  bool in_class = false;
  bool embeddable = false;
  std::string feeds_key; // empty without this consent: then no machine is told of the story
  std::vector<catalog::StoryCard> related;
  std::vector<catalog::Moment> moments; // where the words are spoken
};

result<Watched> load(catalog::Catalog& c, std::string const& id, std::string const& words) {
  auto shown = load_story(c, id, catalog::Use::watch);
  if (!shown) return shown.error();
  auto const feeds = c.access(id, catalog::Use::feeds);
  return Watched{std::move(*shown), c.access(id, catalog::Use::class_download).has_value(),
                 c.access(id, catalog::Use::embed).has_value(),
                 feeds ? feeds->stream_key : std::string{}, c.related(id, 4),
                 words.empty() ? std::vector<catalog::Moment>{} : c.moments(id, words)};
}

Json facts_view(Naming const& naming, catalog::Story const& story) {
  auto const& d = story.details;
  auto facts = Json::array();
  auto add = [&](std::string_view key, std::string value, std::string href = {}, Json lang = nullptr) {
    if (!value.empty())
      facts.push_back({{"name", naming.templates.text(naming.lang, key)}, {"value", std::move(value)}, {"href", std::move(href)}, {"lang", std::move(lang)}});
  };
  // Not every name of the national vocabularies exists in every language.
  auto add_named = [&](std::string_view key, catalog::LocalText const& name) {
    auto words = local_text(name, naming.lang);
    add(key, name.in(naming.lang), {}, std::move(words["lang"]));
  };
  auto const* title = d.occupation.empty() ? nullptr : naming.vocabulary.find_title(d.occupation);
  if (title) add_named("fact.occupation", title->name);
  else add("fact.occupation", d.occupation_text);
  if (auto const* qualification = d.qualification.empty() ? nullptr : naming.vocabulary.find_qualification(d.qualification))
    add_named("fact.qualification", qualification->name);
  add("fact.institution", naming.institution(d.institution), "/stories?institution=" + percent_encode(d.institution));
  add("fact.unit", naming.unit(d.institution, d.unit));
  if (d.graduation_year > 0) add("fact.graduated", std::to_string(d.graduation_year));
  add("fact.language", language_list(d.languages, naming.lang));
  add("fact.length", format_length(story.duration, naming.lang));
  if (story.published_at) add("fact.published", format_date(*story.published_at, naming.lang));
  return facts;
}

/// Readable tracks as tabs over the transcript; ?transcript= chooses one without scripts, ?find= goes along.
Json transcript_choices(Naming const& naming, ShownStory const& shown, catalog::SubtitleTrack const* chosen, std::string const& words) {
  auto const kept = words.empty() ? std::string{} : "&find=" + percent_encode(words);
  auto out = Json::array();
  for (auto const& track : shown.tracks) {
    if (track.kind == catalog::TrackKind::chapters) continue;
    out.push_back({{"id", track.id},
                   {"label", track_label(naming, track)},
                   {"lang", track.language},
                   {"current", &track == chosen},
                   {"href", "/stories/" + shown.story.id + "?transcript=" + track.id + kept + "#transcript"},
                   {"vtt", subtitle_address(shown.story.id, track.id, "vtt", catalog::Use::watch)},
                   {"srt", subtitle_address(shown.story.id, track.id, "srt", catalog::Use::watch)},
                   {"txt", subtitle_address(shown.story.id, track.id, "txt", catalog::Use::watch)}});
  }
  return out;
}

Json chapters_view(ShownStory const& shown, catalog::SubtitleTrack const* chosen) {
  auto out = Json::array();
  if (!chosen) return out;
  for (auto const& cue : chosen->lines)
    out.push_back({{"title", cue.text},
                   {"clock", format_clock(cue.start)},
                   {"t", cue.start.count() / 1000},
                   {"end", cue.end.count() / 1000},
                   {"href", fmt::format("/stories/{}?t={}", shown.story.id, cue.start.count() / 1000)}});
  return out;
}

awaitable<Response> show_story(App& app, Request& request) {
  auto const id = request.param("id");
  auto const words = typed_words(request, request.query.has("find") ? "find" : "q"); // q: of the search that led here
  auto call = [&](catalog::Catalog& c) { return load(c, id, words); };
  auto const watched = co_await app.catalog.run(call);
  if (!watched) co_return problem(request, watched.error());
  auto const lang = page_language(request);
  auto const origin = origin_of(app.config, request);
  auto const& shown = watched->shown;
  auto const& story = shown.story;
  Naming const naming{app.templates, *shown.vocabulary, lang};

  auto const* chosen = preferred_track(shown, lang);
  for (auto const& track : shown.tracks)
    if (track.id == request.query.get("transcript")) chosen = &track;
  auto const* chapter_titles = chapter_track(shown, lang);
  auto const chapters = chapters_view(shown, chapter_titles);
  auto const player = player_view(naming, shown, catalog::Use::watch, true);
  auto const title = story.details.title.in(lang);

  Page page{.name = "watch", .title = title, .context = Json::object()};
  page.description = story.details.summary.in(lang);
  page.styles = {"watch.css", "list.css"};
  page.scripts = {"watch.js", "lists.js"};
  page.strings = {"player.", "transcript.", "share.", "lists.", "error.list."};
  page.canonical = "/stories/" + story.id;
  page.nav = "stories";
  page.noindex = watched->feeds_key.empty();
  auto& context = page.context = {{"story", story.id},
                                  {"player", player},
                                  {"title", local_text(story.details.title, lang)},
                                  {"summary", local_text(story.details.summary, lang)},
                                  {"description", paragraphs(story.details.description.in(lang))},
                                  {"description_lang", local_text(story.details.description, lang)["lang"]},
                                  {"byline", joined({story.details.shown_name, naming.occupation(story.details.occupation, story.details.occupation_text), naming.institution(story.details.institution)})},
                                  {"facts", facts_view(naming, story)},
                                  {"chapters", chapters},
                                  {"any_chapters", !chapters.empty()},
                                  {"transcripts", transcript_choices(naming, shown, chosen, words)},
                                  {"related", card_views(naming, watched->related)},
                                  {"any_related", !watched->related.empty()},
                                  {"in_class", watched->in_class},
                                  {"download", watched->in_class && story.download_bytes > 0},
                                  {"download_size", format_size(story.download_bytes, lang)},
                                  {"embeddable", watched->embeddable},
                                  {"list_story", story.id},
                                  {"address", origin + "/stories/" + story.id}};
  if (chapter_titles && chapter_titles->language != lang) context["chapters_lang"] = chapter_titles->language;
  context["several_transcripts"] = context["transcripts"].size() > 1;
  if (chosen) {
    int marks = 0;
    context["transcript"] = transcript_view(chosen->lines, marked_cues(chosen->lines, watched->moments, marks));
    context["find"] = words;
    context["found"] = marks > 0;
    context["found_words"] = marks > 0 ? app.templates.count(lang, "transcript.found", marks) : app.templates.text(lang, "transcript.no_matches");
    context["asked_transcript"] = request.query.has("transcript") ? chosen->id : std::string{};
    context["transcript_lang"] = chosen->language;
    context["any_transcript"] = !chosen->lines.empty();
  }
  if (auto const start = start_time(request)) {
    context["start"] = fmt::format("{}", *start);
    auto const second = std::chrono::seconds(static_cast<std::int64_t>(*start));
    context["list_start"] = format_clock(second);
    // Who came by a moment of the search gets the whole of it, as /lists/add from there.
    for (auto const& moment : watched->moments)
      if (std::chrono::floor<std::chrono::seconds>(moment.start) == second) {
        context["list_end"] = format_clock(std::min(moment.end + std::chrono::milliseconds(999), story.duration));
        break;
      }
  }
  if (watched->embeddable) {
    auto const size = embed_size(story.width, story.height, 0, 0);
    context["embed_code"] = embed_code(origin, story.id, title, size);
    context["embed_sites"] = [&] {
      auto const* institution = shown.vocabulary->find_institution(story.details.institution);
      return institution ? joined(institution->embed_sites, ", ") : std::string{};
    }();
  }
  auto& tags = context["tags"] = Json::array();
  for (auto const& tag : story.details.tags) tags.push_back({{"label", tag}, {"href", "/stories?tag=" + percent_encode(tag)}});
  auto& fields = context["fields"] = Json::array();
  for (auto const& code : story.details.fields)
    if (auto const name = naming.field(code); !name.empty()) fields.push_back({{"label", name}, {"code", broad_field(code)}, {"href", "/stories?field=" + code}});
  if (!story.details.fields.empty()) context["field"] = broad_field(story.details.fields.front());

  page.head = story_head(naming, {shown, origin, watched->embeddable, watched->feeds_key});
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_watch_routes(Router& router, App& app) {
  router.add(http::verb::get, "/stories/{id}", [&app](Request& r) { return show_story(app, r); });
}

} // namespace tarina::server
