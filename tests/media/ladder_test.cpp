#include "media/ladder.hpp"
#include "media/tasks.hpp"
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>

using namespace tarina::media;

namespace {

SourceFacts make_source(int width, int height, Fraction rate = {30, 1}, milliseconds duration = milliseconds(30'000)) {
  SourceFacts facts{.container = "mov", .duration = duration, .video = {}, .audio = {}};
  facts.video.emplace();
  facts.video->width = width;
  facts.video->height = height;
  facts.video->frame_rate = rate;
  return facts;
}

std::vector<std::string> names(SourceFacts const& facts) {
  std::vector<std::string> list;
  for (auto const& rendition : plan_ladder(facts)) list.push_back(rendition.name);
  return list;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("Full HD gets four rungs and nothing is scaled up") {
  CHECK(names(make_source(1920, 1080)) == Names{"v1080", "v720", "v480", "v360"});
  CHECK(names(make_source(3840, 2160)) == Names{"v1080", "v720", "v480", "v360"});
  CHECK(names(make_source(1280, 720)) == Names{"v720", "v480", "v360"});
  CHECK(names(make_source(640, 359)) == Names{"v358"});
  CHECK(names(make_source(10, 6)) == Names{"v6"});
}

TEST_CASE("Portrait stays portrait, named by its short side") {
  auto const ladder = plan_ladder(make_source(1080, 1920));
  REQUIRE(ladder.size() == 4);
  CHECK(ladder[0].width == 1080);
  CHECK(ladder[0].height == 1920);
  CHECK(ladder[2].width == 480);
  CHECK(ladder[2].height == 854);
  CHECK(ladder[3].name == "v360");
}

TEST_CASE("Any source gives even rungs, highest first, never larger than it, with its shape kept within a pixel") {
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    auto const width = static_cast<int>(random() % 4094) + 2;
    auto const height = static_cast<int>(random() % 4094) + 2;
    auto const ladder = plan_ladder(make_source(width, height));
    INFO(width << "x" << height);
    REQUIRE(!ladder.empty());
    int before = 1 << 20;
    for (auto const& rung : ladder) {
      INFO(rung.name << " " << rung.width << "x" << rung.height);
      REQUIRE(rung.width % 2 == 0);
      REQUIRE(rung.height % 2 == 0);
      REQUIRE(rung.width >= 2);
      REQUIRE(rung.height >= 2);
      REQUIRE(rung.width <= width);
      REQUIRE(rung.height <= height);
      auto const short_side = std::min(rung.width, rung.height);
      REQUIRE(short_side < before);
      before = short_side;
      REQUIRE(rung.name == "v" + std::to_string(short_side));
      bool const is_rung = short_side == 1080 || short_side == 720 || short_side == 480 || short_side == 360; // else the source's own size
      auto const scale = is_rung ? static_cast<double>(short_side) / std::min(width, height) : 1.0;
      REQUIRE(std::abs(rung.width - width * scale) <= 1.0 + 1e-9);
      REQUIRE(std::abs(rung.height - height * scale) <= 1.0 + 1e-9);
      REQUIRE(rung.crf == (&rung == &ladder.front() ? 21.5 : 23));
      REQUIRE(rung.maxrate_kbps >= 100);
      REQUIRE(rung.bufsize_kbps == 2 * rung.maxrate_kbps);
    }
  }
}

TEST_CASE("Fast frames get half as many bits again") {
  CHECK(plan_ladder(make_source(1920, 1080))[0].maxrate_kbps == 4400);
  CHECK(plan_ladder(make_source(1920, 1080, {60000, 1001}))[0].maxrate_kbps == 6600);
  CHECK(plan_ladder(make_source(1280, 720, {30000, 1001}))[0].maxrate_kbps == 2464);
}

TEST_CASE("Complexity decides caps and whether a rung is worth having") {
  auto facts = make_source(1920, 1080);
  auto const usual = plan_ladder(facts);
  facts.video->complexity = 900; // motion
  auto const motion = plan_ladder(facts);
  REQUIRE(motion.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(motion[i].maxrate_kbps == usual[i].maxrate_kbps);
  facts.video->complexity = 270; // a talking head: a line for 480 carries 720
  CHECK(names(facts) == Names{"v1080", "v720", "v360"});
  for (int complexity : {1, 10, 60}) { // a still
    facts.video->complexity = complexity;
    CHECK(names(facts) == Names{"v1080", "v720", "v360"}); // never two neighbours, never the highest or the lowest
    for (auto const& rung : plan_ladder(facts)) {
      CHECK(rung.maxrate_kbps < plan_ladder(make_source(rung.width, rung.height))[0].maxrate_kbps);
      CHECK(rung.maxrate_kbps >= plan_ladder(make_source(rung.width, rung.height))[0].maxrate_kbps / 2);
      CHECK(rung.bufsize_kbps == 2 * rung.maxrate_kbps);
    }
  }
  auto small = make_source(854, 480);
  small.video->complexity = 10;
  CHECK(names(small) == Names{"v480", "v360"});
  auto tiny = make_source(320, 240);
  tiny.video->complexity = 10;
  CHECK(names(tiny) == Names{"v240"});
  auto medium = make_source(1280, 720);
  medium.video->complexity = 200;
  CHECK(names(medium) == Names{"v720", "v360"});
}

TEST_CASE("GOPs last about two seconds and segments cover every frame once") {
  for (auto const rate : {Fraction{24, 1}, Fraction{24000, 1001}, Fraction{25, 1}, Fraction{30000, 1001}, Fraction{30, 1}, Fraction{50, 1}, Fraction{60000, 1001}, Fraction{60, 1}, Fraction{2500, 83}, Fraction{15, 2}, Fraction{1, 1}}) {
    for (std::int64_t ms : {1, 40, 999, 5'990, 6'000, 6'006, 60'000, 360'123, 7'200'000}) {
      auto const grid = plan_grid(make_source(640, 360, rate, milliseconds(ms)));
      INFO(rate.num << "/" << rate.den << " for " << ms);
      auto const fps = static_cast<double>(rate.num) / rate.den;
      REQUIRE(grid.frame_rate == rate);
      REQUIRE(std::abs(grid.frames_per_gop / fps - 2.0) <= 0.5 / fps + 1e-9);
      REQUIRE(grid.frames >= 1);
      REQUIRE(std::abs(static_cast<double>(grid.frames) - std::max(1.0, fps * static_cast<double>(ms) / 1000)) <= 0.5 + 1e-9);
      REQUIRE(grid.segment_start(0) == 0);
      REQUIRE(grid.segment_start(1) == grid.frames_per_gop);
      REQUIRE(grid.segment_start(2) == 4 * grid.frames_per_gop);
      REQUIRE(grid.segment_start(grid.segments()) >= grid.frames);
      REQUIRE(grid.segment_start(grid.segments() - 1) < grid.frames);
    }
  }
}

TEST_CASE("A source without picture has no grid and no rungs, and mono stays mono") {
  SourceFacts facts{.container = "wav", .duration = milliseconds(5000), .video = {}, .audio = AudioFacts{}};
  facts.audio->channels = 1;
  CHECK(plan_grid(facts).frames == 0);
  CHECK(plan_ladder(facts).empty());
  REQUIRE(plan_audio(facts));
  CHECK(plan_audio(facts)->channels == 1);
  facts.audio->channels = 6;
  CHECK(plan_audio(facts)->channels == 2);
  CHECK(plan_audio(facts)->name == "a128");
  facts.audio.reset();
  CHECK(!plan_audio(facts));
}

TEST_CASE("A profile decides what a rendition may cost, and is known to the worker") {
  auto const source = make_source(1920, 1080);
  for (auto const effort : {Effort::fast, Effort::balanced, Effort::small}) {
    CHECK(find_effort(effort_name(effort)) == effort);
    for (auto const& rung : plan_ladder(source, effort)) CHECK(rung.effort == effort);
    CHECK(std::get<VideoTask>(plan_tasks(source, {.effort = effort}).front()).renditions.front().effort == effort);
  }
  CHECK_FALSE(find_effort("huge"));
  auto const small = plan_ladder(source, Effort::small);
  auto const fast = plan_ladder(source, Effort::fast);
  for (std::size_t i = 0; i < small.size(); ++i) {
    CHECK(small[i].maxrate_kbps < fast[i].maxrate_kbps);
    CHECK(small[i].crf > fast[i].crf);
  }
}

TEST_CASE("Tasks after a probe: the opening, sound, stills, then the rest in time order, shorter towards the end") {
  auto facts = make_source(1280, 720, {30, 1}, milliseconds(242'000));
  facts.audio = AudioFacts{.codec = "aac", .stream = 1, .channels = 2, .sample_rate = 48000, .language = "fin"};
  std::vector<std::string> plan;
  std::map<std::string, int> made; // segments of each rendition: every one once, in the order of time
  for (auto const& task : plan_tasks(facts)) {
    plan.emplace_back(task_kind(task));
    auto const* video = std::get_if<VideoTask>(&task);
    CHECK(is_opening(task) == (video && video->first_segment == 0));
    if (video == nullptr) continue;
    REQUIRE(video->segment_count >= 1);
    for (auto const& rendition : video->renditions) {
      plan.back() += " " + rendition.name.substr(1);
      REQUIRE(video->first_segment == made[rendition.name]);
      made[rendition.name] += video->segment_count;
    }
    plan.back() += ": " + std::to_string(video->segment_count);
    CHECK(video->lowest_first == is_opening(task));
  }
  CHECK(plan == std::vector<std::string>{"video 720 480 360: 2", "audio", "stills", "video 720 480 360: 4", "video 720 480 360: 4", "video 720 480 360: 3", "video 720 480 360: 3", "video 720 480 360: 3", "video 720 480 360: 2", "video 720 480 360: 2", "video 720 480 360: 2", "video 720 480 360: 2", "video 720 480 360: 1",
                                       "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1", "video 720 480 360: 1"});
  REQUIRE(made.size() == 3);
  for (auto const& [name, segments] : made) CHECK(segments == plan_grid(facts).segments());
}

TEST_CASE("A source that can be remuxed is seen before, so nothing need run ahead") {
  auto facts = make_source(1280, 720, {30, 1}, milliseconds(7'000));
  facts.audio = AudioFacts{.codec = "aac", .stream = 1, .channels = 2, .sample_rate = 48000, .language = "fin"};
  facts.remuxable = true;
  auto const tasks = plan_tasks(facts);
  REQUIRE(tasks.size() == 4);
  REQUIRE(task_kind(tasks[0]) == "remux");
  CHECK(std::get<RemuxTask>(tasks[0]).audio);
  CHECK(is_opening(tasks[1]));
  CHECK(std::get<VideoTask>(tasks[1]).renditions.size() == 3);
  CHECK(!std::get<VideoTask>(tasks[1]).lowest_first);
  CHECK(task_kind(tasks[2]) == "audio");
}

TEST_CASE("One rendition has none to run ahead of") {
  auto const tasks = plan_tasks(make_source(320, 240, {30, 1}, milliseconds(7'000)));
  REQUIRE(tasks.size() == 2);
  CHECK(is_opening(tasks[0]));
  CHECK(!std::get<VideoTask>(tasks[0]).lowest_first);
  CHECK(task_kind(tasks[1]) == "stills");
}

TEST_CASE("The opening is most of half a minute, and two segments of a longer story") {
  auto const first = [](int seconds) { return std::get<VideoTask>(plan_tasks(make_source(320, 240, {30, 1}, std::chrono::seconds(seconds))).front()).segment_count; };
  CHECK(first(1) == 1);
  CHECK(first(7) == 2);
  CHECK(first(13) == 2);
  CHECK(first(19) == 3);
  CHECK(first(32) == 4);
  CHECK(first(33) == 2);
}

TEST_CASE("Other sounds of a story are tasks of their own, after all that people wait for") {
  auto facts = make_source(1280, 720, {30, 1}, milliseconds(65'000));
  facts.audio = AudioFacts{.codec = "aac", .stream = 1, .channels = 2, .sample_rate = 48000, .language = "fin"};
  facts.alternates = {AudioFacts{.codec = "aac", .stream = 2, .channels = 2, .sample_rate = 48000, .language = "swe"},
                      AudioFacts{.codec = "ac3", .stream = 3, .channels = 1, .sample_rate = 48000, .language = {}}};
  std::vector<std::string> plan;
  for (auto const& task : plan_tasks(facts)) {
    auto const* audio = std::get_if<AudioTask>(&task);
    plan.push_back(audio ? audio->rendition.name : std::string(task_kind(task)));
    if (audio && audio->rendition.name == "a128-2") CHECK(audio->source.language == "swe");
  }
  plan.resize(6);
  CHECK(plan == std::vector<std::string>{"video", "a128", "stills", "a128-2", "a96-3", "video"});
  facts.video.reset();
  CHECK(plan_tasks(facts).size() == 3);
}

TEST_CASE("Sound alone needs one task, a silent film none for sound") {
  SourceFacts sound{.container = "mp3", .duration = milliseconds(5000), .video = {}, .audio = AudioFacts{}};
  REQUIRE(plan_tasks(sound).size() == 1);
  CHECK(task_kind(plan_tasks(sound)[0]) == "audio");
  for (auto const& task : plan_tasks(make_source(320, 240))) CHECK(task_kind(task) != "audio");
}

TEST_CASE("What comes with a source is made after what people wait for, and its failure costs nothing else") {
  auto facts = make_source(320, 240, {30, 1}, milliseconds(13'000));
  facts.video->start_us = 1234;
  facts.texts = true;
  facts.covers = {2};
  auto const tasks = plan_tasks(facts);
  CHECK(is_opening(tasks.front()));
  std::map<std::string, int> kinds;
  for (auto const& task : tasks) {
    ++kinds[std::string(task_kind(task))];
    CHECK(is_dispensable(task) == (task_kind(task) == "texts" || task_kind(task) == "cover"));
    if (auto const* texts = std::get_if<TextsTask>(&task)) CHECK(texts->start_us == 1234);
  }
  CHECK(kinds["texts"] == 1);
  CHECK(kinds["cover"] == 1);
  SourceFacts sound{.container = "mp3", .duration = milliseconds(5000), .video = {}, .audio = AudioFacts{}};
  sound.covers = {1};
  REQUIRE(plan_tasks(sound).size() == 2);
  CHECK(std::get<CoverTask>(plan_tasks(sound)[1]).streams == std::vector<int>{1});
}

TEST_CASE("The download is the rendition of 720 lines or the next lower one, with the first sound") {
  auto const track = [](std::string name, int width, int height) {
    Track made{.name = std::move(name), .codecs = "avc1.64001f", .width = width, .height = height, .frame_rate = {25, 1}, .language = {}, .init_sha256 = {}, .init_bytes = 10, .segments = {}};
    made.segments = {{"00001.m4s", 0, 1, 100, ""}, {"00002.m4s", 1, 1, 200, ""}};
    return made;
  };
  Package package;
  package.video = {track("v1080", 1080, 1920), track("v720", 720, 1280), track("v480", 480, 852)};
  package.audio = {track("a128", 0, 0)};
  auto plan = plan_download(package, "fin");
  REQUIRE(plan);
  CHECK(plan->picture == "v720");
  CHECK(plan->picture_bytes == 310);
  CHECK(plan->sound == "a128");
  CHECK(plan->sound_bytes == 310);
  CHECK(plan->language == "fin");
  package.video[1].codecs = "av01.0.05M.08"; // not for every player
  CHECK(plan_download(package, "")->picture == "v480");
  package.video.resize(1);
  CHECK(plan_download(package, "")->picture == "v1080");
  package.audio.clear();
  CHECK(plan_download(package, "")->sound.empty());
  package.video[0].init_bytes = 0; // made by an earlier worker
  CHECK_FALSE(plan_download(package, ""));
  CHECK_FALSE(plan_download(Package{}, ""));
  package.audio = {track("a128", 0, 0)};
  package.video.clear();
  CHECK(plan_download(package, "")->picture.empty());
}
