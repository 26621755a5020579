#include "server/interop/story_markup.hpp"
#include "media/sound_data.hpp"
#include "server/interop/accessibility.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

Json defined_term(std::string const& name, std::string const& code, std::string_view set) {
  return {{"@type", "DefinedTerm"}, {"name", name}, {"termCode", code}, {"inDefinedTermSet", {{"@type", "DefinedTermSet"}, {"name", set}}}};
}

constexpr std::string_view fields_set = "Kansallinen koulutusluokitus 2016 (ISCED-F 2013)";
constexpr std::string_view qualifications_set = "Koodisto: koulutus";
constexpr std::string_view titles_set = "Koodisto: tutkintonimikkeet";

/// LRMI: what is learnt from it, for whom and at which level.
void add_learning(Json& video, Naming const& naming, catalog::StoryDetails const& d, bool picture) {
  video["learningResourceType"] = picture ? "video" : "audio";
  video["educationalLevel"] = naming.templates.text(naming.lang, "feeds.level");
  video["educationalUse"] = naming.templates.text(naming.lang, "feeds.guidance");
  video["audience"] = {{{"@type", "EducationalAudience"}, {"educationalRole", "student"}}, {{"@type", "EducationalAudience"}, {"educationalRole", "teacher"}}};
  for (auto const& code : d.fields) {
    auto const name = naming.field(code);
    if (name.empty()) continue;
    video["about"].push_back(defined_term(name, code, fields_set));
    video["educationalAlignment"].push_back({{"@type", "AlignmentObject"}, {"alignmentType", "educationalSubject"}, {"educationalFramework", fields_set}, {"targetName", name}, {"targetDescription", code}});
  }
  if (auto const* title = d.occupation.empty() ? nullptr : naming.vocabulary.find_title(d.occupation)) video["about"].push_back(defined_term(title->name.in(naming.lang), d.occupation, titles_set));
  if (auto const name = naming.qualification(d.qualification); !name.empty()) video["teaches"] = defined_term(name, d.qualification, qualifications_set);
}

void add_texts(Json& video, Naming const& naming, StoryMarkup const& page) {
  auto const& shown = page.shown;
  if (auto const* chosen = preferred_track(shown, naming.lang)) video["transcript"] = media::write_transcript(chosen->lines);
  for (auto const& track : shown.tracks)
    if (track.kind != catalog::TrackKind::chapters && track.kind != catalog::TrackKind::descriptions)
      video["caption"].push_back({{"@type", "MediaObject"},
                                  {"name", track_label(naming, track)},
                                  {"encodingFormat", "text/vtt"},
                                  {"inLanguage", track.language},
                                  {"contentUrl", page.origin + subtitle_address(shown.story.id, track.id, "vtt", catalog::Use::feeds)}});
  auto const features = accessibility_features({shown.tracks.begin(), shown.tracks.end()});
  if (!features.empty()) video["accessibilityFeature"] = features;
  auto const modes = shown.story.width == 0 ? Json{"auditory"} : shown.story.has_sound ? Json{"auditory", "visual"} : Json{"visual"};
  auto enough = [&video](Json of) { video["accessModeSufficient"].push_back({{"@type", "ItemList"}, {"itemListElement", std::move(of)}}); };
  video["accessMode"] = modes;
  enough(modes);
  if (video.contains("transcript") && shown.story.has_sound) enough(shown.story.width == 0 ? Json{"textual"} : Json{"textual", "visual"});
}

void add_parts(Json& video, Naming const& naming, StoryMarkup const& page) {
  auto const address = page.origin + "/stories/" + page.shown.story.id;
  if (auto const* chapters = chapter_track(page.shown, naming.lang))
    for (auto const& cue : chapters->lines) {
      auto const start = cue.start.count() / 1000;
      video["hasPart"].push_back({{"@type", "Clip"},
                                  {"name", cue.text},
                                  {"startOffset", start},
                                  {"endOffset", std::max<std::int64_t>(start + 1, cue.end.count() / 1000)},
                                  {"url", fmt::format("{}?t={}", address, start)}});
    }
  video["potentialAction"] = {{"@type", "SeekToAction"}, {"target", address + "?t={seek_to_second_number}"}, {"startOffset-input", "required name=seek_to_second_number"}};
}

} // namespace

