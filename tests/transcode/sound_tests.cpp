// Loudness, waveform, map of speech, several sounds: measured on what comes out, by the ffmpeg command.
#include "media/hls.hpp"
#include "media/sound_data.hpp"
#include "tests/transcode/playback.hpp"
#include "transcode/result_builder.hpp"
#include "transcode/sound_line.hpp"
#include "transcode/sound_map.hpp"
#include "transcode/stages.hpp"
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <unistd.h>

using namespace tarina;

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    auto name = (std::filesystem::temp_directory_path() / "sound-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

std::string run(std::string const& command) {
  auto* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  std::array<char, 4096> buffer{};
  while (auto const n = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), n);
  INFO(command << "\n" << out);
  REQUIRE(::pclose(pipe) == 0);
  return out;
}

std::filesystem::path make(Folder const& folder, std::string const& name, std::string const& arguments) {
  auto const path = folder.path / name;
  run("ffmpeg -nostdin -v error -y " + arguments + " '" + path.string() + "'");
  return path;
}

/// Something like speech: a voice's spectrum in syllables, with pauses; `peak` sets how far clicks stand out.
std::string babble(double amplitude, double click, int seconds, char const* layout) {
  char text[600];
  std::snprintf(text, sizeof text,
                "-f lavfi -i \"aevalsrc='%g*(0.3+0.7*abs(sin(2*PI*2.3*t)))*(sin(2*PI*170*t)+0.6*sin(2*PI*510*t)+0.4*sin(2*PI*1190*t)+0.2*sin(2*PI*2380*t))*lt(mod(t\\,5)\\,4)"
                "+%g*lt(mod(t\\,1.7)\\,0.004)*sin(2*PI*900*t)':s=48000:d=%d\" -ac %s",
                amplitude, click, seconds, layout);
  return text;
}

struct Measured {
  double integrated = 0, true_peak = 0;
};

/// What ffmpeg says of a sound as it was published.
Measured measure(test::Story const& story, media::Track const& track) {
  Folder folder;
  auto const file = folder.path / "sound.mp4";
  std::ofstream out(file, std::ios::binary);
  out << story.files.at(track.name + "/init.mp4");
  for (auto const& segment : track.segments) out << story.files.at(track.name + "/" + segment.name);
  out.close();
  auto const text = run("ffmpeg -nostdin -hide_banner -i '" + file.string() + "' -af ebur128=peak=true:framelog=verbose" + (track.channels == 1 ? ":dualmono=true" : "") + " -f null -");
  auto after = [&](char const* word) {
    auto const at = text.rfind(word);
    REQUIRE(at != std::string::npos);
    return std::strtod(text.c_str() + at + std::string_view(word).size(), nullptr);
  };
  return {after("    I:"), after("    Peak:")};
}

test::Story make_sound(Folder const& folder, std::string const& arguments) {
  auto story = test::make_story(make(folder, "sound.wav", arguments));
  REQUIRE(!story.failure);
  REQUIRE(story.package.audio.size() == 1);
  test::check_playable(story);
  return story;
}

struct Spans {
  std::vector<std::pair<double, double>> seconds;
};

Spans speech_of(test::Story const& story) {
  auto const& track = story.package.audio.at(0);
  auto const said = nlohmann::json::parse(story.files.at(media::data_file(track, media::speech_file)));
  CHECK(said.at("version") == 1);
  Spans spans;
  for (auto const& span : said.at("spans")) spans.seconds.emplace_back(span.at(0).get<double>() / 1000, span.at(1).get<double>() / 1000);
  return spans;
}

} // namespace

TEST_CASE("every voice leaves as loud as the next, and no peak passes the limit") {
  struct Case {
    char const* what;
    double amplitude, click;
    char const* channels;
    bool gained;
  };
  for (auto const& c : {Case{"quiet stereo", 0.03, 0, "2", true}, Case{"quiet mono", 0.03, 0, "1", true}, Case{"loud stereo", 0.6, 0, "2", false},
                        Case{"clicks far above the voice", 0.06, 0.6, "2", true}, Case{"clicks in mono", 0.05, 0.7, "1", true}}) {
    INFO(c.what);
    Folder folder;
    auto const story = make_sound(folder, babble(c.amplitude, c.click, 20, c.channels));
    auto const& track = story.package.audio[0];
    REQUIRE(track.loudness);
    CHECK((track.loudness->gain > 0) == c.gained);
    auto const out = measure(story, track);
    CHECK(out.integrated == Approx(-16).margin(0.5));
    CHECK(out.true_peak <= -1);
  }
}

