// A story's record as files of a bag, and back.
#include "server/bagit/story_json.hpp"
#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

using namespace tarina;
using namespace tarina::server;
using std::chrono::milliseconds;

namespace {

catalog::Time at(std::int64_t seconds) { return catalog::Time(milliseconds(1'795'000'000'000 + seconds * 1000 + 7)); }

catalog::StoryRecord sample_story() {
  catalog::StoryRecord r;
  r.id = "abc0123456";
  r.state = catalog::StoryState::published;
  r.revision = 4;
  r.created_at = at(0);
  r.changed_at = at(90);
  r.published_at = at(60);
  auto& d = r.details;
  d.title = {"Hoitaja \"Aino\"", "Vårdaren", ""};
  d.summary.fi = "Yksi\nkaksi";
  d.description.en = "At length.";
  d.shown_name = "Aino";
  d.institution = "osao";
  d.unit = "osao-muhos";
  d.fields = {"09", "091"};
  d.qualification = "371101";
  d.occupation = "10008";
  d.occupation_text = "kotihoitaja";
  d.graduation_year = 2019;
  d.tags = {"kotihoito", "työ"};
  d.languages = {"fi", "sv"};
  d.captions_exemption = "";
  r.original = catalog::RecordedOriginal{"o1", "50 %/oma.mov", "video/quicktime", std::string(64, 'c'), 1234, at(1)};
  r.poster = "stills/poster-2.jpg";
  catalog::RecordedConsent first, second;
  first.number = 1;
  first.uses.watch = first.uses.embed = true;
  first.text_version = second.text_version = "2026-1";
  first.text_hash = second.text_hash = std::string(64, 'a');
  first.language = second.language = "fi";
  first.given_by = "teller";
  first.given_at = at(0);
  first.ended_at = second.given_at = at(30);
  second.number = 2;
  second.uses.watch = true;
  second.given_by = "person00001";
  r.consents = {first, second};
  catalog::RecordedTrack captions, gone;
  captions.language = gone.language = "fi";
  captions.label = "Suomi";
  captions.versions = {{5, false, at(50), "person00001", {{milliseconds(0), milliseconds(900), "Luonnos & <b>", "Aino", "line:0"}}},
                       {3, true, at(40), "", {{milliseconds(0), milliseconds(1000), "Hei\nvaan", "", ""}, {milliseconds(1000), milliseconds(2000), "kaksi\n\nkolme", "", ""}}}};
  gone.kind = catalog::TrackKind::plain;
  gone.deleted = true;
  gone.versions = {{2, false, at(45), "person00001", {}}};
  r.tracks = {captions, gone};
  r.links = {{std::string(64, 'd'), at(2)}};
  return r;
}

catalog::Vocabulary sample_words() {
  catalog::Vocabulary v;
  v.fields = {{"09", "", {"Terveys", "Hälsa", "Health"}}, {"091", "09", {"Hoito", "", ""}}};
  v.qualifications.emplace_back().code = "371101";
  v.qualifications.back().name.fi = "Sosiaali- ja terveysalan perustutkinto";
  v.titles.emplace_back().code = "10008";
  v.titles.back().name.fi = "Lähihoitaja";
  auto& i = v.institutions.emplace_back();
  i.code = "osao";
  i.name.fi = "Oulun seudun ammattiopisto";
  i.short_name = "OSAO";
  i.units.emplace_back().code = "osao-muhos";
  i.units.back().name.fi = "Muhos";
  return v;
}

using Texts = std::map<std::string, std::string>;

result<ReadStory> read_from(Texts const& texts) {
  return read_story_files([&](std::string const& path) -> result<std::string> {
    auto const found = texts.find(path);
    if (found == texts.end()) return Error{Errc::invalid, "bag.file_missing", path + " is missing"};
    return found->second;
  });
}

Texts sample_texts() { return write_story_files(sample_story(), sample_words(), "https://tarina.example.fi/stories/abc0123456").texts; }

} // namespace

