#include "tests/transcode/story.hpp"
#include "media/ladder.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace tarina::test {

namespace asio = boost::asio;

transcode::BoxOptions box_options() {
  transcode::BoxOptions options;
  options.program = tarina_worker;
  options.priority = transcode::Priority::normal;
  options.cores = 2;
  return options;
}

transcode::outcome<media::TaskResult> run_task(media::Task task, std::filesystem::path const& source, std::map<std::string, std::string>* files) {
  int const fd = ::open(source.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open " + source.string());
  asio::io_context io;
  transcode::Box box(io.get_executor(), box_options());
  std::optional<transcode::outcome<media::TaskResult>> ended;
  std::exception_ptr error;
  transcode::TakeOutput const take = [files](transcode::Output output) -> asio::awaitable<void> {
    if (files == nullptr) co_return;
    auto& file = (*files)[output.name];
    if (output.offset && *output.offset != static_cast<std::int64_t>(file.size())) throw std::runtime_error("a piece that does not follow: " + output.name);
    if (output.offset) file += output.bytes;
    else file = std::move(output.bytes);
    co_return;
  };
  auto const done = [&](std::exception_ptr e, std::optional<transcode::outcome<media::TaskResult>> value) { error = e, ended = std::move(value); };
  auto const job = [&]() -> asio::awaitable<std::optional<transcode::outcome<media::TaskResult>>> { co_return co_await box.run(task, fd, take, nullptr); };
  asio::co_spawn(io, job, done);
  io.run();
  ::close(fd);
  if (error) std::rethrow_exception(error);
  return std::move(*ended);
}

media::VideoTask whole_film(std::filesystem::path const& source) {
  auto const probed = run_task(media::ProbeTask{}, source);
  auto const& facts = std::get<media::SourceFacts>(*probed);
  auto const grid = media::plan_grid(facts);
  return {.source = *facts.video, .grid = grid, .first_segment = 0, .segment_count = grid.segments(), .renditions = media::plan_ladder(facts)};
}

namespace {

void append(std::vector<media::Track>& to, std::vector<media::Track> const& from) {
  for (auto const& track : from) {
    auto const same = std::find_if(to.begin(), to.end(), [&](media::Track const& t) { return t.name == track.name; });
    if (same == to.end()) {
      to.push_back(track);
      continue;
    }
    if (same->init_sha256 != track.init_sha256) throw std::runtime_error("init.mp4 differs between chunks of " + track.name);
    same->segments.insert(same->segments.end(), track.segments.begin(), track.segments.end());
    same->shots.insert(same->shots.end(), track.shots.begin(), track.shots.end());
  }
}

std::vector<media::Task> plan(media::SourceFacts const& facts, int chunk, media::Profile const& profile) {
  auto tasks = media::plan_tasks(facts, profile);
  if (chunk == 0) return tasks;
  std::vector<media::Task> recut;
  for (auto const& task : tasks) {
    auto const* video = std::get_if<media::VideoTask>(&task);
    if (video == nullptr) recut.push_back(task);
    else if (video->first_segment == 0) {
      for (int first = 0; first < video->grid.segments(); first += chunk) {
        auto part = *video;
        part.first_segment = first;
        part.segment_count = std::min(chunk, video->grid.segments() - first);
        recut.emplace_back(part);
      }
    }
  }
  return recut;
}

} // namespace

Story make_story(std::filesystem::path const& source, int chunk, media::Profile const& profile) {
  Story story;
  auto const probed = run_task(media::ProbeTask{}, source);
  if (!probed) {
    story.failure = probed.error();
    return story;
  }
  story.facts = std::get<media::SourceFacts>(*probed);
  story.package.duration = story.facts.duration;
  for (auto const& task : plan(story.facts, chunk, profile)) {
    auto const ended = run_task(task, source, &story.files);
    if (!ended) {
      story.failure = ended.error();
      return story;
    }
    if (std::holds_alternative<media::VideoTask>(task)) append(story.package.video, std::get<std::vector<media::Track>>(*ended));
    if (std::holds_alternative<media::AudioTask>(task)) append(story.package.audio, std::get<std::vector<media::Track>>(*ended));
    if (std::holds_alternative<media::RemuxTask>(task)) {
      for (auto const& track : std::get<std::vector<media::Track>>(*ended)) (track.width > 0 ? story.original.video : story.original.audio).push_back(track);
    }
    if (auto const* stills = std::get_if<media::StillsResult>(&*ended)) {
      story.package.posters.insert(story.package.posters.end(), stills->posters.begin(), stills->posters.end());
      if (stills->storyboard) story.package.storyboard = stills->storyboard;
    }
  }
  auto const shorter_side = [](media::Track const& track) { return std::min(track.width, track.height); };
  std::sort(story.package.video.begin(), story.package.video.end(), [&](media::Track const& a, media::Track const& b) { return shorter_side(a) > shorter_side(b); });
  return story;
}

std::optional<MadeDownload> make_download(Story const& story) {
  auto const task = media::plan_download(story.package, story.facts.audio ? story.facts.audio->language : std::string());
  if (!task) return std::nullopt;
  std::string source;
  for (auto const* tracks : {&story.package.video, &story.package.audio}) {
    for (auto const& track : *tracks) {
      if (track.name != task->picture && track.name != task->sound) continue;
      source += story.files.at(track.name + "/init.mp4");
      for (auto const& segment : track.segments) source += story.files.at(track.name + "/" + segment.name);
    }
  }
  if (static_cast<std::int64_t>(source.size()) != task->picture_bytes + task->sound_bytes) throw std::runtime_error("the tracks are not as large as they say");
  auto const path = std::filesystem::temp_directory_path() / ("tarina-download-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << source;
  std::map<std::string, std::string> files;
  auto const ended = run_task(*task, path, &files);
  std::filesystem::remove(path);
  if (!ended) throw std::runtime_error(ended.error().key + ": " + ended.error().detail);
  return MadeDownload{*task, std::get<media::Download>(*ended), files.at(std::string(media::download_name))};
}

void write_files(Story const& story, std::filesystem::path const& folder) {
  for (auto const& [name, bytes] : story.files) {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
}

std::filesystem::path clips() {
  std::filesystem::path folder = std::getenv("TARINA_CLIPS") != nullptr ? std::getenv("TARINA_CLIPS") : std::filesystem::path(tarina_source_dir) / "../shared/clips";
  return std::filesystem::exists(folder / "INDEX.tsv") ? folder : std::filesystem::path();
}

std::filesystem::path fixture(std::string const& name) { return std::filesystem::path(tarina_source_dir) / "tests/fixtures/video" / name; }

} // namespace tarina::test