TEST_CASE("the measured loudness is what ffmpeg measures, and one gain holds for the whole story") {
  Folder folder;
  auto const file = make(folder, "two.wav", "-f lavfi -i \"sine=440:d=20:r=48000,volume='if(lt(t,10),0.1,0.05)':eval=frame\" -ac 2");
  auto const story = test::make_story(file);
  REQUIRE(!story.failure);
  auto const& track = story.package.audio.at(0);
  auto const before = run("ffmpeg -nostdin -hide_banner -i '" + file.string() + "' -af ebur128=framelog=verbose -f null -");
  CHECK(track.loudness->integrated == Approx(std::strtod(before.c_str() + before.rfind("    I:") + 6, nullptr)).margin(0.06));
  CHECK(track.loudness->true_peak == Approx(-41).margin(0.2)); // the sine is an eighth, and as loud on two channels as on one
  auto const sound = test::play_sound(story, track);
  auto loudest = [&](int from, int to) {
    float most = 0;
    for (int i = from * 48000; i < to * 48000; ++i) most = std::max(most, std::abs(sound.samples.at(static_cast<std::size_t>(i))));
    return most;
  };
  CHECK(loudest(2, 8) / loudest(12, 18) == Approx(2).epsilon(0.03));
}

TEST_CASE("silence and the noise of a room are not made loud, and a faint voice only so far") {
  Folder folder;
  auto const silence = make_sound(folder, "-f lavfi -i anullsrc=r=48000:cl=stereo -t 8");
  CHECK(silence.package.audio[0].loudness->is_silent());
  CHECK(silence.package.audio[0].loudness->gain == 0);
  CHECK(speech_of(silence).seconds.empty());
  auto const room = make_sound(folder, "-f lavfi -i anoisesrc=d=8:c=pink:a=0.004:r=48000:seed=1 -ac 2");
  CHECK(room.package.audio[0].loudness->integrated > -70);
  CHECK(room.package.audio[0].loudness->gain == 0);
  CHECK(speech_of(room).seconds.empty());
  auto const faint = make_sound(folder, babble(0.008, 0, 10, "2"));
  CHECK(faint.package.audio[0].loudness->gain == 20);
  auto const blink = make_sound(folder, "-f lavfi -i sine=440:d=0.2:r=48000 -ac 2"); // shorter than loudness can be measured in
  CHECK(blink.package.audio[0].loudness->gain == 0);
}

TEST_CASE("samples that are no sound are healed, and loud ones kept") {
  constexpr int count = 1024;
  auto frame = transcode::make_frame();
  frame->format = AV_SAMPLE_FMT_FLTP;
  frame->sample_rate = 48000;
  frame->nb_samples = count;
  av_channel_layout_default(&frame->ch_layout, 1);
  REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
  auto* samples = reinterpret_cast<float*>(frame->extended_data[0]);
  std::fill(samples, samples + count, 2.0F);
  samples[100] = std::numeric_limits<float>::quiet_NaN();
  samples[200] = std::numeric_limits<float>::infinity();
  samples[300] = -1e30F;
  transcode::SoundLine line(48000, 1, count);
  line.add(*frame, 0);
  line.finish();
  REQUIRE(line.available() == count);
  auto const healed = line.take(count);
  auto const* out = reinterpret_cast<float const*>(healed->extended_data[0]);
  CHECK(out[99] == 2);
  CHECK(out[100] == 0);
  CHECK(out[200] == 16);
  CHECK(out[300] == -16);
  CHECK(out[301] == 2);
}

TEST_CASE("limited sound stays where it was") {
  Folder folder;
  auto const story = make_sound(folder, "-f lavfi -i \"aevalsrc='0.02*sin(2*PI*300*t)+0.7*lt(mod(t\\,1)\\,0.01)*sin(2*PI*1000*t)':s=48000:d=8\" -ac 2");
  auto const& track = story.package.audio[0];
  REQUIRE(track.loudness->true_peak + track.loudness->gain > 0); // the limiter was needed
  auto const sound = test::play_sound(story, track);
  CHECK(sound.samples.size() == Approx(8 * 48000).margin(1100));
  for (int second = 1; second < 8; ++second) {
    auto at = static_cast<std::size_t>(second * 48000 - 4800);
    while (at < sound.samples.size() && std::abs(sound.samples[at]) < 0.4F) ++at;
    CHECK(sound.start + static_cast<double>(at) / 48000 == Approx(second).margin(0.003));
  }
}