Json story_json_ld(Naming const& naming, StoryMarkup const& page) {
  auto const& story = page.shown.story;
  auto const& d = story.details;
  bool const picture = story.width > 0;
  auto const address = page.origin + "/stories/" + story.id;
  auto const title = d.title.in(naming.lang);
  Json video{{"@context", "https://schema.org"},
             {"@type", picture ? "VideoObject" : "AudioObject"},
             {"@id", address},
             {"url", address},
             {"name", title},
             {"description", d.summary.empty() ? title : d.summary.in(naming.lang)},
             {"duration", format_iso_duration(story.duration)},
             {"isAccessibleForFree", true},
             {"isFamilyFriendly", true},
             {"dateModified", catalog::to_iso8601(story.changed_at)},
             {"encodingFormat", "application/vnd.apple.mpegurl"},
             {"publisher", {{"@type", "Organization"}, {"name", naming.templates.text(naming.lang, "site.name")}, {"url", page.origin + "/"}}}};
  if (!d.languages.empty()) video["inLanguage"] = d.languages;
  if (auto const poster = poster_address(page.feeds_key, story.poster); !poster.empty()) video["thumbnailUrl"] = page.origin + poster;
  if (story.published_at) video["uploadDate"] = video["datePublished"] = catalog::to_iso8601(*story.published_at);
  if (picture) {
    video["width"] = std::to_string(story.width) + " px"; // schema.org wants a Distance
    video["height"] = std::to_string(story.height) + " px";
  }
  if (page.embeddable) { // without that consent other sites tell of the story and point at its page
    video["contentUrl"] = page.origin + "/stream/" + page.feeds_key + "/main.m3u8";
    video["embedUrl"] = page.origin + "/embed/" + story.id;
  }
  if (!d.shown_name.empty()) video["creator"] = {{"@type", "Person"}, {"name", d.shown_name}};
  if (!d.tags.empty()) video["keywords"] = d.tags;
  if (auto const* institution = naming.vocabulary.find_institution(d.institution)) {
    video["sourceOrganization"] = {{"@type", "EducationalOrganization"}, {"name", institution->name.in(naming.lang)}};
    if (!institution->website.empty()) video["sourceOrganization"]["url"] = institution->website;
  }
  add_learning(video, naming, d, picture);
  add_texts(video, naming, page);
  add_parts(video, naming, page);
  return video;
}

std::string story_head(Naming const& naming, StoryMarkup const& page) {
  auto const& story = page.shown.story;
  auto const address = page.origin + "/stories/" + story.id;
  auto const title = story.details.title.in(naming.lang);
  auto const width = story.width ? story.width : media::cover_width;
  auto const height = story.height ? story.height : media::cover_height;
  std::string out;
  auto property = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) out += fmt::format("<meta property=\"{}\" content=\"{}\">\n", name, escape_html(value));
  };
  property("og:type", "video.other");
  property("og:site_name", naming.templates.text(naming.lang, "site.name"));
  property("og:title", title);
  property("og:description", story.details.summary.in(naming.lang));
  property("og:url", address);
  for (auto const& [lang, locale] : {std::pair("fi", "fi_FI"), std::pair("sv", "sv_FI"), std::pair("en", "en_GB")}) property(lang == naming.lang ? "og:locale" : "og:locale:alternate", locale);
  if (auto const poster = poster_address(page.shown.access.stream_key, story.poster); !poster.empty()) {
    property("og:image", page.origin + poster);
    property("og:image:type", "image/jpeg");
    property("og:image:width", std::to_string(width));
    property("og:image:height", std::to_string(height));
    property("og:image:alt", title);
    out += "<meta name=\"twitter:card\" content=\"summary_large_image\">\n";
  }
  if (page.embeddable) {
    if (!page.feeds_key.empty()) {
      property("og:video", page.origin + "/embed/" + story.id);
      if (page.origin.starts_with("https:")) property("og:video:secure_url", page.origin + "/embed/" + story.id);
      property("og:video:type", "text/html");
      property("og:video:width", std::to_string(width));
      property("og:video:height", std::to_string(height));
      property("video:duration", std::to_string(std::max<std::int64_t>(1, story.duration.count() / 1000)));
      if (story.published_at) property("video:release_date", catalog::to_iso8601(*story.published_at));
      for (auto const& tag : story.details.tags) property("video:tag", tag);
    }
    auto const about = escape_html(page.origin + "/oembed?url=" + percent_encode(address));
    out += fmt::format("<link rel=\"alternate\" type=\"application/json+oembed\" href=\"{}&amp;format=json\" title=\"{}\">\n", about, escape_html(title));
    out += fmt::format("<link rel=\"alternate\" type=\"text/xml+oembed\" href=\"{}&amp;format=xml\" title=\"{}\">\n", about, escape_html(title));
  }
  if (page.feeds_key.empty()) return out;
  return out + "<script type=\"application/ld+json\">" + json_for_script(story_json_ld(naming, page)) + "</script>";
}

} // namespace tarina::server
