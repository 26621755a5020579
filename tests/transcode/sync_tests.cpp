// Picture and sound together, as a player shows them: films with a white flash and a beep at the same instants, from the first
// half second to the last, through the boxed tasks; the ffmpeg command plays the HLS, and flash and beep must be one event.
#include "media/hls.hpp"
#include "tests/transcode/story.hpp"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <memory>
#include <unistd.h>

using namespace tarina;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("tarina-sync-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

std::string say(std::string const& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> const pipe(::popen(command.c_str(), "r"), &::pclose);
  std::string text;
  char buffer[16 << 10];
  while (auto const count = std::fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, count);
  return text;
}

/// A film as a recipe for ffmpeg. The flash starts with these pictures, counted before anything is dropped or cut.
struct Film {
  std::string name;
  int num = 25, den = 1;                   // pictures a second
  std::vector<int> flashes;
  std::string times = {};                  // of picture N, in seconds; empty: N/rate
  std::string select = "1";                // which pictures are kept
  std::string sound = "aresample=48000";   // what happens to the sound
  std::string encode = "-c:v libx264 -g 60 -pix_fmt yuv420p -c:a aac";
  std::string cut = {};                    // options before a copy of the film
  std::string file = "film.mp4";
  double (*time_of)(int) = nullptr;        // the same as `times`
};

constexpr int length = 31; // seconds: six segments

fs::path make(Film const& film, fs::path const& folder) {
  std::string white = "0", loud = "0";
  for (int n : film.flashes) {
    auto const at = film.time_of != nullptr ? film.time_of(n) : static_cast<double>(n) * film.den / film.num;
    white += fmt::format("+between(n\\,{}\\,{})", n, n + 3);
    loud += fmt::format("+between(t\\,{:.6f}\\,{:.6f})", at, at + 0.1);
  }
  auto const picture = fmt::format("color=black:s=160x120:r={}/{}:d={},drawbox=c=white:t=fill:enable='{}',{}select='{}'", film.num, film.den, length, white,
                                   film.times.empty() ? "" : "settb=1/90000,setpts='" + film.times + "/TB',", film.select);
  auto const sound = fmt::format("aevalsrc='0.5*sin(2*PI*1000*t)*({})':s=48000:d={},{}", loud, length, film.sound);
  auto const made = folder / ("whole-" + film.file), path = folder / film.file;
  auto const command = fmt::format("ffmpeg -nostdin -v error -y -copyts -f lavfi -i \"{}\" -f lavfi -i \"{}\" -vsync passthrough -enc_time_base:v 1:90000 {} {} 2>&1", picture, sound, film.encode, made.string());
  auto words = say(command);
  if (!film.cut.empty()) words += say(fmt::format("ffmpeg -nostdin -v error -y {} -i {} -map 0 -c copy {} 2>&1", film.cut, made.string(), path.string()));
  INFO(words);
  auto const& last = film.cut.empty() ? made : path;
  REQUIRE(fs::exists(last));
  return last;
}

/// Writes a finished story as a package, and gives its playlist.
fs::path publish(test::Story const& story, fs::path const& folder) {
  test::write_files(story, folder);
  for (auto const* tracks : {&story.package.video, &story.package.audio}) {
    for (auto const& track : *tracks) std::ofstream(folder / track.name / "index.m3u8") << media::media_playlist(track);
  }
  std::ofstream(folder / "main.m3u8") << media::multivariant_playlist(story.package);
  return folder / "main.m3u8";
}

/// Times at which a measured value, printed by ffmpeg's metadata filters, rises above a threshold.
std::vector<double> find_rises(std::string const& printed, std::string const& key, double threshold) {
  std::vector<double> rises;
  double time = 0;
  bool above = false;
  for (std::size_t at = 0; at < printed.size();) {
    auto const end = std::min(printed.find('\n', at), printed.size());
    auto const line = printed.substr(at, end - at);
    at = end + 1;
    if (auto const stamp = line.find("pts_time:"); stamp != std::string::npos) time = std::strtod(line.c_str() + stamp + 9, nullptr);
    if (!line.starts_with(key + "=")) continue;
    auto const value = std::strtod(line.c_str() + key.size() + 1, nullptr);
    bool const now = value > threshold; // silence is "-inf"
    if (now && !above) rises.push_back(time);
    above = now;
  }
  return rises;
}

double phone_time(int n) { return (n + 0.4 * std::sin(0.7 * n)) / 30; }

std::vector<Film> films() {
  std::string const x264 = "-c:v libx264 -g 60 -pix_fmt yuv420p ";
  return {
      {.name = "25 a second", .flashes = {12, 25, 375, 762}},
      {.name = "29.97 a second, sound at 44.1 kHz", .num = 30000, .den = 1001, .flashes = {15, 30, 450, 914}, .sound = "aresample=44100"},
      {.name = "23.976 a second in Matroska, whose times are rounded", .num = 24000, .den = 1001, .flashes = {12, 24, 360, 731}, .file = "film.mkv"},
      {.name = "59.94 a second in MPEG-TS, which begins late", .num = 60000, .den = 1001, .flashes = {30, 60, 900, 1828}, .encode = x264 + "-c:a aac", .file = "film.ts"},
      {.name = "a phone's wavering rate", .num = 30, .flashes = {15, 30, 451, 916}, .times = "(N+0.4*sin(0.7*N))/30", .sound = "aresample=44100", .time_of = phone_time},
      {.name = "a rate that falls to a few pictures a second", .num = 30, .flashes = {15, 30, 451, 916},
       .select = "gte(mod(n\\,120)\\,60)+not(mod(n\\,5))+eq(n\\,451)+eq(n\\,916)", .encode = x264 + "-c:a aac"},
      {.name = "sound that begins late", .flashes = {25, 375, 762}, .sound = "atrim=start=0.37"},
      {.name = "picture that begins late", .flashes = {25, 375, 762}, .select = "gte(n\\,8)"},
      {.name = "cut with an edit list", .num = 30, .flashes = {15, 45, 450, 916}, .cut = "-ss 0.9"},
      {.name = "cut with an edit list, wavering, in QuickTime", .num = 30, .flashes = {15, 45, 451, 916}, .times = "(N+0.4*sin(0.7*N))/30",
       .encode = x264 + "-c:a aac -video_track_timescale 600", .cut = "-ss 0.9", .file = "film.mov", .time_of = phone_time},
      {.name = "Opus and VP8 at 50 a second", .num = 50, .flashes = {25, 50, 750, 1525}, .encode = "-c:v libvpx -deadline realtime -b:v 200k -c:a libopus", .file = "film.webm"},
  };
}

} // namespace

