#include "server/bagit/manifest.hpp"
#include "server/bagit/story_json.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace tarina::server {
namespace {

using Json = nlohmann::ordered_json; // the order of the description is the order in the file

constexpr int version = 1; // of metadata.json and consents.json

Json local(catalog::LocalText const& text) { return {{"fi", text.fi}, {"sv", text.sv}, {"en", text.en}}; }
Json time_or_null(std::optional<catalog::Time> const& time) { return time ? Json(catalog::to_iso8601(*time)) : Json(); }

template <class Entry> Json named(std::string const& code, Entry const* entry) {
  if (code.empty()) return nullptr;
  return {{"code", code}, {"name", local(entry ? entry->name : catalog::LocalText{code, {}, {}})}};
}

bool same_lines(std::vector<media::Cue> const& a, std::vector<media::Cue> const& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](media::Cue const& x, media::Cue const& y) {
    return x.start == y.start && x.end == y.end && x.text == y.text && x.speaker == y.speaker && x.settings == y.settings;
  });
}

/// WebVTT says everything but for oddities (a text that looks like another format's markup); those stand beside it.
void add_exact_cues(Json& entry, std::vector<media::Cue> const& lines, std::string const& webvtt) {
  auto const back = media::read_subtitles(webvtt);
  if (back && same_lines(back->cues, lines)) return;
  auto& cues = entry["cues"] = Json::array();
  for (auto const& c : lines) cues.push_back({{"start_ms", c.start.count()}, {"end_ms", c.end.count()}, {"text", c.text}, {"speaker", c.speaker}, {"settings", c.settings}});
}

/// Under the plain name lies what the public sees; what nobody has checked is a draft.
std::string subtitle_path(catalog::RecordedTrack const& track, catalog::RecordedVersion const& saved) {
  return "data/subtitles/" + track.id() + (saved.checked ? ".vtt" : ".draft.vtt");
}

Json tracks_of(catalog::StoryRecord const& r, StoryFiles& files) {
  auto all = Json::array();
  for (auto const& t : r.tracks) {
    auto versions = Json::array();
    for (auto const& v : t.versions) {
      Json one{{"file", nullptr}, {"revision", v.revision}, {"checked", v.checked}, {"saved_at", catalog::to_iso8601(v.saved_at)}, {"saved_by", v.saved_by}};
      if (!t.deleted) {
        auto const path = subtitle_path(t, v);
        auto const webvtt = media::write_webvtt(v.lines);
        one["file"] = path;
        add_exact_cues(one, v.lines, webvtt);
        files.texts[path] = webvtt;
      }
      versions.push_back(std::move(one));
    }
    all.push_back({{"language", t.language}, {"kind", catalog::track_kind_name(t.kind)}, {"label", t.label}, {"embedded", t.embedded}, {"deleted", t.deleted}, {"versions", std::move(versions)}});
  }
  return all;
}

Json original_of(catalog::StoryRecord const& r, StoryFiles& files) {
  if (!r.original) return nullptr;
  auto const& o = *r.original;
  files.original = "data/original/" + safe_file_name(o.filename);
  return {{"file", files.original}, {"filename", o.filename}, {"content_type", o.content_type}, {"bytes", o.bytes}, {"sha256", o.sha256}, {"sent_at", catalog::to_iso8601(o.created_at)}};
}

Json poster_of(catalog::StoryRecord const& r, StoryFiles& files) {
  if (r.poster.empty()) return nullptr;
  auto const dot = r.poster.rfind('.');
  files.poster = "data/poster" + (dot == std::string::npos ? std::string(".jpg") : r.poster.substr(dot));
  return {{"file", files.poster}, {"name", r.poster}};
}

std::string metadata_of(catalog::StoryRecord const& r, catalog::Vocabulary const& words, std::string const& address, StoryFiles& files) {
  auto const& d = r.details;
  auto const* institution = words.find_institution(d.institution);
  auto place = named(d.institution, institution);
  place["short_name"] = institution ? institution->short_name : std::string();
  auto fields = Json::array();
  for (auto const& code : d.fields) {
    auto const* field = words.find_field(code);
    auto one = named(code, field);
    one["parent"] = field ? field->parent : std::string();
    fields.push_back(std::move(one));
  }
  Json const metadata{
      {"format", "tarina-story"}, {"version", version},
      {"id", r.id}, {"address", address}, {"state", catalog::state_name(r.state)}, {"revision", r.revision},
      {"created_at", catalog::to_iso8601(r.created_at)}, {"changed_at", catalog::to_iso8601(r.changed_at)}, {"published_at", time_or_null(r.published_at)},
      {"title", local(d.title)}, {"summary", local(d.summary)}, {"description", local(d.description)}, {"shown_name", d.shown_name},
      {"institution", std::move(place)}, {"unit", named(d.unit, institution ? institution->find_unit(d.unit) : nullptr)}, {"fields", std::move(fields)},
      {"qualification", named(d.qualification, words.find_qualification(d.qualification))}, {"occupation", named(d.occupation, words.find_title(d.occupation))},
      {"occupation_text", d.occupation_text}, {"graduation_year", d.graduation_year ? Json(d.graduation_year) : Json()}, {"tags", d.tags}, {"languages", d.languages},
      {"captions_exemption", d.captions_exemption}, {"original", original_of(r, files)}, {"poster", poster_of(r, files)}, {"subtitles", tracks_of(r, files)}};
  return metadata.dump(2) + "\n";
}

std::string consents_of(catalog::StoryRecord const& r) {
  auto all = Json::array();
  for (auto const& c : r.consents) {
    Json uses;
    for (auto const use : catalog::consent_uses) uses[std::string(catalog::use_name(use))] = c.uses.allows(use);
    all.push_back({{"number", c.number}, {"uses", std::move(uses)}, {"text_version", c.text_version}, {"text_hash", c.text_hash}, {"language", c.language}, {"given_by", c.given_by},
                   {"given_at", catalog::to_iso8601(c.given_at)}, {"ended_at", time_or_null(c.ended_at)}, {"withdrawn", c.withdrawn}});
  }
  auto links = Json::array();
  for (auto const& link : r.links) links.push_back({{"hash", link.hash}, {"created_at", catalog::to_iso8601(link.created_at)}});
  return Json{{"format", "tarina-consents"}, {"version", version}, {"story", r.id}, {"consents", std::move(all)}, {"links", std::move(links)}}.dump(2) + "\n";
}

} // namespace

StoryFiles write_story_files(catalog::StoryRecord const& record, catalog::Vocabulary const& words, std::string const& address) {
  StoryFiles files;
  auto metadata = metadata_of(record, words, address, files);
  files.texts[metadata_path] = std::move(metadata);
  files.texts[consents_path] = consents_of(record);
  return files;
}

} // namespace tarina::server
