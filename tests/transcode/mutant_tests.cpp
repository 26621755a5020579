// Small good films with bytes flipped, pieces cut out, doubled or swapped, and sizes changed, through the boxed tasks: each
// ends as a story or with a reason, none hangs, none gets out. TARINA_MUTANTS says how many (300 unless set).
#include "media/ladder.hpp"
#include "tests/transcode/story.hpp"
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <random>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

using namespace tarina;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string read_file(fs::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Films of a second in every container and with most decoders that uploads may use.
std::vector<std::string> make_seeds() {
  auto const folder = fs::temp_directory_path() / fmt::format("tarina-seeds-{}", ::getpid());
  fs::create_directories(folder);
  auto const picture = std::string("-f lavfi -i testsrc2=s=96x64:r=12:d=1 "), sound = std::string("-f lavfi -i sine=d=1:r=16000 ");
  std::vector<std::pair<std::string, std::string>> const films{
      {"a.mp4", picture + sound + "-c:v libx264 -g 6 -pix_fmt yuv420p -c:a aac"},
      {"b.mp4", picture + "-c:v libx264 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov"},
      {"c.mov", picture + sound + "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le"},
      {"d.mp4", picture + "-c:v libx265 -x265-params log-level=none -tag:v hvc1 -pix_fmt yuv420p"},
      {"e.mkv", picture + sound + "-c:v libx264 -pix_fmt yuv420p -c:a flac"},
      {"f.webm", picture + sound + "-c:v libvpx-vp9 -deadline realtime -c:a libopus"},
      {"g.webm", picture + sound + "-c:v libvpx -deadline realtime -c:a libvorbis"},
      {"h.ts", picture + sound + "-c:v libx264 -pix_fmt yuv420p -c:a aac"},
      {"i.avi", picture + sound + "-c:v mpeg4 -c:a libmp3lame"},
      {"j.mpg", picture + sound + "-r 25 -c:v mpeg2video -c:a mp2"},
      {"k.flv", picture + "-c:v flv"},
      {"l.asf", picture + sound + "-c:v wmv2 -c:a wmav2"},
      {"m.mov", picture + "-c:v prores"},
      {"n.ogg", sound + "-c:a libvorbis"},
      {"o.m4a", sound + "-c:a alac"},
      {"p.3gp", picture + "-s 128x96 -c:v h263"},
  };
  std::vector<std::string> seeds;
  for (auto const& [name, options] : films) {
    auto const path = folder / name;
    auto const command = fmt::format("ffmpeg -nostdin -v quiet -y {} {}", options, path.string());
    if (std::system(command.c_str()) == 0) seeds.push_back(read_file(path)); // an ffmpeg without this encoder
  }
  fs::remove_all(folder);
  return seeds;
}

std::string mutate(std::vector<std::string> const& seeds, std::mt19937& random) {
  auto const below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  auto bytes = seeds[below(seeds.size())];
  // Structure stands at the ends: a third of the blows fall there.
  auto const place = [&] {
    auto const kind = below(6);
    if (kind == 0) return below(std::min<std::size_t>(bytes.size(), 1024));
    if (kind == 1) return bytes.size() - 1 - below(std::min<std::size_t>(bytes.size(), 4096));
    return below(bytes.size());
  };
  static constexpr unsigned char telling[]{0, 1, 0x7f, 0x80, 0xff};
  static constexpr char const* boxes[]{"moov", "trak", "stsz", "stco", "stts", "stsc", "ctts", "stsd", "elst", "mdhd", "tkhd", "avcC", "esds", "hvcC", "moof", "trun", "tfhd", "strf", "strh", "idx1", "LIST", "mdat"};
  for (auto blows = 1 + std::min(below(12), below(12)); blows > 0 && bytes.size() > 16; --blows) {
    switch (below(9)) {
    case 0: bytes[place()] ^= static_cast<char>(1U << below(8)); break;
    case 1: bytes[place()] = static_cast<char>(telling[below(5)]); break;
    case 2: // a number of four bytes
      for (auto at = place(), end = std::min(at + 4, bytes.size()); at < end; ++at) bytes[at] = static_cast<char>(telling[below(5)]);
      break;
    case 3: bytes.resize(16 + below(bytes.size() - 16)); break;
    case 4: bytes.erase(place(), 1 + below(64)); break;
    case 5: bytes.insert(place(), bytes.substr(place(), 1 + below(512))); break;
    case 6: { // a piece of another film
      auto const& other = seeds[below(seeds.size())];
      auto const piece = other.substr(below(other.size()), 1 + below(2048));
      bytes.replace(place(), piece.size(), piece);
      break;
    }
    case 7: { // a box's size or its first fields
      auto const found = bytes.find(boxes[below(std::size(boxes))], below(2) == 0 ? 0 : below(bytes.size()));
      if (found == std::string::npos || found < 4) break;
      auto const at = found - 4 + (below(2) == 0 ? below(4) : 8 + below(16));
      if (at < bytes.size()) bytes[at] = static_cast<char>(below(2) == 0 ? telling[below(5)] : random());
      break;
    }
    default: // noise
      for (auto at = place(), end = std::min(at + 1 + below(32), bytes.size()); at < end; ++at) bytes[at] = static_cast<char>(random());
    }
  }
  return bytes;
}

std::set<std::string> const reasons{"media.unreadable", "media.no_streams", "media.unsupported_codec", "media.damaged", "media.too_long", "media.too_large_picture", "media.too_many_streams", "media.timeout", "worker.crashed"};

struct Tally {
  int left = 0, made = 0, stories = 0;
  std::map<std::string, int> failures;
  std::int64_t peak_bytes = 0;
  double cpu_seconds = 0;
};

class Workbench {
public:
  Workbench(std::vector<std::string> seeds, int count, unsigned seed) : seeds_(std::move(seeds)), seed_(seed) { tally_.left = count; }

  Tally run(int at_once) {
    auto const done = [](std::exception_ptr e) {
      if (e) std::rethrow_exception(e);
    };
    for (int i = 0; i < at_once; ++i) asio::co_spawn(io_, work(), done);
    io_.run();
    return tally_;
  }

private:
  asio::awaitable<void> work() {
    while (tally_.left > 0) {
      --tally_.left;
      auto const number = tally_.made++;
      std::mt19937 random(seed_ + static_cast<unsigned>(number));
      auto const bytes = mutate(seeds_, random);
      int const fd = ::memfd_create("mutant", MFD_CLOEXEC);
      if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("cannot hold a mutant");
      auto const failure = co_await treat(fd, number, bytes);
      ::close(fd);
      if (!failure) ++tally_.stories;
      else ++tally_.failures[failure->key];
    }
  }

  /// The probe, and what follows it; a long plan only in part.
  asio::awaitable<std::optional<media::TaskFailure>> treat(int fd, int number, std::string const& bytes) {
    std::vector<media::Task> tasks{media::ProbeTask{}};
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      transcode::Box box(io_.get_executor(), test::box_options());
      std::int64_t sent = 0;
      transcode::TakeOutput const take = [&sent](transcode::Output output) -> asio::awaitable<void> {
        sent += static_cast<std::int64_t>(output.bytes.size());
        co_return;
      };
      auto const task = tasks[i];
      auto const ended = co_await box.run(task, fd, take, nullptr);
      auto const used = box.usage();
      tally_.peak_bytes = std::max(tally_.peak_bytes, used.peak_bytes);
      tally_.cpu_seconds = std::max(tally_.cpu_seconds, used.cpu_seconds);
      if (!ended) {
        auto const& failure = ended.error();
        // What the sandbox had to kill (SIGSYS) tried to get out, or the sandbox forbids what an honest film needs.
        bool const proper = reasons.contains(failure.key) && failure.detail.find("signal 31") == std::string::npos && failure.detail.find("broke its rules") == std::string::npos;
        INFO(fmt::format("mutant {} of seed {}: {}: {}: {}", number, seed_, media::task_kind(task), failure.key, failure.detail));
        CHECK(proper);
        if (!proper || failure.key == "worker.crashed" || failure.key == "media.timeout") keep(number, bytes, failure);
        if (std::holds_alternative<media::RemuxTask>(task)) continue; // given up, and the story goes on
        co_return failure;
      }
      CHECK(sent < 200'000'000);
      if (auto const* facts = std::get_if<media::SourceFacts>(&*ended)) {
        auto plan = media::plan_tasks(*facts);
        if (plan.size() > 6) plan.erase(plan.begin() + 5, plan.end() - 1); // and the very end
        tasks.insert(tasks.end(), plan.begin(), plan.end());
      }
    }
    co_return std::nullopt;
  }

  /// For a look at it afterwards, where TARINA_KEEP says.
  void keep(int number, std::string const& bytes, media::TaskFailure const& failure) const {
    auto const* folder = std::getenv("TARINA_KEEP");
    WARN(fmt::format("mutant {} of seed {}: {}: {}", number, seed_, failure.key, failure.detail));
    if (folder == nullptr) return;
    fs::create_directories(folder);
    std::ofstream(fs::path(folder) / fmt::format("mutant-{}-{}", seed_, number), std::ios::binary) << bytes;
  }

  asio::io_context io_;
  std::vector<std::string> seeds_;
  unsigned seed_;
  Tally tally_;
};

} // namespace

TEST_CASE("films with errors in them end as stories or with a reason, in the box and in time", "[mutants]") {
  auto const* wanted = std::getenv("TARINA_MUTANTS");
  int const count = wanted != nullptr ? std::atoi(wanted) : 300;
  auto const* chosen = std::getenv("TARINA_SEED");
  auto const seed = chosen != nullptr ? static_cast<unsigned>(std::strtoul(chosen, nullptr, 10)) : std::random_device{}();
  auto seeds = make_seeds();
  REQUIRE(seeds.size() >= 8);
  auto const tally = Workbench(std::move(seeds), count, seed).run(2);
  std::string words = fmt::format("{} mutants of seed {}: {} stories", tally.made, seed, tally.stories);
  for (auto const& [key, number] : tally.failures) words += fmt::format(", {} {}", number, key);
  WARN(words + fmt::format("; at most {} MB and {:.1f} s of processor in one task", tally.peak_bytes >> 20, tally.cpu_seconds));
  CHECK(tally.stories > 0); // else not the films were tested but a worker that refuses all
  CHECK(tally.stories < tally.made);
  CHECK(tally.peak_bytes < (std::int64_t{1} << 30));
  CHECK(tally.cpu_seconds < 120);
}
