#include "media/cues.hpp"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

using namespace tarina;
using namespace tarina::media;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string slurp(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string show(std::vector<Cue> const& cues) {
  std::ostringstream out;
  for (auto const& cue : cues) out << cue.start.count() << "-" << cue.end.count() << "[" << cue.speaker << "|" << cue.settings << "] " << cue.text << "\n";
  return out.str();
}

std::string show(result<CueFile> const& file) { return file ? show(file->cues) : file.error().key; }

/// The clips are not part of the project; tests over them run where they are.
fs::path find_clips() {
  if (auto const* clips = std::getenv("TARINA_CLIPS")) return clips;
  return fs::path(tarina_source_dir) / ".." / "shared" / "clips";
}

std::string to_utf16(std::u16string_view text, bool big_endian, bool bom) {
  std::string out;
  auto const put = [&](char16_t unit) {
    auto const high = static_cast<char>(unit >> 8);
    auto const low = static_cast<char>(unit & 0xFF);
    out += big_endian ? high : low;
    out += big_endian ? low : high;
  };
  if (bom) put(0xFEFF);
  for (auto const unit : text) put(unit);
  return out;
}

} // namespace

TEST_CASE("Finnish reads the same from every encoding people's programs write") {
  std::string const expected = "1000-3500[|] Hyvää päivää, Åke Öhman.\n";
  std::string const timing = "1\r\n00:00:01,000 --> 00:00:03,500\r\n";
  CHECK(show(read_subtitles(timing + "Hyvää päivää, Åke Öhman.\r\n")) == expected);
  CHECK(show(read_subtitles("\xEF\xBB\xBF" + timing + "Hyvää päivää, Åke Öhman.\r\n")) == expected);
  CHECK(show(read_subtitles(timing + "Hyv\xE4\xE4 p\xE4iv\xE4\xE4, \xC5ke \xD6hman.\r\n")) == expected);
  CHECK(show(read_subtitles("1\r00:00:01,000 --> 00:00:03,500\rHyv\x8A\x8A p\x8Aiv\x8A\x8A, \x81ke \x85hman.\r")) == expected);
  std::u16string const wide = u"1\n00:00:01,000 --> 00:00:03,500\nHyvää päivää, Åke Öhman.\n";
  for (bool const big : {false, true})
    for (bool const bom : {false, true}) CHECK(show(read_subtitles(to_utf16(wide, big, bom))) == expected);
}

TEST_CASE("Windows-1252 keeps its dashes, quotes and euros, and says that it was guessed") {
  auto const file = read_subtitles("1\n00:00:01,000 --> 00:00:03,000\nPalkka \x96 2\xA0" "500 \x80, \x93hyv\xE4\x94\x85\n");
  REQUIRE(file);
  CHECK(file->cues[0].text == "Palkka – 2\xC2\xA0" "500 €, “hyvä”…");
  REQUIRE(file->warnings.size() == 1);
  CHECK(file->warnings[0] == CueWarning{CueProblem::encoding_guessed, 0, "Windows-1252"});
}

TEST_CASE("A few damaged bytes in UTF-8 do not change the rest") {
  auto const file = read_subtitles("1\n00:00:01,000 --> 00:00:03,000\nÄäkköset pysyvät pöydällä \xFF.\n");
  REQUIRE(file);
  CHECK(file->cues[0].text == "Ääkköset pysyvät pöydällä \xEF\xBF\xBD.");
  CHECK(file->warnings.size() == 2);
}

