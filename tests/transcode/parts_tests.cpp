// The pure parts: orientation, timing, the grid, what a child may say.
#include "transcode/frame_grid.hpp"
#include "transcode/http_connection.hpp"
#include "transcode/orientation.hpp"
#include "transcode/result_builder.hpp"
#include "transcode/segmenter.hpp"
#include "transcode/timing.hpp"
#include <array>
#include <cmath>

using namespace tarina;
using namespace tarina::transcode;

namespace {

constexpr std::int32_t one = 1 << 16;

Orientation orient(std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) {
  std::array<std::int32_t, 9> const matrix{a, b, 0, c, d, 0, 0, 0, 1 << 30};
  return read_orientation(matrix.data());
}

StreamTiming times_every(double interval_us, int count, std::int64_t round_to = 1) {
  StreamTiming timing;
  for (int i = 0; i < count; ++i) timing.add(std::llround(i * interval_us / static_cast<double>(round_to)) * round_to, std::llround(interval_us), true);
  timing.settle();
  return timing;
}

media::VideoTask small_task() {
  media::VideoTask task;
  task.source.frame_rate = {25, 1};
  task.grid = {.frame_rate = {25, 1}, .frames_per_gop = 50, .frames = 200};
  task.first_segment = 0;
  task.segment_count = 2;
  task.renditions = {{.name = "v360", .width = 640, .height = 360}};
  return task;
}

MessageHead head(MessageKind kind, std::int64_t number = 0, std::int64_t start = 0, std::int64_t duration = 0) {
  MessageHead h;
  h.kind = kind;
  h.number = number;
  h.start = start;
  h.duration = duration;
  return h;
}

} // namespace

TEST_CASE("a display matrix is read as a quarter turn and a mirror") {
  CHECK(orient(one, 0, 0, one).rotation == 0);
  CHECK(orient(0, one, -one, 0).rotation == 90); // a phone held upright
  CHECK(orient(-one, 0, 0, -one).rotation == 180);
  CHECK(orient(0, -one, one, 0).rotation == 270);
  CHECK(!orient(0, one, -one, 0).mirrored);
  auto const mirrored = orient(-one, 0, 0, one);
  CHECK(mirrored.mirrored);
  CHECK(mirrored.rotation == 0);
  auto const upside_down = orient(one, 0, 0, -one); // mirrored top to bottom
  CHECK(upside_down.mirrored);
  CHECK(upside_down.rotation == 180);
}

TEST_CASE("a display matrix without sense means upright") {
  CHECK(read_orientation(nullptr).rotation == 0);
  CHECK(orient(0, 0, 0, 0).rotation == 0); // where libav's own reading is INT64_MIN degrees
  CHECK(orient(INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN).rotation == 0);
  CHECK(orient(one, 3000, -3000, one).rotation == 0); // a little crooked
}

TEST_CASE("constant rates are recognised through rounded times") {
  auto rate = [](double fps, std::int64_t round_to) { return choose_frame_rate(times_every(1e6 / fps, 300, round_to), {}, false); };
  CHECK(rate(25, 1) == media::Fraction{25, 1});
  CHECK(rate(30000 / 1001.0, 1000) == media::Fraction{30000, 1001});
  CHECK(rate(30, 1000) == media::Fraction{30, 1});
  CHECK(rate(60000 / 1001.0, 1000) == media::Fraction{60000, 1001});
  CHECK(rate(24000 / 1001.0, 1) == media::Fraction{24000, 1001});
}

TEST_CASE("too fast and too slow rates become usable multiples") {
  CHECK(choose_frame_rate(times_every(1e6 / 120, 300), {}, false) == media::Fraction{60, 1});
  CHECK(choose_frame_rate(times_every(1e6 / 240, 300), {}, false) == media::Fraction{60, 1});
  CHECK(choose_frame_rate(times_every(1e6, 10), {}, false) == media::Fraction{10, 1});
  CHECK(choose_frame_rate(times_every(7200e6, 2), {}, false) == media::Fraction{10, 1}); // slides
  CHECK(choose_frame_rate(times_every(1e6 / 50, 300), {}, true) == media::Fraction{25, 1}); // fields
  CHECK(choose_frame_rate(times_every(1e6 / 25, 1), {}, false) == media::Fraction{25, 1});  // a single picture
}

