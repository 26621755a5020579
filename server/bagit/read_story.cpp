#include "server/bagit/json_reader.hpp"
#include "server/bagit/manifest.hpp"
#include "server/bagit/story_json.hpp"
#include "server/json_body.hpp"
#include <algorithm>

namespace tarina::server {
namespace {

using Json = nlohmann::json;
using Read = std::function<result<std::string>(std::string const&)>;

constexpr int version = 1;

/// A file of the bag that cannot be read, on its way out of a reader that throws sentences.
struct FileError {
  Error error;
};

std::string file_in_bag(JsonReader& in) {
  auto path = in.text("file");
  if (!is_bag_path(path)) in.fail("file", "the path of a file in the bag");
  return path;
}

std::string read_text(Read const& read, std::string const& path) {
  auto bytes = read(path);
  if (!bytes) throw FileError{bytes.error()};
  return std::move(*bytes);
}

catalog::LocalText local(JsonReader in) {
  catalog::LocalText text{in.text("fi"), in.text("sv"), in.text("en")};
  in.done();
  return text;
}

/// {code, name}, or null.
template <class Entry> std::optional<Entry> named(JsonReader& in, char const* key) {
  if (!in.has(key)) return std::nullopt;
  auto object = in.object(key);
  Entry entry;
  entry.code = object.text("code");
  entry.name = local(object.object("name"));
  entry.listed = false;
  object.done();
  return entry;
}

void read_words(JsonReader& in, ReadStory& story) {
  auto& d = story.record.details;
  auto object = in.object("institution");
  auto& institution = story.words.institutions.emplace_back();
  d.institution = institution.code = object.text("code");
  institution.name = local(object.object("name"));
  institution.short_name = object.text("short_name");
  institution.listed = false;
  object.done();
  if (auto unit = named<catalog::Unit>(in, "unit")) {
    d.unit = unit->code;
    institution.units.push_back(std::move(*unit));
  }
  for (auto& one : in.objects("fields")) {
    auto& field = story.words.fields.emplace_back();
    field.code = one.text("code");
    field.name = local(one.object("name"));
    field.parent = one.text("parent");
    field.listed = false;
    one.done();
    d.fields.push_back(field.code);
  }
  if (auto qualification = named<catalog::Qualification>(in, "qualification")) {
    d.qualification = qualification->code;
    story.words.qualifications.push_back(std::move(*qualification));
  }
  if (auto title = named<catalog::Title>(in, "occupation")) {
    d.occupation = title->code;
    story.words.titles.push_back(std::move(*title));
  }
}

std::vector<media::Cue> read_cues(JsonReader& in, std::string const& path, std::string const& bytes) {
  std::vector<media::Cue> lines;
  if (in.has("cues")) {
    for (auto& one : in.objects("cues")) {
      auto& cue = lines.emplace_back();
      cue.start = std::chrono::milliseconds(one.number("start_ms"));
      cue.end = std::chrono::milliseconds(one.number("end_ms"));
      cue.text = one.text("text");
      cue.speaker = one.text("speaker");
      cue.settings = one.text("settings");
      one.done();
    }
    return lines;
  }
  auto file = media::read_subtitles(bytes);
  if (!file) throw FileError{{Errc::invalid, "bag.story", path + ": " + file.error().detail}};
  if (!file->warnings.empty())
    throw FileError{{Errc::invalid, "bag.story", fmt::format("{}: cue {}: {}", path, file->warnings.front().cue, media::cue_problem_name(file->warnings.front().problem))}};
  return std::move(file->cues);
}

catalog::RecordedTrack read_track(JsonReader& in, Read const& read, std::vector<std::string>& files) {
  catalog::RecordedTrack track;
  track.language = in.text("language");
  auto const kind = catalog::track_kind_from_name(in.text("kind"));
  if (!kind) in.fail("kind", "captions, subtitles, plain, descriptions or chapters");
  track.kind = *kind;
  track.label = in.text("label");
  track.embedded = in.flag("embedded");
  track.deleted = in.flag("deleted");
  for (auto& one : in.objects("versions")) {
    auto& v = track.versions.emplace_back();
    v.revision = one.number("revision");
    v.checked = one.flag("checked");
    v.saved_at = one.time("saved_at");
    v.saved_by = one.text("saved_by");
    if (one.has("file") == track.deleted) one.fail("file", track.deleted ? "null of deleted subtitles" : "there");
    if (!track.deleted) {
      files.push_back(file_in_bag(one));
      v.lines = read_cues(one, files.back(), read_text(read, files.back()));
    }
    one.done();
  }
  in.done();
  return track;
}

void read_original(JsonReader& in, ReadStory& story) {
  if (!in.has("original")) return;
  auto object = in.object("original");
  auto& original = story.record.original.emplace();
  story.original = file_in_bag(object);
  story.files.push_back(story.original);
  original.filename = object.text("filename");
  original.content_type = object.text("content_type");
  original.bytes = object.number("bytes");
  original.sha256 = object.text("sha256");
  original.created_at = object.time("sent_at");
  object.done();
}

void read_poster(JsonReader& in, ReadStory& story) {
  if (!in.has("poster")) return;
  auto object = in.object("poster");
  story.files.push_back(file_in_bag(object));
  story.record.poster = object.text("name");
  object.done();
}

void check_version(JsonReader& in, char const* format) {
  if (in.text("format") != format) in.fail("format", format);
  if (auto const found = in.number("version"); found != version) in.fail(fmt::format("has version {} of the format {}; this program reads version {}", found, format, version));
}

int year_of(JsonReader& in) {
  if (!in.has("graduation_year")) return 0;
  auto const year = in.number("graduation_year");
  if (year < 1 || year > 9999) in.fail("graduation_year", "a year");
  return static_cast<int>(year);
}

void read_metadata(Json const& json, Read const& read, ReadStory& story) {
  JsonReader in(json, "");
  check_version(in, "tarina-story");
  auto& r = story.record;
  auto& d = r.details;
  r.id = in.text("id");
  in.text("address"); // for people
  auto const state = catalog::state_from_name(in.text("state"));
  if (!state) in.fail("state", "draft, processing, review or published");
  r.state = *state;
  r.revision = in.number("revision");
  r.created_at = in.time("created_at");
  r.changed_at = in.time("changed_at");
  r.published_at = in.maybe_time("published_at");
  d.title = local(in.object("title"));
  d.summary = local(in.object("summary"));
  d.description = local(in.object("description"));
  d.shown_name = in.text("shown_name");
  read_words(in, story);
  d.occupation_text = in.text("occupation_text");
  d.graduation_year = year_of(in);
  d.tags = in.texts("tags");
  d.languages = in.texts("languages");
  d.captions_exemption = in.text("captions_exemption");
  read_original(in, story);
  read_poster(in, story);
  for (auto& track : in.objects("subtitles")) r.tracks.push_back(read_track(track, read, story.files));
  std::sort(r.tracks.begin(), r.tracks.end(), [](auto const& a, auto const& b) { return a.id() < b.id(); });
  in.done();
}

void read_consents(Json const& json, catalog::StoryRecord& r) {
  JsonReader in(json, "");
  check_version(in, "tarina-consents");
  if (in.text("story") != r.id) in.fail("story", "the id in metadata.json");
  for (auto& one : in.objects("consents")) {
    auto& c = r.consents.emplace_back();
    c.number = one.number("number");
    auto uses = one.object("uses");
    c.uses.watch = uses.flag("watch");
    c.uses.class_download = uses.flag("class_download");
    c.uses.embed = uses.flag("embed");
    c.uses.feeds = uses.flag("feeds");
    uses.done();
    c.text_version = one.text("text_version");
    c.text_hash = one.text("text_hash");
    c.language = one.text("language");
    c.given_by = one.text("given_by");
    c.given_at = one.time("given_at");
    c.ended_at = one.maybe_time("ended_at");
    c.withdrawn = one.flag("withdrawn");
    one.done();
  }
  for (auto& one : in.objects("links")) {
    auto& link = r.links.emplace_back();
    link.hash = one.text("hash");
    link.created_at = one.time("created_at");
    one.done();
  }
  in.done();
}

Json parse(Read const& read, char const* path) {
  auto json = parse_json(read_text(read, path));
  if (json.is_discarded()) throw std::runtime_error(fmt::format("is not JSON, nests deeper than {} levels or holds a number too large for any", most_json_levels));
  return json;
}

} // namespace

result<ReadStory> read_story_files(Read const& read) {
  ReadStory story;
  story.files = {metadata_path, consents_path};
  char const* file = metadata_path;
  try {
    read_metadata(parse(read, file), read, story);
    file = consents_path;
    read_consents(parse(read, file), story.record);
  } catch (FileError const& failure) {
    return failure.error;
  } catch (std::runtime_error const& failure) {
    return Error{Errc::invalid, "bag.story", std::string(file) + ": " + failure.what()};
  }
  return story;
}

} // namespace tarina::server
