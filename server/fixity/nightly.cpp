#include "server/fixity/nightly.hpp"
#include "media/store.hpp"
#include "server/fixity/check_files.hpp"
#include <ctime>
#include <spdlog/spdlog.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tarina::server {
namespace {

constexpr std::chrono::seconds look_every{15};
constexpr std::chrono::hours least_between{6};

/// Disk time that nobody else wants (ioprio_set(2), for this thread). Where it is not allowed the bounded rate alone
/// protects others. Its processor time stays ordinary: it is little, and a thread that may be kept off the processor must
/// not hold the catalog's locks.
void yield_the_disk() {
  constexpr int who_process = 1, class_idle = 3, class_shift = 13;
  static_cast<void>(::syscall(SYS_ioprio_set, who_process, 0, class_idle << class_shift));
}

/// Days since 1970 of the night that `now` belongs to: it begins at `hour` local time.
std::int64_t night_of(catalog::Time now, int hour) {
  auto const seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  auto const wall = std::chrono::seconds(seconds + local.tm_gmtoff) - std::chrono::hours(hour);
  return std::chrono::floor<std::chrono::days>(wall).count();
}

void tell(catalog::FixityTarget const& target, catalog::FixityOutcome const& outcome) {
  for (auto const& trouble : outcome.troubles)
    spdlog::error("fixity: {} is {}: {}", place_of(target.kind, target.id, trouble.name), problem_name(trouble.problem), trouble.detail);
  if (!outcome.first_seen.empty()) spdlog::info("fixity: {} files of package {} are first seen; their checksums are kept from now on", outcome.first_seen.size(), target.id);
}

} // namespace

NightlyFixity::NightlyFixity(catalog::Catalog& catalog, media::MediaStore const& store, FixityOptions options)
    : fixity_(catalog), store_(store), options_(std::move(options)) {}

NightlyFixity::~NightlyFixity() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void NightlyFixity::start() {
  thread_ = std::jthread([this](std::stop_token const& stop) { serve(stop); });
}

void NightlyFixity::stop() { thread_.request_stop(); }

void NightlyFixity::look_now() {
  {
    std::lock_guard lock(mutex_);
    looked_for_ = true;
  }
  wake_.notify_all();
}

void NightlyFixity::verify_now() {
  asked_ = true;
  look_now();
}

void NightlyFixity::serve(std::stop_token const& stop) {
  yield_the_disk();
  auto wait = [this, &stop](std::chrono::milliseconds time) {
    if (time.count() <= 0) return !stop.stop_requested();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
  };
  while (!stop.stop_requested()) {
    try {
      look(wait);
    } catch (std::exception const& failure) {
      spdlog::error("fixity: {}", failure.what()); // the next look may do better
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, look_every, [this] { return looked_for_; });
    looked_for_ = false;
  }
}

void NightlyFixity::look(ReadingPace::Wait const& wait) {
  ReadingPace pace(options_.bytes_per_second, options_.steady, wait);
  if (!repair(pace)) return;
  if (auto const found = walk_to_do()) walk(*found, pace);
}

bool NightlyFixity::is_time(std::optional<catalog::FixityWalk> const& newest) {
  if (options_.bytes_per_second <= 0) return false;
  auto const tonight = night_of(options_.clock(), options_.hour);
  if (!newest) { // a fresh record has nothing to verify yet
    fixity_.note_first_night(tonight);
    return false;
  }
  return newest->night != tonight && (!begun_at_ || options_.steady() - *begun_at_ >= least_between);
}

std::optional<catalog::FixityWalk> NightlyFixity::walk_to_do() {
  auto const newest = fixity_.newest_walk();
  if (newest && !newest->finished_at) { // interrupted, or begun by what an earlier process did
    asked_ = false;
    begun_at_ = begun_at_.value_or(options_.steady());
    return newest;
  }
  bool const asked = asked_.exchange(false);
  if (!is_time(newest) && !asked) return std::nullopt;
  begun_at_ = options_.steady();
  auto const begun = fixity_.begin_walk(night_of(options_.clock(), options_.hour));
  spdlog::info("fixity: walk {} begins", begun.number);
  return begun;
}

void NightlyFixity::walk(catalog::FixityWalk const& walk, ReadingPace& pace) {
  while (auto const target = fixity_.next(walk.number)) {
    auto const sound = verify(*target, walk.number, pace);
    if (!sound) return;
    if (!*sound && !repair(pace)) return;
  }
  fixity_.finish_walk(walk.number);
  auto const figures = fixity_.figures();
  auto const done = figures.finished.value_or(walk);
  auto const wrong = figures.damaged + figures.missing + figures.unreadable;
  spdlog::log(wrong == 0 ? spdlog::level::info : spdlog::level::err, "fixity: walk {} is through: {} files, {} bytes; {} damaged, {} missing, {} unreadable", done.number, done.files, done.bytes,
              figures.damaged, figures.missing, figures.unreadable);
}

bool NightlyFixity::repair(ReadingPace& pace) {
  while (auto const wanted = fixity_.next_repair()) {
    auto const sound = verify(wanted->original, 0, pace);
    if (!sound) return false;
    if (!*sound) {
      spdlog::error("fixity: package {} cannot be made again: its original is damaged as well; restore it from the backup", wanted->package);
      fixity_.refuse_repair(wanted->package);
    } else if (fixity_.begin_repair(wanted->package)) {
      spdlog::warn("fixity: package {} is made again from its original", wanted->package);
      options_.work_begun();
    }
  }
  return true;
}

std::optional<bool> NightlyFixity::verify(catalog::FixityTarget const& target, std::int64_t walk, ReadingPace& pace) {
  auto const outcome = check_files(store_, target, pace);
  if (!outcome) return std::nullopt;
  files_ += static_cast<std::uint64_t>(outcome->files);
  bytes_ += static_cast<std::uint64_t>(outcome->bytes);
  if (!fixity_.record(target, *outcome, walk)) return true; // withdrawn, replaced or erased meanwhile
  tell(target, *outcome);
  return outcome->troubles.empty();
}

} // namespace tarina::server