TEST_CASE("a story comes back from its files as it was") {
  auto const story = sample_story();
  auto const files = write_story_files(story, sample_words(), "");
  CHECK(files.original == "data/original/50 %_oma.mov");
  CHECK(files.poster == "data/poster.jpg");
  CHECK(files.texts.at("data/subtitles/fi-captions.vtt").starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHei\nvaan\n"));
  CHECK(files.texts.contains("data/subtitles/fi-captions.draft.vtt"));
  CHECK_FALSE(files.texts.contains("data/subtitles/fi-plain.vtt"));
  auto const back = read_from(files.texts);
  REQUIRE(back);
  CHECK(catalog::difference(story, back->record).empty());
  CHECK(back->record.revision == 4);
  CHECK(back->record.changed_at == story.changed_at);
  CHECK(back->record.poster == story.poster);
  CHECK(back->record.tracks.front().versions.front().saved_by == "person00001");
  CHECK(back->record.tracks.front().label == "Suomi");
  CHECK(back->record.links.front().hash == story.links.front().hash);
  CHECK(back->original == files.original);
  CHECK(back->words.find_institution("osao")->find_unit("osao-muhos")->name.fi == "Muhos");
  CHECK(back->words.find_field("091")->parent == "09");
  CHECK(write_story_files(back->record, back->words, "").texts == files.texts);
}

TEST_CASE("what WebVTT cannot say stands beside it, and only that") {
  auto const metadata = nlohmann::json::parse(sample_texts().at(metadata_path));
  auto const& versions = metadata.at("subtitles").at(0).at("versions");
  CHECK_FALSE(versions.at(0).contains("cues"));
  CHECK(versions.at(1).at("cues").at(1).at("text") == "kaksi\n\nkolme");
}

TEST_CASE("no name of an account and no e-mail address is in a bag") {
  auto const metadata = nlohmann::json::parse(sample_texts().at(metadata_path));
  std::set<std::string> keys;
  for (auto const& [key, value] : metadata.items()) keys.insert(key);
  CHECK(keys == std::set<std::string>{"format", "version", "id", "address", "state", "revision", "created_at", "changed_at", "published_at", "title", "summary", "description", "shown_name", "institution",
                                      "unit", "fields", "qualification", "occupation", "occupation_text", "graduation_year", "tags", "languages", "captions_exemption", "original", "poster", "subtitles"});
}

TEST_CASE("files of a story that say something else are refused, with file and key") {
  auto const refuses = [](std::string const& words, char const* file, std::function<void(nlohmann::json&)> const& change) {
    CAPTURE(words);
    auto texts = sample_texts();
    auto json = nlohmann::json::parse(texts.at(file));
    change(json);
    texts[file] = json.dump();
    auto const refused = read_from(texts);
    REQUIRE(refused.has_error());
    CHECK_THAT(refused.error().detail, Catch::StartsWith(std::string(file) + ": ") && Catch::Contains(words));
  };
  using Json = nlohmann::json;
  refuses("has version 2 of the format tarina-story; this program reads version 1", metadata_path, [](Json& j) { j["version"] = 2; });
  refuses("format must be tarina-story", metadata_path, [](Json& j) { j["format"] = "mets"; });
  refuses("title.sv must be a text", metadata_path, [](Json& j) { j["title"]["sv"] = 7; });
  refuses("summary is missing", metadata_path, [](Json& j) { j.erase("summary"); });
  refuses("has an unknown key \"rating\"", metadata_path, [](Json& j) { j["rating"] = 5; });
  refuses("fields[1] has an unknown key \"x\"", metadata_path, [](Json& j) { j["fields"][1]["x"] = 1; });
  refuses("created_at must be a time", metadata_path, [](Json& j) { j["created_at"] = "yesterday"; });
  refuses("revision must be a whole number", metadata_path, [](Json& j) { j["revision"] = 1.5; });
  refuses("revision must be a whole number", metadata_path, [](Json& j) { j["revision"] = 18'446'744'073'709'551'615ULL; });
  refuses("state must be", metadata_path, [](Json& j) { j["state"] = "open"; });
  refuses("graduation_year must be a year", metadata_path, [](Json& j) { j["graduation_year"] = 4'294'967'296; });
  refuses("subtitles[0].kind must be", metadata_path, [](Json& j) { j["subtitles"][0]["kind"] = "karaoke"; });
  for (auto const* path : {"../metadata.json", "/etc/passwd", "data/subtitles//fi-captions.vtt", ""})
    refuses("subtitles[0].versions[0].file must be the path", metadata_path, [&](Json& j) { j["subtitles"][0]["versions"][0]["file"] = path; });
  refuses("original.file must be the path", metadata_path, [](Json& j) { j["original"]["file"] = "data/../video.mp4"; });
  refuses("subtitles[1].versions[0].file must be null", metadata_path, [](Json& j) { j["subtitles"][1]["versions"][0]["file"] = "data/x.vtt"; });
  refuses("tags must be a list of texts", metadata_path, [](Json& j) { j["tags"][0] = 1; });
  refuses("must be an object", metadata_path, [](Json& j) { j = Json::array(); });
  refuses("has version 9", consents_path, [](Json& j) { j["version"] = 9; });
  refuses("story must be the id", consents_path, [](Json& j) { j["story"] = "other"; });
  refuses("consents[0].uses.embed must be true or false", consents_path, [](Json& j) { j["consents"][0]["uses"]["embed"] = "yes"; });
  refuses("uses has an unknown key \"sell\"", consents_path, [](Json& j) { j["consents"][0]["uses"]["sell"] = true; });

  auto texts = sample_texts();
  texts[metadata_path] = "{\"format\": ";
  CHECK_THAT(read_from(texts).error().detail, Catch::StartsWith("data/metadata.json: is not JSON"));
  texts = sample_texts();
  texts["data/subtitles/fi-captions.draft.vtt"] = "WEBVTT\n\nnot a cue\n";
  CHECK_THAT(read_from(texts).error().detail, Catch::StartsWith("data/subtitles/fi-captions.draft.vtt: "));
  texts.erase("data/subtitles/fi-captions.draft.vtt");
  CHECK(read_from(texts).error().detail == "data/subtitles/fi-captions.draft.vtt is missing");
  texts = sample_texts();
  texts[metadata_path] = std::string(200'000, '[');
  CHECK(read_from(texts).has_error());
}
