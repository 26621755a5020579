#include "transcode/worker.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace tarina::transcode {
namespace {

constexpr std::chrono::seconds time_between_news{2};

std::string describe(Usage const& usage) { return fmt::format("{:.1f} s of processor, {} MB", usage.cpu_seconds, usage.peak_bytes >> 20); }

} // namespace

/// One leased task on its way through.
struct Worker::Job {
  Job(asio::any_io_executor executor, WorkerSettings const& settings, asio::ssl::context& tls, media::Lease leased)
      : lease(std::move(leased)), box(executor, settings.box), client(executor, settings.server, tls), heart(executor, settings.server, tls), beat(executor), retry(executor) {}
  media::Lease lease;
  Box box;
  JobClient client; // source, outputs, the end
  JobClient heart;  // renewals, so that a long upload never loses the lease
  asio::steady_timer beat;
  asio::steady_timer retry;
  double share = 0;
  bool ended = false;
  bool lost = false;       // lease gone or task cancelled: nobody waits for the result
  bool given_back = false; // the worker stops

  bool abandoned() const { return lost || given_back; }
  void drop() {
    box.kill();
    retry.cancel();
  }
};

/// Runs one task after another.
struct Worker::Slot {
  Slot(asio::any_io_executor executor, WorkerSettings const& settings, asio::ssl::context& tls) : leasing(executor, settings.server, tls), pause(executor) {}
  JobClient leasing;
  asio::steady_timer pause;

