#include "tests/media/temp_folder.hpp"
#include "tests/transcode/playback.hpp"
#include "transcode/poster_choice.hpp"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

using namespace tarina;
using namespace tarina::transcode;

namespace {

void run_ffmpeg(std::string const& arguments) {
  auto const command = "ffmpeg -hide_banner -v error -y " + arguments;
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

Frame decode_jpeg(std::string const& bytes) {
  CodecContext codec(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_MJPEG)));
  check_av(avcodec_open2(codec.get(), nullptr, nullptr), "JPEG decoder");
  auto packet = make_packet();
  check_av(av_new_packet(packet.get(), static_cast<int>(bytes.size())), "packet");
  std::copy(bytes.begin(), bytes.end(), packet->data);
  check_av(avcodec_send_packet(codec.get(), packet.get()), "JPEG");
  auto frame = make_frame();
  check_av(avcodec_receive_frame(codec.get(), frame.get()), "JPEG");
  return frame;
}

} // namespace

TEST_CASE("poster candidates are sharp, lit and of different scenes") {
  TempFolder const folder;
  auto const film = folder.path() / "scenes.mp4";
  // Black, three scenes that can be told apart, one of them also blurred, and burnt out white.
  run_ffmpeg("-f lavfi -i color=black:s=640x360:r=25:d=5 -f lavfi -i testsrc2=s=640x360:r=25:d=5 -f lavfi -i testsrc2=s=640x360:r=25:d=5"
             " -f lavfi -i smptehdbars=s=640x360:r=25:d=5 -f lavfi -i mandelbrot=s=640x360:r=25 -f lavfi -i color=white:s=640x360:r=25:d=5"
             " -filter_complex '[1]boxblur=20[blurred];[3]hue=h=120,noise=alls=6[bars];[4]trim=duration=5[fractal];[0][blurred][2][bars][fractal][5]concat=n=6[v]' -map '[v]'"
             " -c:v libx264 -preset ultrafast -crf 18 -pix_fmt yuv420p " + film.string());
  auto const probed = test::run_task(media::ProbeTask{}, film);
  REQUIRE(probed.has_value());
  auto const& facts = std::get<media::SourceFacts>(*probed);
  std::map<std::string, std::string> files;
  auto const ended = test::run_task(media::StillsTask{*facts.video, facts.duration}, film, &files);
  REQUIRE(ended.has_value());
  auto const posters = std::get<media::StillsResult>(*ended).posters;
  REQUIRE(posters.size() >= 3);
  REQUIRE(posters.size() <= 4);
  std::vector<PosterView> views;
  for (auto const& name : posters) {
    auto const picture = decode_jpeg(files.at("stills/" + name));
    CHECK(picture->width == 640);
    views.push_back(PosterView::of(*picture));
  }
  for (std::size_t i = 0; i < views.size(); ++i) {
    INFO(posters[i]);
    CHECK(views[i].quality > 0.3 * views[0].quality);
    for (std::size_t k = 0; k < i; ++k) CHECK(views[i].distance(views[k]) >= 2);
  }
  for (std::size_t k : {1U, 2U}) CHECK(views[k].distance(views[0]) > 12); // other scenes before other moments of one
}

TEST_CASE("a film that never changes has one poster candidate, a black one too") {
  TempFolder const folder;
  for (std::string const scene : {"color=black", "smptehdbars"}) {
    INFO(scene);
    auto const film = folder.path() / (scene + ".mp4");
    run_ffmpeg("-f lavfi -i " + scene + (scene == "color=black" ? ":" : "=") + "s=320x180:r=25:d=8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p " + film.string());
    auto const probed = test::run_task(media::ProbeTask{}, film);
    auto const& facts = std::get<media::SourceFacts>(*probed);
    auto const ended = test::run_task(media::StillsTask{*facts.video, facts.duration}, film);
    REQUIRE(ended.has_value());
    CHECK(std::get<media::StillsResult>(*ended).posters == std::vector<std::string>{"poster.jpg"});
  }
}

TEST_CASE("attached pictures become poster candidates, in MP3 and in MP4") {
  TempFolder const folder;
  auto const& at = folder.path();
  run_ffmpeg("-f lavfi -i testsrc2=s=2000x1500 -frames:v 1 " + (at / "cover.png").string());
  run_ffmpeg("-f lavfi -i testsrc2=s=400x400 -frames:v 1 " + (at / "cover.jpg").string());
  run_ffmpeg("-f lavfi -i sine=d=2 -i " + (at / "cover.png").string() + " -map 0 -map 1 -c:v copy -disposition:v attached_pic -id3v2_version 3 " + (at / "sound.mp3").string());
  run_ffmpeg("-i " + test::fixture("counted.mp4").string() + " -i " + (at / "cover.jpg").string() + " -map 0 -map 1 -c copy -disposition:v:1 attached_pic " + (at / "film.mp4").string());
  struct Case { char const* name; int width, height; };
  for (auto const& c : {Case{"sound.mp3", 1280, 960}, Case{"film.mp4", 400, 400}}) {
    INFO(c.name);
    auto const story = test::make_story(at / c.name);
    REQUIRE(!story.failure);
    REQUIRE(story.facts.covers.size() == 1);
    REQUIRE(!story.package.posters.empty());
    CHECK(story.package.posters.back() == "cover.jpg");
    CHECK(story.package.posters.front() == (story.facts.video ? "poster.jpg" : "cover.jpg"));
    auto const picture = decode_jpeg(story.files.at("stills/cover.jpg"));
    CHECK(picture->width == c.width);
    CHECK(picture->height == c.height);
    CHECK(story.facts.video.has_value() == (std::string(c.name) == "film.mp4"));
  }
}

TEST_CASE("a cover that is too large, too small or no picture at all is left out, and the sound is made") {
  TempFolder const folder;
  auto const& at = folder.path();
  struct Case { std::string name, size; };
  for (auto const& c : {Case{"large", "12000x4000"}, Case{"small", "8x8"}}) {
    INFO(c.name);
    run_ffmpeg("-f lavfi -i color=gray:s=" + c.size + " -frames:v 1 " + (at / (c.name + ".png")).string());
    run_ffmpeg("-f lavfi -i sine=d=1 -i " + (at / (c.name + ".png")).string() + " -map 0 -map 1 -c:v copy -disposition:v attached_pic " + (at / (c.name + ".mp3")).string());
    auto const story = test::make_story(at / (c.name + ".mp3"));
    REQUIRE(!story.failure);
    CHECK(story.facts.covers.size() == 1);
    CHECK(story.package.posters.empty());
    CHECK(story.package.audio.size() == 1);
  }
}