TEST_CASE("flash and beep are one event in the stream, at the start and at the end", "[sync]") {
  Folder const folder;
  for (auto const& film : films()) {
    auto const here = folder.path / "film";
    fs::create_directories(here);
    INFO(film.name);
    auto const story = test::make_story(make(film, here));
    INFO((story.failure ? story.failure->key + ": " + story.failure->detail : ""));
    REQUIRE(!story.failure);
    auto const playlist = publish(story, here / "package").string();
    auto const pictures = say("ffmpeg -nostdin -v error -i " + playlist + " -map v:0 -vf signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=- -f null - 2>&1");
    auto const sounds = say("ffmpeg -nostdin -v error -i " + playlist + " -map a:0 -af asetnsamples=n=48,astats=metadata=1:reset=1,ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=- -f null - 2>&1");
    auto const flashes = find_rises(pictures, "lavfi.signalstats.YAVG", 125), beeps = find_rises(sounds, "lavfi.astats.Overall.RMS_level", -20);
    INFO(fmt::format("flashes {}, beeps {}", fmt::join(flashes, " "), fmt::join(beeps, " ")));
    auto const expected = film.flashes.size() - (film.cut.empty() ? 0 : 1); // the first one was cut off
    CHECK(flashes.size() == expected);
    REQUIRE(beeps.size() == flashes.size());
    double worst = 0;
    for (std::size_t i = 0; i < beeps.size(); ++i) worst = std::max(worst, std::abs(flashes[i] - beeps[i]));
    CHECK(worst <= 0.020);
    CHECK(flashes.front() < 1.1);
    CHECK(flashes.back() > static_cast<double>(story.facts.duration.count()) / 1000 - 1);
    WARN(fmt::format("{}: at most {:.1f} ms apart", film.name, worst * 1000));
    fs::remove_all(here);
  }
}
