// Where a shot begins: the detector on drawn pictures, and a film with known cuts through boxed tasks.
#include "media/tasks.hpp"
#include "tests/transcode/story.hpp"
#include "transcode/result_builder.hpp"
#include "transcode/shot_changes.hpp"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>

using namespace tarina;
using namespace tarina::transcode;

namespace {

constexpr int width = 320, height = 180;

/// Levels of luma by place; chroma is grey.
using Drawing = std::function<double(int x, int y)>;

ShotView draw(Drawing const& luma, int w = width, int h = height) {
  auto frame = make_frame();
  frame->format = AV_PIX_FMT_YUV420P, frame->width = w, frame->height = h;
  check_av(av_frame_get_buffer(frame.get(), 0), "a picture");
  for (int plane = 1; plane < 3; ++plane) std::memset(frame->data[plane], 128, static_cast<std::size_t>(frame->linesize[plane]) * static_cast<std::size_t>((h + 1) / 2));
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) frame->data[0][y * frame->linesize[0] + x] = static_cast<unsigned char>(std::clamp(luma(x, y), 16.0, 235.0));
  return ShotView::of(*frame);
}

/// Two rooms of much the same brightness.
double kitchen(double x, double y) { return 120 + 60 * std::sin(x / 23) + 30 * std::cos(y / 17); }
double workshop(double x, double y) { return 115 + 55 * std::sin(y / 31 + 2) - 40 * std::cos(x / 57); }
double black(double, double) { return 16; }

/// Of a story of `frames` in which grid frame n looks as `view` says.
std::vector<std::int64_t> find_shots(int frames, std::function<ShotView(int n)> const& view, media::Fraction rate = {25, 1}) {
  ShotChanges shots({.frame_rate = rate, .frames_per_gop = 50, .frames = frames}, 0, frames);
  for (int n = 0; n < frames; ++n) shots.add(n, view(n));
  return shots.finish();
}

using Found = std::vector<std::int64_t>;

std::vector<std::int64_t> times(std::vector<media::milliseconds> const& shots) {
  std::vector<std::int64_t> list;
  for (auto const shot : shots) list.push_back(shot.count());
  return list;
}

MessageHead shots_message() {
  MessageHead head;
  head.kind = MessageKind::shots;
  return head;
}

} // namespace

TEST_CASE("a hard cut is found at its very picture, at every rate") {
  auto const a = draw(kitchen), b = draw(workshop);
  for (auto const rate : {media::Fraction{10, 1}, {24000, 1001}, {25, 1}, {30, 1}, {50, 1}, {60, 1}}) {
    INFO(rate.num << "/" << rate.den);
    CHECK(find_shots(100, [&](int n) { return n < 40 ? a : b; }, rate) == Found{40});
    CHECK(find_shots(100, [&](int n) { return n < 40 || n >= 80 ? a : b; }, rate) == Found{40, 80});
  }
  CHECK(find_shots(100, [&](int n) { return n < 1 ? a : b; }) == Found{1});
  CHECK(find_shots(100, [&](int n) { return n < 99 ? a : b; }) == Found{99});
  CHECK(find_shots(100, [&](int) { return a; }).empty());
  CHECK(find_shots(1, [&](int) { return a; }).empty());
  CHECK(find_shots(0, [&](int) { return a; }).empty());
}

TEST_CASE("a cut is found in motion and in noise, and neither is taken for one") {
  std::mt19937 random(1);
  std::normal_distribution<double> noise(0, 14);
  auto const dark_room = [&](int n) { return draw([&, n](int x, int y) { return (n < 60 ? kitchen(x, y) : workshop(x, y)) * 0.5 + noise(random); }); };
  CHECK(find_shots(100, dark_room) == Found{60});
  for (double const speed : {3.0, 12.0, 40.0}) { // pixels a picture; the last is an eighth of the width
    INFO(speed);
    auto const pan = [&](int n) { return draw([&, n](int x, int y) { return n < 10 ? kitchen(x, y) : kitchen(x + (n - 10) * speed, y); }); };
    CHECK(find_shots(60, pan).empty());
    auto const cut = [&](int n) { return draw([&, n](int x, int y) { return n < 33 ? kitchen(x + n * speed / 4, y) : workshop(x - n * speed / 4, y); }); };
    CHECK(find_shots(60, cut) == Found{33});
  }
}

