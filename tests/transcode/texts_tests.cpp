#include "tests/media/temp_folder.hpp"
#include "tests/transcode/story.hpp"
#include "transcode/read_texts.hpp"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

using namespace tarina;
using std::chrono::milliseconds;

namespace {

void run_ffmpeg(std::string const& arguments) {
  auto const command = "ffmpeg -hide_banner -v error -y " + arguments;
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

std::string const secret = "Salainen paikka 60.1699N";

/// The counted film with all that cameras and editors put beside the picture.
std::filesystem::path laden_film(std::filesystem::path const& folder) {
  std::ofstream(folder / "fi.srt") << "1\n00:00:01,000 --> 00:00:02,500\n<i>Hei</i> maailma,\ntäällä ollaan.\n\n2\n00:00:03,000 --> 00:00:04,000\n1 < 2 & 3 > 2\n\n3\n00:00:20,000 --> 00:00:21,000\nLiian myöhään.\n";
  std::ofstream(folder / "sv.srt") << "1\n00:00:01,000 --> 00:00:02,500\nHej världen.\n";
  std::ofstream(folder / "chapters.txt") << ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=5000\ntitle=Alku\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=5000\nEND=14000\ntitle=Työelämä & muut\n";
  auto const out = folder / "laden.mp4";
  run_ffmpeg("-i " + test::fixture("counted.mp4").string() + " -i " + (folder / "fi.srt").string() + " -i " + (folder / "sv.srt").string() + " -i " + (folder / "chapters.txt").string() +
             " -map 0 -map 1 -map 2 -map_chapters 3 -c copy -c:s mov_text -metadata:s:s:0 language=fin -metadata:s:s:1 language=swe -metadata:s:s:1 handler_name=Svenska"
             " -metadata location='" + secret + "' -metadata make='" + secret + "' -movflags use_metadata_tags -metadata com.apple.quicktime.location.ISO6709='" + secret + "'"
             " -bsf:v 'h264_metadata=sei_user_data=086f3693b7b34f2c96533b31ccf5e3c7+" + secret + "' " + out.string());
  return out;
}

media::TextsResult texts_of(std::filesystem::path const& film) {
  auto const probed = test::run_task(media::ProbeTask{}, film);
  REQUIRE(probed.has_value());
  auto const& facts = std::get<media::SourceFacts>(*probed);
  REQUIRE(facts.texts);
  auto const start = facts.video ? facts.video->start_us : facts.audio->start_us;
  auto const ended = test::run_task(media::TextsTask{start, facts.duration}, film);
  REQUIRE(ended.has_value());
  return std::get<media::TextsResult>(*ended);
}

bool holds(std::string const& bytes, std::string const& words) { return bytes.find(words) != std::string::npos; }

} // namespace

TEST_CASE("subtitles and chapters in a film come out as text in story time") {
  TempFolder const folder;
  auto const result = texts_of(laden_film(folder.path()));
  REQUIRE(result.texts.size() == 3);
  auto const& chapters = result.texts[0];
  CHECK(chapters.chapters);
  REQUIRE(chapters.cues.size() == 2);
  CHECK(chapters.cues[1].text == "Työelämä & muut");
  CHECK(chapters.cues[1].start == milliseconds(5000));
  CHECK(chapters.cues[1].end == milliseconds(14'000));
  auto const& finnish = result.texts[1];
  CHECK_FALSE(finnish.chapters);
  CHECK(finnish.language == "fi");
  CHECK(finnish.label.empty());
  REQUIRE(finnish.cues.size() == 2); // the third comes after the film
  CHECK(finnish.cues[0].text == "Hei maailma,\ntäällä ollaan.");
  CHECK(finnish.cues[0].start == milliseconds(1000));
  CHECK(finnish.cues[0].end == milliseconds(2500));
  CHECK(finnish.cues[1].text == "1 < 2 & 3 > 2");
  CHECK(result.texts[2].language == "sv");
  CHECK(result.texts[2].label == "Svenska");
}

TEST_CASE("texts of Matroska count from where the story begins, whatever their codec") {
  TempFolder const folder;
  auto const& at = folder.path();
  std::ofstream(at / "a.srt") << "1\n00:00:02,000 --> 00:00:03,000\n{\\an8}Yksi\n";
  for (std::string const codec : {"srt", "ass", "webvtt"}) {
    INFO(codec);
    auto const film = at / (codec + ".mkv");
    // Everything begins four seconds after the file.
    run_ffmpeg("-itsoffset 4 -i " + test::fixture("counted.mp4").string() + " -itsoffset 4 -i " + (at / "a.srt").string() + " -map 0 -map 1 -c copy -c:s " + codec +
               " -metadata:s:s:0 language=eng -metadata:s:s:0 title=English -avoid_negative_ts disabled " + film.string());
    auto const result = texts_of(film);
    REQUIRE(result.texts.size() == 1);
    CHECK(result.texts[0].label == "English");
    CHECK(result.texts[0].language == "en");
    REQUIRE(result.texts[0].cues.size() == 1);
    CHECK(result.texts[0].cues[0].text == "Yksi");
    CHECK(std::abs(result.texts[0].cues[0].start.count() - 2000) <= 40);
    CHECK(std::abs(result.texts[0].cues[0].end.count() - 3000) <= 40);
  }
}

TEST_CASE("a film without texts has none, and a texts task over it gives none") {
  auto const probed = test::run_task(media::ProbeTask{}, test::fixture("counted.mp4"));
  CHECK_FALSE(std::get<media::SourceFacts>(*probed).texts);
  auto const ended = test::run_task(media::TextsTask{0, milliseconds(14'400)}, test::fixture("counted.mp4"));
  REQUIRE(ended.has_value());
  CHECK(std::get<media::TextsResult>(*ended).texts.empty());
}

TEST_CASE("a title is one clean line of whole characters") {
  CHECK(transcode::clean_line("  Luku\t1 \n", 100) == "Luku 1");
  CHECK(transcode::clean_line("a\x01\x7f" "b", 100) == "a b");
  CHECK(transcode::clean_line("ty\xc3\xb6", 3) == "ty");
  CHECK(transcode::clean_line("ty\xc3\xb6", 4) == "ty\xc3\xb6");
  CHECK(transcode::clean_line("\xff\xc3(", 100) == "?" "?(");
  CHECK(transcode::clean_line("", 10).empty());
}

TEST_CASE("no file of a story tells where and by what it was recorded, not even inside the pictures") {
  TempFolder const folder;
  auto const film = laden_film(folder.path());
  std::ifstream in(film, std::ios::binary);
  std::string const original{std::istreambuf_iterator<char>(in), {}};
  REQUIRE(holds(original, secret));
  REQUIRE(holds(original, "com.apple.quicktime.location"));
  auto story = test::make_story(film);
  REQUIRE(!story.failure);
  REQUIRE(!story.original.video.empty()); // its own packets, cleaned
  auto const download = test::make_download(story);
  REQUIRE(download);
  story.files["download"] = download->bytes;
  for (auto const& [name, bytes] : story.files) {
    INFO(name);
    CHECK_FALSE(holds(bytes, secret));
    CHECK_FALSE(holds(bytes, "com.apple"));
    CHECK_FALSE(holds(bytes, "Lavf"));
  }
}

TEST_CASE("real phones' places and names are in no file of their stories") {
  if (test::clips().empty()) return;
  for (auto const* name : {"phone/iphone_rot90_gps.mov", "phone/iphone_hevc10_hlg_rot90_editlist.mp4"}) {
    INFO(name);
    auto story = test::make_story(test::clips() / name);
    REQUIRE(!story.failure);
    if (auto const download = test::make_download(story)) story.files["download"] = download->bytes;
    for (auto const& [file, bytes] : story.files) {
      INFO(file);
      for (auto const* word : {"com.apple", "Apple", "iPhone", "\xa9xyz", "\xa9mak", "loci", "ISO6709"}) CHECK_FALSE(holds(bytes, word));
    }
  }
}

TEST_CASE("embedded texts of real files come out") {
  if (test::clips().empty()) return;
  struct Case { char const* name; std::size_t texts; char const* language; };
  for (auto const& c : {Case{"embsubs/mov_text.mp4", 1, ""}, Case{"embsubs/srt_eng.mkv", 1, "en"}, Case{"embsubs/webvtt_in_webm.webm", 1, ""}, Case{"embsubs/chapters.mp4", 1, ""}}) {
    INFO(c.name);
    auto const result = texts_of(test::clips() / c.name);
    REQUIRE(result.texts.size() == c.texts);
    CHECK(result.texts[0].chapters == (std::string(c.name) == "embsubs/chapters.mp4"));
    REQUIRE(!result.texts[0].cues.empty());
    CHECK(!result.texts[0].cues[0].text.empty());
    if (*c.language != '\0') CHECK(result.texts[0].language == c.language);
  }
}