TEST_CASE("variable rates get the usual rate that keeps their motion") {
  StreamTiming timing;
  std::int64_t time = 0;
  for (int i = 0; i < 200; ++i) timing.add(time += i % 3 == 0 ? 100'000 : 40'000 + i % 7 * 9'000, 0, true);
  timing.settle();
  auto const rate = choose_frame_rate(timing, {600, 1}, false); // what the header claims does not count
  CHECK(rate == media::Fraction{25, 1});
}

TEST_CASE("a last picture of hours is a lie of the header") {
  StreamTiming timing;
  for (int i = 0; i < 30; ++i) timing.add(i * 33'333, i == 29 ? 143'165'000'000 : 33'333, true);
  timing.settle();
  CHECK(timing.end_us == Approx(1'000'000).margin(1000));
}

TEST_CASE("story time 0 keeps constant pictures on the grid") {
  media::Fraction const rate{25, 1};
  CHECK(find_start(0, 500'000, rate) == 0);            // picture first
  CHECK(find_start(1'000'000, 0, rate) == 0);          // a second of sound before it
  CHECK(find_start(1'010'000, 0, rate) == 10'000);     // moved, so that the picture is on a grid point
  CHECK(find_start(1'480'000, 1'456'778, rate) == 1'480'000); // priming is cut
  for (std::int64_t lead : {7'000, 39'000, 61'000, 333'333}) {
    auto const start = find_start(lead, 0, rate);
    CHECK((lead - start) % 40'000 == 0);
    CHECK(std::abs(start) <= 30'000);
  }
}

TEST_CASE("the grid does not drift in a long story") {
  media::Fraction const rate{30000, 1001};
  for (std::int64_t n : {0LL, 1LL, 29LL, 107'892LL, 431'568LL}) {
    CHECK(nearest_frame(std::llround(static_cast<double>(n) * 1001 / 30000 * 1e6), rate) == n);
  }
}

TEST_CASE("every rate has whole ticks a frame") {
  for (auto rate : {media::Fraction{25, 1}, media::Fraction{30000, 1001}, media::Fraction{2500, 83}, media::Fraction{10, 1}, media::Fraction{60, 1}}) {
    CHECK(timescale_for(rate) % rate.num == 0);
    CHECK(timescale_for(rate) >= 10'000);
  }
}

TEST_CASE("outputs are named by the parent and must come in order") {
  ResultBuilder builder(small_task());
  CHECK(!builder.take(head(MessageKind::track), R"({"codecs":"avc1.64001e","timescale":12800})"));
  CHECK(builder.take(head(MessageKind::init), "init")->name == "v360/init.mp4");
  CHECK(builder.take(head(MessageKind::segment, 0, 0, 76'800), "a")->name == "v360/00001.m4s");
  CHECK(builder.take(head(MessageKind::segment, 1, 76'800, 25'600), "b")->name == "v360/00002.m4s");
  builder.take(head(MessageKind::done), "");
  REQUIRE(builder.ended());
  auto const& made = std::get<std::vector<media::Track>>(**builder.ended());
  CHECK(made.at(0).segments.at(1).start == 76'800);
}

TEST_CASE("a child that lies about its outputs is stopped") {
  auto begun = [] {
    ResultBuilder builder(small_task());
    builder.take(head(MessageKind::track), R"({"codecs":"avc1.64001e","timescale":12800})");
    builder.take(head(MessageKind::init), "init");
    return builder;
  };
  CHECK_THROWS(begun().take(head(MessageKind::segment, 1, 0, 76'800), "a"));   // not the first
  CHECK_THROWS(begun().take(head(MessageKind::segment, 0, 0, 0), "a"));        // lasts no time
  CHECK_THROWS(begun().take(head(MessageKind::segment, 0, -1, 76'800), "a"));  // before the beginning
  CHECK_THROWS(begun().take(head(MessageKind::init), "another"));
  CHECK_THROWS(begun().take(head(MessageKind::done), ""));                     // segments are missing
  CHECK_THROWS(begun().take(head(MessageKind::poster), "\xff\xd8\xff"));       // was not asked for
  CHECK_THROWS(begun().take(head(MessageKind::facts), "{}"));
  CHECK_THROWS(begun().take(head(static_cast<MessageKind>(99)), ""));
  auto other = head(MessageKind::segment, 0, 0, 76'800);
  other.track = 7;
  CHECK_THROWS(begun().take(other, "a"));
  ResultBuilder builder(small_task());
  CHECK_THROWS(builder.take(head(MessageKind::track), R"({"codecs":"avc1\"\n#EXT","timescale":12800})"));
  CHECK_THROWS(builder.take(head(MessageKind::track), R"({"codecs":"avc1.64001e","timescale":1})"));
}

TEST_CASE("facts from a child are bounded") {
  media::SourceFacts facts;
  facts.container = "mov";
  facts.duration = media::milliseconds(1000);
  facts.video = media::VideoFacts{.codec = "h264", .coded_width = 640, .coded_height = 360, .width = 640, .height = 360, .frame_rate = {25, 1}};
  auto accepts = [](media::SourceFacts const& f) {
    ResultBuilder builder(media::ProbeTask{});
    try {
      builder.take(head(MessageKind::facts), nlohmann::json(f).dump());
      return true;
    } catch (std::exception const&) {
      return false;
    }
  };
  CHECK(accepts(facts));
  auto wrong = facts;
  wrong.video->coded_width = 1 << 30;
  CHECK(!accepts(wrong));
  wrong = facts;
  wrong.video->frame_rate = {1000, 1};
  CHECK(!accepts(wrong));
  wrong = facts;
  wrong.video->rotation = 45;
  CHECK(!accepts(wrong));
  wrong = facts;
  wrong.duration = std::chrono::hours(5);
  CHECK(!accepts(wrong));
}

TEST_CASE("a server's address is understood or refused in words") {
  auto const plain = parse_server_address("http://localhost:8080/");
  CHECK(plain.host == "localhost");
  CHECK(plain.port == "8080");
  CHECK(plain.base.empty());
  auto const tls = parse_server_address("https://stories.example.fi/tarina/");
  CHECK(tls.tls);
  CHECK(tls.port == "443");
  CHECK(tls.base == "/tarina");
  CHECK_THROWS_AS(parse_server_address("localhost:8080"), std::invalid_argument);
  CHECK_THROWS_AS(parse_server_address("ftp://x"), std::invalid_argument);
}

TEST_CASE("languages of containers become those of the web") {
  CHECK(language_tag("fin") == "fi");
  CHECK(language_tag("swe") == "sv");
  CHECK(language_tag("sme") == "sme");
  CHECK(language_tag("").empty());
}