TEST_CASE("flashes, fades and dissolves are no cuts") {
  auto const a = draw(kitchen), b = draw(workshop), white = draw([](int, int) { return 235; });
  for (int const length : {1, 2, 3}) {
    INFO(length);
    CHECK(find_shots(100, [&](int n) { return n >= 50 && n < 50 + length ? white : a; }).empty());
  }
  // The price: a flash of several pictures hides the cut under it, for neither of its two steps stands alone.
  CHECK(find_shots(100, [&](int n) { return n < 50 ? a : n < 52 ? white : b; }).empty());
  for (int const length : {8, 12, 50}) {
    INFO(length);
    auto const mixed = [&](auto const& from, auto const& to) {
      return [=](int n) {
        double const share = std::clamp((n - 20.0) / length, 0.0, 1.0);
        return draw([=](int x, int y) { return from(x, y) * (1 - share) + to(x, y) * share; });
      };
    };
    CHECK(find_shots(100, mixed(kitchen, workshop)).empty());
    CHECK(find_shots(100, mixed(kitchen, black)).empty());
    CHECK(find_shots(100, mixed(black, kitchen)).empty());
  }
}

TEST_CASE("a black opening begins no shot, the picture after it does") {
  auto const a = draw(kitchen), night = draw(black);
  CHECK(find_shots(100, [&](int n) { return n < 30 ? night : a; }) == Found{30});
  CHECK(find_shots(100, [&](int) { return night; }).empty());
}

TEST_CASE("a cut blurred over two pictures is one, and pictures shown twice are no rhythm of cuts") {
  auto const a = draw(kitchen), b = draw(workshop), both = draw([](int x, int y) { return (kitchen(x, y) + workshop(x, y)) / 2; });
  auto const blurred = find_shots(100, [&](int n) { return n < 50 ? a : n == 50 ? both : b; });
  REQUIRE(blurred.size() == 1);
  CHECK((blurred[0] == 50 || blurred[0] == 51));
  // Ten pictures a second in a container of thirty, while somebody walks by.
  CHECK(find_shots(90, [](int n) { return draw([=](int x, int y) { return kitchen(x + n / 3 * 18, y); }); }, {30, 1}).empty());
}

TEST_CASE("pictures of any size and shape are looked at") {
  for (auto const& [w, h] : {std::pair(2, 2), {10, 6}, {202, 360}, {360, 640}, {641, 359}, {1920, 1080}}) {
    INFO(w << "x" << h);
    auto const dark = draw([](int, int) { return 40; }, w, h), light = draw([](int, int) { return 200; }, w, h);
    CHECK(dark.distance(dark) == 0);
    CHECK(dark.distance(light) == Approx(320).margin(5));
    CHECK(find_shots(50, [&](int n) { return n < 20 ? dark : light; }) == Found{20});
  }
}

TEST_CASE("however a story is cut into parts, each shot is found once") {
  // A new shot every few pictures, some too short to be one, and pictures that are not all their own.
  std::mt19937 random(7);
  int const frames = 600;
  for (auto const rate : {media::Fraction{10, 1}, {12, 1}, {25, 1}, {30000, 1001}, {60, 1}}) {
    INFO(rate.num << "/" << rate.den);
    std::vector<ShotView> views;
    for (int n = 0, shot = 0, next = 20; n < frames; ++n) {
      if (n == next) ++shot, next += 1 + static_cast<int>(random() % 40);
      bool const same = !views.empty() && random() % 4 == 0;
      views.push_back(same ? views.back() : draw([&](int x, int y) { return 120 + 80 * std::sin((x + n) / (11.0 + 7 * (shot % 9))) * std::cos(y / (9.0 + 5 * (shot % 7))); }));
    }
    media::Grid const grid{.frame_rate = rate, .frames_per_gop = 20, .frames = frames};
    auto const part = [&](std::int64_t first, std::int64_t end) {
      ShotChanges shots(grid, first, end);
      auto const from = shots.looks_from();
      CHECK((first - from) * rate.den * 2 <= rate.num); // half a second is decoded before a part
      for (auto n = from; n < end; ++n) {
        auto const& view = views[static_cast<std::size_t>(n)];
        if (n == from || view.distance(views[static_cast<std::size_t>(n - 1)]) > 0) shots.add(n, view);
      }
      return shots.finish();
    };
    auto const at_once = part(0, frames);
    CHECK(at_once.size() > 5);
    for (int segments : {1, 2, 5}) {
      Found apart;
      for (int s = 0; s < grid.segments(); s += segments) {
        auto const found = part(grid.segment_start(s), std::min(grid.frames, grid.segment_start(s + segments)));
        apart.insert(apart.end(), found.begin(), found.end());
      }
      CHECK(apart == at_once);
    }
  }
}