TEST_CASE("the waveform file shows where sound is, in a format others read") {
  Folder folder;
  auto const story = make_sound(folder, "-f lavfi -i \"aevalsrc='0.2*sin(2*PI*440*t)*gte(t\\,2)*lt(t\\,4)':s=48000:d=6\" -ac 2");
  auto const& track = story.package.audio[0];
  auto const& file = story.files.at("a128/peaks.dat");
  auto number = [&](std::size_t at) {
    std::uint32_t n = 0;
    for (std::size_t i = 4; i-- > 0;) n = n << 8 | static_cast<unsigned char>(file.at(at * 4 + i));
    return n;
  };
  CHECK(number(0) == 2);
  CHECK(number(1) == 1);
  CHECK(number(2) == 48000);
  CHECK(number(3) == 960);
  REQUIRE(number(4) == 300);
  CHECK(number(5) == 1);
  REQUIRE(file.size() == 24 + 600);
  auto high = [&](double seconds) { return static_cast<int>(static_cast<signed char>(file[24 + static_cast<std::size_t>(seconds * 50) * 2 + 1])); };
  auto low = [&](double seconds) { return static_cast<int>(static_cast<signed char>(file[24 + static_cast<std::size_t>(seconds * 50) * 2])); };
  CHECK(high(1) == 0);
  CHECK(low(1) == 0);
  CHECK(high(3) > 20);
  CHECK(low(3) == Approx(-high(3)).margin(1));
  CHECK(high(5) == 0);
  REQUIRE(track.data.size() == 3);
  for (auto const& data : track.data) {
    CHECK(data.sha256.size() == 64);
    CHECK(data.bytes == static_cast<std::int64_t>(story.files.at(track.name + "/" + data.name).size()));
  }
  CHECK(media::poster_of(story.package) == "a128/cover.jpg");
  CHECK(story.files.at("a128/cover.jpg").starts_with("\xff\xd8\xff"));
}

TEST_CASE("the map of speech knows voice from pauses, also over noise") {
  Folder folder;
  auto const story = make_sound(folder, babble(0.05, 0, 20, "2"));
  auto const clean = speech_of(story).seconds;
  REQUIRE(clean.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(clean[i].first == Approx(5.0 * static_cast<double>(i)).margin(0.08));
    CHECK(clean[i].second == Approx(5.0 * static_cast<double>(i) + 4).margin(0.12));
  }
  auto const noisy = make_sound(folder, babble(0.05, 0, 20, "1") + " -f lavfi -i anoisesrc=d=20:c=brown:a=0.1:r=48000:seed=2 -filter_complex amix=inputs=2:normalize=0");
  CHECK(speech_of(noisy).seconds.size() == 4);
}

TEST_CASE("speech is found by levels relative to the story's own noise") {
  using media::milliseconds;
  std::vector<float> levels(500, -60.0F);
  std::fill(levels.begin() + 50, levels.begin() + 100, -20.0F);
  std::fill(levels.begin() + 110, levels.begin() + 150, -22.0F);  // after a pause of 0.2 s: the same span
  std::fill(levels.begin() + 300, levels.begin() + 304, -20.0F);  // a click
  std::fill(levels.begin() + 400, levels.begin() + 450, -24.0F);
  CHECK(transcode::find_speech(levels, milliseconds(20)) == std::vector<media::SpeechSpan>{{milliseconds(1000), milliseconds(3000)}, {milliseconds(8000), milliseconds(9000)}});
  CHECK(transcode::find_speech({}, milliseconds(20)).empty());
  CHECK(transcode::find_speech(std::vector<float>(500, -90.0F), milliseconds(20)).empty());
  CHECK(transcode::find_speech(std::vector<float>(500, -20.0F), milliseconds(20)).size() == 1); // without a pause
}