  asio::awaitable<void> rest(std::chrono::milliseconds length) {
    pause.expires_after(length);
    boost::system::error_code ec;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
};

Worker::Worker(asio::any_io_executor executor, WorkerSettings settings)
    : executor_(executor), settings_(std::move(settings)), tls_(asio::ssl::context::tls_client), cache_(executor, settings_.cache, settings_.cache_bytes),
      ended_(executor), grace_(executor) {
  tls_.set_default_verify_paths();
}

Worker::~Worker() = default;

asio::awaitable<void> Worker::run() {
  for (int i = 0; i < settings_.jobs; ++i) {
    slots_.push_back(std::make_unique<Slot>(executor_, settings_, tls_));
    auto const ended = [this](std::exception_ptr error) {
      if (error && !refused_) refused_ = error;
      if (error && !stopping_) stop();
      --running_;
      ended_.cancel();
    };
    ++running_;
    asio::co_spawn(executor_, serve(*slots_.back()), ended);
  }
  while (running_ > 0) {
    ended_.expires_after(std::chrono::hours(1));
    boost::system::error_code ec;
    co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  grace_.cancel();
  if (refused_) std::rethrow_exception(refused_);
}

asio::awaitable<void> Worker::serve(Slot& slot) {
  auto wait = settings_.pause;
  while (!stopping_) {
    auto const asked = std::chrono::steady_clock::now();
    std::optional<media::Lease> lease;
    std::string problem;
    try {
      lease = co_await slot.leasing.lease(settings_.name);
      if (away_) spdlog::info("the server is back");
      away_ = false;
      wait = settings_.pause;
    } catch (ServerAway const& e) {
      problem = e.what();
    } catch (std::runtime_error const&) {
      if (stopping_) break; // the question was closed
      throw;
    }
    if (lease) {
      auto const job = std::make_shared<Job>(executor_, settings_, tls_, std::move(*lease));
      job->given_back = stopping_;
      jobs_.push_back(job);
      co_await work(job);
      continue;
    }
    if (stopping_) break;
    if (!problem.empty()) {
      if (!away_) spdlog::warn("the server is away, trying again: {}", problem);
      away_ = true;
      co_await slot.rest(wait);
      wait = std::min(wait * 2, settings_.patience);
    } else if (std::chrono::steady_clock::now() - asked < settings_.pause) {
      // The server holds the question open while there is nothing; one that does not must not be asked without pause.
      co_await slot.rest(settings_.pause);
    }
  }
}

void Worker::stop() {
  if (stopping_) return give_back();
  stopping_ = true;
  for (auto const& slot : slots_) {
    slot->leasing.close();
    slot->pause.cancel();
  }
  if (jobs_.empty()) return;
  spdlog::info("stopping: {} running, given back in {} s unless they end before", jobs_.size(), settings_.grace.count() / 1000);
  grace_.expires_after(settings_.grace);
  grace_.async_wait([this](boost::system::error_code ec) {
    if (!ec) give_back();
  });
}

void Worker::give_back() {
  for (auto const& job : jobs_) {
    job->given_back = true;
    job->drop();
  }
}

asio::awaitable<void> Worker::work(std::shared_ptr<Job> job) {
  auto const kind = std::string(media::task_kind(job->lease.task));
  spdlog::info("{} {}: begun", kind, job->lease.task_id);
  auto const begun = std::chrono::steady_clock::now();
  asio::co_spawn(executor_, keep_lease(job), asio::detached);
  // Nothing may leave this coroutine: a task that goes wrong in an unforeseen way is given back, the worker lives on.
  std::string problem;
  try {
    auto const ended = co_await execute(job);
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (job->lost) spdlog::warn("{} {}: dropped after {:.1f} s, the lease is gone or the task cancelled", kind, job->lease.task_id, seconds);
    else if (ended) spdlog::info("{} {}: done in {:.1f} s, {}", kind, job->lease.task_id, seconds, describe(job->box.usage()));
    else spdlog::warn("{} {}: failed after {:.1f} s, {}: {} ({})", kind, job->lease.task_id, seconds, describe(job->box.usage()), ended.error().key, ended.error().detail);
    if (!job->lost) co_await report(job, ended);
  } catch (LeaseLost const& e) {
    spdlog::warn("{} {}: dropped, {}", kind, job->lease.task_id, e.what());
    job->lost = true;
  } catch (std::exception const& e) {
    problem = e.what();
  }
  if (!problem.empty()) {
    spdlog::error("{} {}: {}", kind, job->lease.task_id, problem);
    try {
      outcome<media::TaskResult> const failed(media::TaskFailure{"worker.failed", problem, false});
      co_await report(job, failed);
    } catch (std::exception const& e) {
      spdlog::error("{} {}: not reported: {}", kind, job->lease.task_id, e.what());
    }
  }
  job->ended = true;
  job->beat.cancel();
  job->heart.close();
  jobs_.remove(job);
}

asio::awaitable<void> Worker::keep_lease(std::shared_ptr<Job> job) {
  auto expires_in = std::max(job->lease.expires_in, media::milliseconds(1000));
  while (!job->ended && !job->abandoned()) {
    // The server holds the answer back, so that a cancelled task ends at once; people watch the progress meanwhile.
    auto const begun = std::chrono::steady_clock::now();
    auto next = std::min<media::milliseconds>(expires_in / 3, std::chrono::seconds(5));
    try {
      auto const renewed = co_await job->heart.report_progress(job->lease, job->share, next);
      if (job->ended) break;
      if (renewed.cancelled) job->lost = true;
      expires_in = std::max(renewed.expires_in, media::milliseconds(1000));
    } catch (LeaseLost const&) {
      job->lost = !job->ended;
    } catch (std::exception const&) {
      next = std::min<media::milliseconds>(expires_in / 10, settings_.pause);
    }
    if (job->lost) job->drop();
    if (job->ended || job->abandoned()) break;
    auto const spent = std::chrono::duration_cast<media::milliseconds>(std::chrono::steady_clock::now() - begun);
    if (spent >= next) continue;
    job->beat.expires_after(next - spent);
    boost::system::error_code ec;
    co_await job->beat.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
}

/// Waits before another attempt, longer each time.
asio::awaitable<void> Worker::pause(std::shared_ptr<Job> job, std::chrono::milliseconds& length) {
  job->retry.expires_after(length);
  boost::system::error_code ec;
  co_await job->retry.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  length = std::min(length * 2, settings_.patience);
}

asio::awaitable<outcome<media::TaskResult>> Worker::execute(std::shared_ptr<Job> job) {
  media::TaskFailure const given_back{"worker.failed", "the worker was stopped", false};
  std::shared_ptr<CachedSource> source;
  auto wait = settings_.pause;
  while (!source) {
    if (job->abandoned()) co_return given_back;
    bool away = false;
    try {
      source = co_await cache_.get(job->lease, job->client);
    } catch (ServerAway const& e) {
      spdlog::warn("{}: fetching the original: {}", job->lease.task_id, e.what());
      away = true;
    }
    if (away && !job->abandoned()) co_await pause(job, wait);
  }
  if (job->abandoned()) co_return given_back;

  // An output is sent until the server has it; meanwhile the child waits at its pipe.
  TakeOutput const take = [this, job](Output output) -> asio::awaitable<void> {
    auto delay = settings_.pause;
    while (!job->abandoned()) {
      bool away = false;
      try {
        co_await job->client.put_output(job->lease, output.name, output.bytes, output.offset);
      } catch (ServerAway const& e) {
        spdlog::warn("{}: sending {}: {}", job->lease.task_id, output.name, e.what());
        away = true;
      }
      if (!away) co_return;
      co_await pause(job, delay);
    }
  };
  // Previews grow while a task still runs. That is for people who wait: it may be left out, and it is not tried again.
  auto told = std::chrono::steady_clock::time_point();
  bool const opening = media::is_opening(job->lease.task);
  TakeTracks const made = [&](std::vector<media::Track> const& tracks) -> asio::awaitable<void> {
    auto const now = std::chrono::steady_clock::now();
    if (job->abandoned() || std::holds_alternative<media::RemuxTask>(job->lease.task) || (!opening && now - told < time_between_news)) co_return;
    told = now;
    std::vector<media::Track> begun;
    for (auto const& track : tracks) {
      if (!track.segments.empty()) begun.push_back(track);
    }
    try {
      co_await job->client.report_progress(job->lease, job->share, std::chrono::milliseconds(0), &begun);
    } catch (ServerAway const&) {
    }
  };
  TakeProgress const progress = [job](double share) { job->share = share; };
  auto ended = co_await job->box.run(job->lease.task, source->fd(), take, progress, made);
  if (job->given_back && !ended) co_return given_back;
  co_return ended;
}

asio::awaitable<void> Worker::report(std::shared_ptr<Job> job, outcome<media::TaskResult> const& ended) {
  auto wait = settings_.pause;
  // When stopping, one attempt must do: otherwise the lease runs out by itself.
  for (;;) {
    std::string problem;
    try {
      if (ended) co_await job->client.complete(job->lease, *ended);
      else co_await job->client.fail(job->lease, ended.error());
    } catch (ServerAway const& e) {
      problem = e.what();
    }
    if (problem.empty() || job->abandoned()) co_return;
    spdlog::warn("{}: reporting the end: {}", job->lease.task_id, problem);
    co_await pause(job, wait);
  }
}

} // namespace tarina::transcode