TEST_CASE("the shots of a film are those it was made of, however it is cut into chunks") {
  std::vector<std::int64_t> const cuts{2000, 4800, 7920, 14'000, 16'000}; // tests/fixtures/video/make
  for (int const chunk : {1, 2, 100}) {
    INFO(chunk);
    auto const story = test::make_story(test::fixture("shots.mp4"), chunk);
    REQUIRE(!story.failure);
    CHECK(times(media::shots_of(story.package)) == cuts);
    REQUIRE(story.package.video.at(0).segments.size() == 4);
    CHECK(story.package.video[0].segments.back().start + story.package.video[0].segments.back().duration == 430LL * story.package.video[0].timescale / 25);
  }
}

TEST_CASE("chunks find the same shots where the container cannot seek") {
  auto const apart = test::make_story(test::fixture("counted.ts"), 1);
  auto const at_once = test::make_story(test::fixture("counted.ts"), 100);
  REQUIRE(!apart.failure);
  REQUIRE(!at_once.failure);
  CHECK(times(media::shots_of(apart.package)) == times(media::shots_of(at_once.package)));
}

TEST_CASE("tasks of the codecs beside H.264 do not look for shots") {
  auto task = test::whole_film(test::fixture("shots.mp4"));
  task.renditions.resize(1);
  task.segment_count = 2;
  task.renditions[0].codec = media::VideoCodec::hevc;
  task.renditions[0].crf = 35;
  auto const made = test::run_task(task, test::fixture("shots.mp4"));
  REQUIRE(made.has_value());
  CHECK(std::get<std::vector<media::Track>>(*made).at(0).shots.empty());
}

TEST_CASE("a child that lies about its shots is stopped") {
  media::VideoTask task;
  task.grid = {.frame_rate = {25, 1}, .frames_per_gop = 50, .frames = 420};
  task.first_segment = 1; // frames 50 to 199; the three before are left to it
  task.segment_count = 1;
  task.renditions = {{.name = "v720", .width = 1280, .height = 720}, {.name = "v360", .width = 640, .height = 360}};
  auto const says = [&](std::string payload) {
    ResultBuilder builder(task);
    builder.take(shots_message(), std::move(payload));
    CHECK(builder.tracks()[0].shots.empty());
    return times(builder.tracks()[1].shots);
  };
  CHECK(says("[]").empty());
  CHECK(says("[47,50,199]") == std::vector<std::int64_t>{1880, 2000, 7960});
  for (auto const* wrong : {"[46]", "[200]", "[-1]", "[60,60]", "[70,60]", "[9223372036854775807]", "[1e300]", "[\"60\"]", "[[60]]", "{}", "null", "60", "[60", ""}) {
    INFO(wrong);
    CHECK_THROWS(says(wrong));
  }
  task.first_segment = 0;
  CHECK_THROWS(says("[0]"));
  ResultBuilder builder(task);
  builder.take(shots_message(), "[40]");
  CHECK_THROWS(builder.take(shots_message(), "[40]"));
  task.renditions.pop_back();
  task.renditions[0].codec = media::VideoCodec::av1;
  CHECK_THROWS(ResultBuilder(task).take(shots_message(), "[60]"));
  CHECK_THROWS(ResultBuilder(media::ProbeTask{}).take(shots_message(), "[]"));
  CHECK_THROWS(ResultBuilder(media::RemuxTask{}).take(shots_message(), "[]"));
}