TEST_CASE("a film of two languages and a commentary keeps all, the film's own first") {
  Folder folder;
  auto const file = make(folder, "languages.mkv",
                         "-f lavfi -i testsrc2=s=320x240:r=25:d=7 -f lavfi -i sine=300:d=7 -f lavfi -i sine=600:d=7 -f lavfi -i sine=900:d=7 "
                         "-map 1 -map 0 -map 2 -map 3 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -ac:a:0 2 -ac:a:1 1 -ac:a:2 1 "
                         "-metadata:s:a:0 language=eng -metadata:s:a:0 title='Ohjaajan \"kommentit\"' -disposition:a:0 comment "
                         "-metadata:s:a:1 language=fin -disposition:a:1 default -metadata:s:a:2 language=swe -disposition:a:2 0");
  auto const story = test::make_story(file);
  REQUIRE(!story.failure);
  test::check_playable(story);
  auto const& audio = story.package.audio;
  REQUIRE(audio.size() == 3);
  CHECK(audio[0].language == "fi");
  CHECK(audio[0].name == "a96");
  CHECK(audio[1].language == "sv");
  CHECK(audio[1].name == "a96-2");
  CHECK(audio[2].role == media::SoundRole::commentary);
  CHECK(audio[2].label == "Ohjaajan kommentit");
  CHECK(audio[2].channels == 2);
  std::array<double, 3> const tones{600, 900, 300};
  for (std::size_t i = 0; i < 3; ++i) {
    auto const sound = test::play_sound(story, audio[i]);
    int crossings = 0;
    for (std::size_t n = 48000; n < 3 * 48000; ++n) crossings += sound.samples.at(n - 1) < 0 && sound.samples[n] >= 0;
    CHECK(crossings == Approx(2 * tones[i]).margin(3));
  }
  auto const playlist = media::multivariant_playlist(story.package);
  CHECK(playlist.find("NAME=\"suomi\",LANGUAGE=\"fi\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"1\",URI=\"a96/index.m3u8\"") != std::string::npos);
  CHECK(playlist.find("NAME=\"svenska\",LANGUAGE=\"sv\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"1\",URI=\"a96-2/index.m3u8\"") != std::string::npos);
  CHECK(playlist.find("NAME=\"Ohjaajan kommentit\",LANGUAGE=\"en\",DEFAULT=NO,AUTOSELECT=NO,CHANNELS=\"2\",URI=\"a128-3/index.m3u8\"") != std::string::npos);
}

TEST_CASE("a child that lies about its sound is stopped") {
  using namespace transcode;
  media::AudioTask const task{.source = {.codec = "aac", .stream = 0, .channels = 2, .sample_rate = 48000, .language = {}},
                              .rendition = {.name = "a128"}, .duration = media::milliseconds(1000), .grid = {}};
  auto const says = [&](MessageKind kind, std::string payload) {
    ResultBuilder builder(task);
    MessageHead head;
    head.kind = kind;
    return builder.take(head, std::move(payload));
  };
  CHECK(says(MessageKind::peaks, std::string(100, 'x'))->name == "a128/peaks.dat");
  CHECK_THROWS(says(MessageKind::peaks, std::string(99, 'x')));
  CHECK_THROWS(says(MessageKind::peaks, std::string(102, 'x')));
  CHECK(says(MessageKind::speech, "[[0,400],[500,1000]]")->bytes == R"({"spans":[[0,400],[500,1000]],"version":1})");
  for (auto const* wrong : {"[[0,1001]]", "[[-1,5]]", "[[5,5]]", "[[500,600],[100,200]]", "[[0,400],[400,500]]", "{}", "[[1]]", "[[0,1,2]]"}) CHECK_THROWS(says(MessageKind::speech, wrong));
  CHECK(!says(MessageKind::loudness, R"({"integrated":-20.5,"range":3,"true_peak":-1,"gain":4.5})"));
  for (auto const* wrong : {R"({"integrated":-99,"range":3,"true_peak":-1,"gain":4.5})", R"({"integrated":-20,"range":3,"true_peak":-1})",
                            R"({"integrated":-20,"range":3,"true_peak":1e9,"gain":0})", R"({"integrated":"x","range":3,"true_peak":1,"gain":0})"})
    CHECK_THROWS(says(MessageKind::loudness, wrong));
  CHECK_THROWS(says(MessageKind::cover, "<svg>"));
  auto with_picture = task;
  with_picture.grid = {.frame_rate = {25, 1}, .frames_per_gop = 50, .frames = 25};
  ResultBuilder builder(with_picture);
  MessageHead head;
  head.kind = MessageKind::cover;
  CHECK_THROWS(builder.take(head, "\xff\xd8\xff"));
}