TEST_CASE("WebVTT: header text, notes, styles and identifiers are left out, settings and speakers kept") {
  CHECK(show(read_subtitles(R"(WEBVTT - made somewhere
Kind: captions

STYLE
::cue { color: red }

NOTE
a comment
over lines

intro
00:01.000 --> 00:02.500 line:0 align:start bogus:1 position:120% region:r1
<v.loud Anna  Virtanen>Hei <i>kaikki</i> &amp; <00:01.500>muut</v>
toinen rivi

01:00:00.000 --> 01:00:01.000
3 < 4 &lt;b&gt; &nbsp;x&#228;&#x1F600;
)")) == "1000-2500[Anna Virtanen|line:0 align:start] Hei kaikki & muut\ntoinen rivi\n3600000-3601000[|] 3 < 4 <b> \xC2\xA0xä😀\n");
}

TEST_CASE("SubRip: numbers missing or not, blank lines in a cue, tags, positions and forced breaks") {
  CHECK(show(read_subtitles("1\n00:00:01,000 --> 00:00:02,000 X1:10 X2:20\n<b>Lihava</b> <font color=\"red\">punainen</font>\n\nvielä\n\n2\n"
                            "00:00:03,000 --> 00:00:04,000\n{\\an8}ylhäällä\\Ntoinen\n00:00:05,000 --> 00:00:06,000\nvuonna\n1998\n\n3\n00:00:07,000 --> 00:00:08,000\nx\n"))
        == "1000-2000[|] Lihava punainen\nvielä\n3000-4000[|line:0] ylhäällä\ntoinen\n5000-6000[|] vuonna\n1998\n7000-8000[|] x\n");
}

TEST_CASE("What cannot be kept is named to the editor, the rest is kept") {
  auto const file = read_subtitles("1\n00:00:05,000 --> 00:00:04,000\ntaaksepäin\n\n2\n00:00:06,5 --> 00:00:07,1234\narvattu\n\n3\n00:00:99,000 --> 00:00:99,500\nmahdoton\n\n"
                                   "4\n00:00:08,000 --> 00:00:08,000\nhetki\n\n5\n00:00:01,000 --> 00:00:02,000\nensimmäinen\n\n6\n00:00:09,000 --> 00:00:10,000\n\n");
  REQUIRE(file);
  CHECK(show(file->cues) == "1000-2000[|] ensimmäinen\n6500-7123[|] arvattu\n");
  CHECK(file->warnings == std::vector<CueWarning>{{CueProblem::end_before_start, 1, {}},
                                                  {CueProblem::time_guessed, 2, "00:00:06.500 --> 00:00:07.123"},
                                                  {CueProblem::time_unreadable, 3, {}},
                                                  {CueProblem::no_time, 4, {}},
                                                  {CueProblem::no_text, 6, {}},
                                                  {CueProblem::sorted, 0, {}}});
}

TEST_CASE("Files without a cue are refused, and files with too many") {
  for (auto const* text : {"", "WEBVTT", "WEBVTT\n\nNOTE hei", "pelkkää tekstiä", "{\"json\":true}", "-->", "00:00:01,000 --> soon\nx"}) {
    INFO(text);
    auto const file = read_subtitles(text);
    REQUIRE(!file);
    CHECK(file.error().key == "subtitles.unreadable");
  }
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "00:00:01,000 --> 00:00:02,000\nx\n\n";
  REQUIRE(read_subtitles(many));
  CHECK(read_subtitles(many)->cues.size() == 20'000);
  many += "00:00:01,000 --> 00:00:02,000\nx\n";
  REQUIRE(!read_subtitles(many));
  CHECK(read_subtitles(many).error().key == "subtitles.too_many");
}

TEST_CASE("Whatever a cue holds, written WebVTT holds it as text") {
  std::vector<Cue> const cues{
      {1s, 2s, "<script>alert(1)</script>", "", ""},
      {2s, 3s, "a --> b\n\n\n00:00:00.000 --> 00:00:09.000\nx & y", "Eve><script>\n--> x", "line:0\n\nNOTE <b> align:start"},
      {-1s, 1h, "WEBVTT\r\rNOTE\r\nhei", "", "size:101%"},
  };
  auto const text = write_webvtt(cues);
  CHECK(text == "WEBVTT\n"
                "\n00:00:01.000 --> 00:00:02.000\n&lt;script&gt;alert(1)&lt;/script&gt;\n"
                "\n00:00:02.000 --> 00:00:03.000 line:0 align:start\n<v Eve&gt;&lt;script&gt; --&gt; x>a --&gt; b\n00:00:00.000 --&gt; 00:00:09.000\nx &amp; y\n"
                "\n00:00:00.000 --> 01:00:00.000\nWEBVTT\nNOTE\nhei\n");
  auto const back = read_subtitles(text);
  REQUIRE(back);
  CHECK(back->cues.size() == 3);
  CHECK(write_webvtt(back->cues) == "WEBVTT\n\n00:00:00.000 --> 01:00:00.000\nWEBVTT\nNOTE\nhei\n" + text.substr(7, text.rfind("\n00:00:00.000 --> 01:") - 7));
}

TEST_CASE("SubRip is written with CRLF, numbers and commas") {
  CHECK(write_srt({{1234ms, 3600s, "Hei\nsinä --> minä", "Anna", "line:0"}, {2s, 3s, "1", "", ""}}) ==
        "1\r\n00:00:01,234 --> 01:00:00,000\r\nHei\r\nsinä -> minä\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\n1\r\n\r\n");
}

TEST_CASE("Random cues go from WebVTT to SubRip and back without loss of text and time") {
  std::mt19937 random(3);
  std::vector<std::string> const words{"hei", "äiti", "7", "1998", "a & b", "x < y", "5 > 4", "\"lainaus\"", "–", "[musiikkia]", "(naurua)", "50 %", "C:\\kansio", "{aaltosulut}", "&amp;", "سلام", "😀"};
  for (int round = 0; round < 300; ++round) {
    std::vector<Cue> cues;
    std::chrono::milliseconds at{};
    auto const count = random() % 20 + 1;
    for (std::size_t i = 0; i < count; ++i) {
      at += std::chrono::milliseconds(random() % 5000);
      Cue cue{at, at + std::chrono::milliseconds(random() % 6000 + 1), {}, {}, {}};
      auto const length = random() % 6 + 1;
      for (std::size_t w = 0; w < length; ++w) cue.text += (w == 0 ? "" : random() % 4 == 0 ? "\n" : " ") + words[random() % words.size()];
      cues.push_back(std::move(cue));
    }
    auto const once = read_subtitles(write_webvtt(cues));
    REQUIRE(once);
    REQUIRE(show(once->cues) == show(cues));
    REQUIRE(once->warnings.empty());
    auto const twice = read_subtitles(write_srt(once->cues));
    REQUIRE(twice);
    REQUIRE(show(twice->cues) == show(cues));
    REQUIRE(write_webvtt(twice->cues) == write_webvtt(cues));
  }
}

TEST_CASE("The transcript runs on and breaks at pauses and at changes of speaker") {
  CHECK(write_transcript({{0s, 2s, "Moi, olen Anna\nja olen kokki.", "", ""}, {3s, 5s, "Opiskelin Oulussa.", "", ""}, {8s, 9s, "Nyt työskentelen.", "", ""},
                          {9s, 10s, "Missä?", "Haastattelija", ""}, {10s, 11s, "Hotellissa.", "Anna", ""}, {11s, 12s, "Keittiössä.", "Anna", ""}}) ==
        "Moi, olen Anna ja olen kokki. Opiskelin Oulussa.\n\nNyt työskentelen.\n\nHaastattelija: Missä?\n\nAnna: Hotellissa. Keittiössä.\n");
  CHECK(write_transcript({}).empty());
}

TEST_CASE("Real subtitle files are read whole", "[clips]") {
  auto const folder = find_clips() / "subs";
  if (!fs::exists(folder)) {
    WARN("no clips here; not run");
    return;
  }
  std::pair<char const*, std::size_t> const expected[] = {
      {"bom-utf-8.srt", 7}, {"bom-utf-16-le.srt", 7}, {"no-indexes.srt", 7}, {"typical_utf16le.srt", 3}, {"with_bom.vtt", 2}, {"elephantsdream_sv.vtt", 0},
      {"elephantsdream_ar_rtl.vtt", 0}, {"bad_timestamps.srt", 0}, {"bad_timestamps.vtt", 0}, {"capability_tester.srt", 0}, {"with_tags.srt", 0}};
  for (auto const& [name, count] : expected) {
    INFO(name);
    auto const bytes = slurp(folder / name);
    auto const file = read_subtitles(bytes);
    REQUIRE(file);
    if (count != 0) CHECK(file->cues.size() == count);
    for (auto const& cue : file->cues) {
      CHECK(cue.end > cue.start);
      CHECK(!cue.text.empty());
      CHECK(cue.text.find("\xEF\xBF\xBD") == std::string::npos);
    }
    auto const again = read_subtitles(write_webvtt(file->cues));
    REQUIRE(again);
    CHECK(show(again->cues) == show(file->cues));
  }
  CHECK(show(read_subtitles(slurp(folder / "fi_cp1252.srt"))) == "1000-3500[|] Hyvää päivää, olen Åke Öhman – “valmistuin” vuonna 1998.\n4000-6000[|] Palkka oli 2\xC2\xA0" "500 €.\n");
  CHECK(show(read_subtitles(slurp(folder / "fi_macroman.srt"))) == "1000-3500[|] Hyvää päivää Töölöstä\n");
  CHECK(show(read_subtitles(slurp(folder / "fi_utf16le_bom.vtt"))) == "1000-3500[|] Äidinkielenä suomi, åbolaisena myös ruotsi.\n");
  CHECK(read_subtitles(slurp(folder / "elephantsdream_sv.vtt"))->warnings.empty());
}

TEST_CASE("Hostile subtitle files come out harmless", "[clips]") {
  auto const folder = find_clips() / "malicious";
  if (!fs::exists(folder)) {
    WARN("no clips here; not run");
    return;
  }
  auto const script = read_subtitles(slurp(folder / "script_cue.vtt"));
  REQUIRE(script);
  auto const text = write_webvtt(script->cues);
  CHECK(text.find("script>") == text.npos);
  CHECK(text.find("onerror") == text.npos);
  CHECK(text.find("url(") == text.npos);
  CHECK(read_subtitles(slurp(folder / "20000_cues.srt"))->cues.size() == 20'000);
  for (auto const* name : {"ftyp_only.mp4", "html_polyglot.mp4", "zero_bytes.mp4", "nested_4000.mp4"}) {
    INFO(name);
    CHECK(!read_subtitles(slurp(folder / name)));
  }
}

TEST_CASE("Any mutilated file is read or refused, and what is read can be written and read again") {
  std::mt19937 random(29);
  std::string const seeds[] = {"WEBVTT\n\n1\n00:01.000 --> 00:02.500 line:0\n<v Anna>Hei &amp; <b>moi</b>\n\nNOTE x\n\n00:03.000 --> 00:04.000\nö\n",
                               "\xEF\xBB\xBF" "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>Hei</i> {\\an8}\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nmoi\r\n",
                               to_utf16(u"WEBVTT\n\n00:01.000 --> 00:02.000\nä\n", false, true)};
  int read = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = seeds[round % 3];
    for (auto edits = random() % 6; edits > 0; --edits) {
      auto const at = random() % bytes.size();
      switch (random() % 3) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes.erase(at, random() % 4 + 1); break;
      default: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 12));
      }
      if (bytes.empty()) bytes = "x";
    }
    auto const file = read_subtitles(bytes);
    if (!file) continue;
    ++read;
    auto const vtt = write_webvtt(file->cues);
    auto const again = read_subtitles(vtt);
    REQUIRE(again);
    REQUIRE(again->cues.size() == file->cues.size());
    REQUIRE(write_webvtt(again->cues) == vtt);
  }
  CHECK(read > 1000);
}

TEST_CASE("No arrow of a text makes a timing line of a SubRip file, however long its shaft") {
  using namespace std::chrono_literals;
  std::vector<Cue> const cues{{1s, 2s, "00:00:05,000 -----> 00:00:06,000", {}, {}}, {3s, 4s, "a --> b ---> c", {}, {}}};
  auto const again = read_subtitles(write_srt(cues));
  REQUIRE(again);
  REQUIRE(again->cues.size() == 2);
  CHECK(again->cues[0].start == 1s);
  CHECK(again->cues[0].text == "00:00:05,000 -> 00:00:06,000");
  CHECK(again->cues[1].text == "a -> b -> c");
}

TEST_CASE("A speaker whose name ends with dashes makes no timing line of a WebVTT file") {
  using namespace std::chrono_literals;
  auto const again = read_subtitles(write_webvtt({{1s, 2s, "Hei", "Aino --", {}}}));
  REQUIRE(again);
  REQUIRE(again->cues.size() == 1);
  CHECK(again->cues[0].speaker == "Aino --");
  CHECK(again->cues[0].text == "Hei");
}
