#include "media/label.hpp"
#include "media/ladder.hpp"
#include "media/tasks.hpp"
#include <catch2/catch.hpp>

using namespace tarina::media;
using nlohmann::json;

namespace {

SourceFacts make_facts() {
  SourceFacts facts{.container = "mov,mp4", .duration = milliseconds(12'345), .video = {}, .audio = {}};
  facts.video = VideoFacts{.codec = "hevc", .stream = 1, .coded_width = 1920, .coded_height = 1080, .width = 1080, .height = 1920, .rotation = 90,
                           .mirrored = true, .frame_rate = {30000, 1001}, .interlaced = false, .high_dynamic_range = true, .start_us = -21'333};
  facts.audio = AudioFacts{.codec = "aac", .stream = 0, .channels = 2, .sample_rate = 44100, .language = "fin", .start_us = -21'333};
  facts.alternates = {AudioFacts{.codec = "aac", .stream = 2, .channels = 1, .sample_rate = 48000, .language = "swe", .label = "Selostus", .role = SoundRole::commentary, .start_us = 7}};
  return facts;
}

Track make_track() {
  return {.name = "v720", .codecs = "avc1.64001f", .timescale = 30000, .width = 720, .height = 1280, .frame_rate = {30000, 1001}, .channels = 0, .sample_rate = 0,
          .language = "fi", .init_sha256 = "aa", .segments = {{"00001.m4s", 0, 180180, 123456, "00ff"}, {"00002.m4s", 180180, 180180, 99999, "11ee"}},
          .label = "Suomi (Länsi)", .role = SoundRole::description, .loudness = Loudness{.integrated = -23.45, .range = 4.5, .true_peak = -1.07, .gain = 7.45},
          .data = {{"peaks.dat", 1234, "00aa"}}, .shots = {milliseconds(2000), milliseconds(4801)}};
}

/// Two passes through text give the same text: nothing is lost on the way.
template <class T> void check_round_trip(T const& value) {
  json const once = value;
  auto const back = json::parse(once.dump()).get<T>();
  json const twice = back;
  CHECK(once.dump() == twice.dump());
}

} // namespace

TEST_CASE("Every task survives the way over the wire") {
  check_round_trip<Task>(ProbeTask{});
  for (auto const& task : plan_tasks(make_facts())) check_round_trip<Task>(task);
  check_round_trip<Task>(RemuxTask{.video = *make_facts().video, .audio = make_facts().audio});
  check_round_trip<Task>(RemuxTask{.video = *make_facts().video, .audio = {}});
  check_round_trip<Task>(TextsTask{-21'333, milliseconds(5000)});
  check_round_trip<Task>(CoverTask{{1, 3}});
  check_round_trip<Task>(DownloadTask{"v720", "a128", 1 << 30, 1 << 20, "fin"});
  check_round_trip(Lease{"t1", 7, milliseconds(60'000), 1 << 30, "abc0", ProbeTask{}});
  auto const tasks = plan_tasks(make_facts());
  json const j = tasks[0];
  auto const video = std::get<VideoTask>(j.get<Task>());
  CHECK(video.source.frame_rate == Fraction{30000, 1001});
  CHECK(video.source.start_us == -21'333);
  CHECK(video.source.mirrored);
  CHECK(video.renditions.at(0).height == 1920);
}

TEST_CASE("Every result survives the way over the wire") {
  check_round_trip(make_facts());
  check_round_trip<TaskResult>(make_facts());
  check_round_trip<TaskResult>(std::vector<Track>{make_track(), make_track()});
  Storyboard const board{160, 90, 5, 5, milliseconds(2000), 26, {"storyboard-001.jpg", "storyboard-002.jpg"}};
  check_round_trip<TaskResult>(StillsResult{{"poster.jpg"}, board});
  check_round_trip<TaskResult>(StillsResult{{}, std::nullopt});
  check_round_trip<TaskResult>(TextsResult{{{false, "fi", "Suomi (CC)", {{milliseconds(10), milliseconds(20), "Hei\nmaailma", "Maija", ""}}}, {true, "", "", {}}}});
  check_round_trip<TaskResult>(Download{123, "00ff"});
  check_round_trip(TaskFailure{"media.damaged", "the file ends early", true});
  check_round_trip(Package{milliseconds(12'012), {make_track()}, {}, {"poster.jpg"}, board});
  check_round_trip(Package{milliseconds(12'012), {make_track()}, {}, {"poster.jpg"}, board, Download{9, "ab"}});
}

TEST_CASE("What was written before covers, texts and downloads were known is still read") {
  json facts = make_facts();
  facts.erase("texts");
  facts.erase("covers");
  CHECK_FALSE(facts.get<SourceFacts>().texts);
  json package = Package{milliseconds(12'012), {make_track()}, {}, {"poster.jpg"}, std::nullopt};
  package.erase("download");
  package["video"][0].erase("init_bytes");
  CHECK_FALSE(package.get<Package>().download);
  CHECK(package.get<Package>().video[0].init_bytes == 0);
}

TEST_CASE("Texts that break the rules are refused") {
  auto const refuses = [](auto change) {
    json j = TaskResult(TextsResult{{{false, "fi", "", {{milliseconds(10), milliseconds(20), "Hei", "", ""}}}}});
    change(j["texts"]);
    CHECK_THROWS_AS(j.get<TaskResult>(), json::exception);
  };
  refuses([](json& t) { t[0]["language"] = "fi/../en"; });
  refuses([](json& t) { t[0]["label"] = std::string(201, 'x'); });
  refuses([](json& t) { t[0]["cues"][0]["end"] = 10; });
  refuses([](json& t) { t[0]["cues"][0]["start"] = -1; });
  refuses([](json& t) { t[0]["cues"][0]["text"] = std::string(most_text_bytes + 1, 'x'); });
  refuses([](json& t) { for (std::size_t i = 0; i < most_texts; ++i) t.push_back(t[0]); });
}

TEST_CASE("Shots are kept in order, tracks from before them have none, and what cannot be is refused") {
  json const once = TaskResult(std::vector<Track>{make_track()});
  auto const read = [](json const& j) { return std::get<std::vector<Track>>(j.get<TaskResult>()).at(0).shots; };
  CHECK(read(once) == std::vector{milliseconds(2000), milliseconds(4801)});
  auto before = once;
  before["tracks"][0].erase("shots");
  CHECK(read(before).empty());
  auto many = json::array();
  for (std::size_t i = 0; i <= most_shots; ++i) many.push_back(i);
  for (auto const& wrong : {json{-1}, json{1.5}, json{"1"}, json{7, 7}, json{8, 7}, json{18446744073709551615ull}, json(3), json(nullptr), many}) {
    auto changed = once;
    changed["tracks"][0]["shots"] = wrong;
    CHECK_THROWS_AS(read(changed), json::exception);
  }
  Track lower = make_track(), higher = make_track();
  higher.shots.clear();
  CHECK(shots_of({milliseconds(12'012), {higher, lower}, {}, {}, std::nullopt}) == lower.shots);
  CHECK(shots_of({milliseconds(12'012), {}, {lower}, {}, std::nullopt}).empty());
}

TEST_CASE("A grid frame is shown at its time to the millisecond, also far into a story") {
  Grid const ntsc{.frame_rate = {30000, 1001}, .frames_per_gop = 60, .frames = 431'568};
  CHECK(ntsc.time_of(0).count() == 0);
  CHECK(ntsc.time_of(1).count() == 33);
  CHECK(ntsc.time_of(2).count() == 67);
  CHECK(ntsc.time_of(431'568).count() == 14'399'986);
}

TEST_CASE("Facts and tracks from before there were alternates and labels are still read") {
  json facts = make_facts(), track = TaskResult(std::vector<Track>{make_track()});
  facts.erase("alternates");
  for (auto const* key : {"label", "role"}) facts["audio"].erase(key);
  for (auto const* key : {"label", "role", "loudness", "data"}) track["tracks"][0].erase(key);
  CHECK(facts.get<SourceFacts>().alternates.empty());
  CHECK(facts.get<SourceFacts>().audio->role == SoundRole::main);
  auto const read = std::get<std::vector<Track>>(track.get<TaskResult>());
  CHECK(read[0].label.empty());
  CHECK(!read[0].loudness);
}

TEST_CASE("Labels of tracks are safe in playlists, manifests and menus") {
  CHECK(make_label("Suomi") == "Suomi");
  CHECK(make_label("  Ohjaajan \"kommentit\"\n<b>&amp;\x01 ") == "Ohjaajan kommentit b amp;");
  CHECK(make_label("vi\xff" "erhe") == "vi erhe");
  CHECK(make_label("\xe2\x80\xaeoikealta") == "oikealta");
  CHECK(make_label(std::string(100, 'a')).size() == 60);
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "ä";
  CHECK(make_label(umlauts).size() == 60);
  for (auto const* bad : {"a\"b", "a<b", "a&b", "a\nb", "a\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x81\xa7", "\xef\xbb\xbf", "\xc3", "\xed\xa0\x80"}) CHECK(!is_label(bad));
  for (auto const* good : {"", "Suomi – selostus", "davvisámegiella", "日本語"}) CHECK(is_label(good));
  CHECK(!is_label(std::string(61, 'a')));
}

TEST_CASE("A result that does not add up is refused, not believed") {
  auto const refuses = [](auto change) {
    json j = TaskResult(std::vector<Track>{make_track()});
    change(j["tracks"][0]);
    CHECK_THROWS_AS(j.get<TaskResult>(), json::exception);
  };
  refuses([](json& t) { t["name"] = "../../etc"; });
  refuses([](json& t) { t["name"] = "a/b"; });
  refuses([](json& t) { t["segments"][0]["name"] = ".hidden"; });
  refuses([](json& t) { t["codecs"] = "avc1\"\n#EXT-X-ENDLIST"; });
  refuses([](json& t) { t["language"] = "fi\""; });
  refuses([](json& t) { t["timescale"] = 0; });
  refuses([](json& t) { t["timescale"] = 1.5; });
  refuses([](json& t) { t["width"] = -1; });
  refuses([](json& t) { t["width"] = 18446744073709551615ull; });
  refuses([](json& t) { t["width"] = 4294967296ll; });
  refuses([](json& t) { t["frame_rate"] = {1, 0}; });
  refuses([](json& t) { t["segments"][1]["duration"] = -5; });
  refuses([](json& t) { t.erase("segments"); });
  refuses([](json& t) { t["segments"][0]["duration"] = 1ll << 62; }); // sums and products of ticks stay in 64 bits
  refuses([](json& t) { t["segments"][0]["start"] = 1ll << 62; });
  refuses([](json& t) { t["segments"][0]["bytes"] = 1ll << 62; });
  CHECK_THROWS_AS(json::parse(R"({"kind":"format-the-disk"})").get<Task>(), json::exception);
  CHECK_THROWS_AS(json::parse(R"({"stills":{"posters":["poster.jpg"],"storyboard":{"tile_width":1,"tile_height":1,"columns":2,"rows":2,"interval_ms":1,"tiles":9,"sheets":["a.jpg"]}}})").get<TaskResult>(), json::exception);
}

TEST_CASE("Facts that no film can have are refused before anything is planned from them") {
  auto const refuses = [](auto change) {
    json j = TaskResult(make_facts());
    change(j["source"]);
    CHECK_THROWS_AS(j.get<TaskResult>(), json::exception);
  };
  refuses([](json& f) { f["duration_ms"] = 1ll << 60; });
  refuses([](json& f) { f["video"]["frame_rate"] = {2147483647, 1}; });
  refuses([](json& f) { f["video"]["frame_rate"] = {0, 1}; });
  refuses([](json& f) { f["video"]["width"] = 0; });
  refuses([](json& f) { f["video"]["height"] = 2147483647; });
  SourceFacts empty{.container = "mov", .duration = milliseconds(1000), .video = {}, .audio = {}};
  empty.texts = true;
  empty.covers = {1};
  CHECK(plan_tasks(empty).empty()); // subtitles without a story
}
