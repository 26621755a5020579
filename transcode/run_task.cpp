#include "transcode/run_task.hpp"
#include "transcode/sandbox.hpp"
#include "transcode/stages.hpp"
#include <cerrno>
#include <unistd.h>

extern "C" {
#include <libavutil/log.h>
}

namespace tarina::transcode {
namespace {

std::string read_all(int fd) {
  std::string text;
  char buffer[16 << 10];
  for (;;) {
    auto const count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

template <class T> void finish(outcome<T> const& ended, Outputs& outputs) {
  if (!ended) outputs.send(MessageKind::failure, nlohmann::json(ended.error()));
  else if constexpr (std::is_void_v<T>) outputs.send(MessageHead{});
  else outputs.send(MessageKind::facts, nlohmann::json(*ended));
}

void run(media::Task const& task, int threads, Outputs& outputs) {
  if (std::holds_alternative<media::ProbeTask>(task)) finish(probe(source_fd, outputs), outputs);
  if (auto const* video = std::get_if<media::VideoTask>(&task)) finish(encode_video(source_fd, *video, threads, outputs), outputs);
  if (auto const* audio = std::get_if<media::AudioTask>(&task)) finish(encode_audio(source_fd, *audio, outputs), outputs);
  if (auto const* copy = std::get_if<media::RemuxTask>(&task)) finish(remux(source_fd, *copy, outputs), outputs);
  if (auto const* texts = std::get_if<media::TextsTask>(&task)) finish(read_texts(source_fd, *texts, outputs), outputs);
  if (auto const* cover = std::get_if<media::CoverTask>(&task)) finish(make_covers(source_fd, *cover, outputs), outputs);
  if (auto const* download = std::get_if<media::DownloadTask>(&task)) finish(make_download(source_fd, *download, outputs), outputs);
  if (auto const* stills = std::get_if<media::StillsTask>(&task)) finish(make_stills(source_fd, *stills, outputs), outputs);
}

} // namespace

int run_task_in_this_process() {
  Outputs outputs(output_fd);
  auto fail = [&](char const* key, std::string detail, bool permanent) {
    outputs.send(MessageKind::failure, nlohmann::json(media::TaskFailure{key, std::move(detail), permanent}));
    return 1;
  };
  try {
    auto const order = nlohmann::json::parse(read_all(task_fd));
    media::Task task;
    media::from_json(order.at("task"), task);
    av_log_set_level(order.value("verbose", false) ? AV_LOG_VERBOSE : AV_LOG_QUIET);
    auto const yield = order.at("yield").get<std::string>();
    if (yield != "no") yield_to_others(yield == "to_all");
    if (order.at("sandbox").get<bool>()) {
      if (auto const problem = confine_this_process(); !problem.empty()) return fail("worker.failed", "sandbox: " + problem, false), sandbox_exit_status;
    }
    if (auto const way = order.at("escape").get<std::string>(); !way.empty()) {
      if (auto const problem = try_to_escape(way); !problem.empty()) return fail("worker.failed", "sandbox: " + problem, false), sandbox_exit_status;
      outputs.send(MessageHead{});
      return 0;
    }
    run(task, order.at("threads").get<int>(), outputs);
    return 0;
  } catch (std::bad_alloc const&) {
    return fail("media.too_large_picture", "the task needs more memory than one may have", true);
  } catch (std::exception const& e) {
    return fail("worker.failed", e.what(), false);
  }
}

} // namespace tarina::transcode
