// The nightly walk through everything that is kept, and the repair of what it finds.
#pragma once
#include "catalog/fixity.hpp"
#include "server/fixity/reading_pace.hpp"
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace tarina::media { class MediaStore; }

namespace tarina::server {

struct FixityOptions {
  int hour = 2;                                // local time at which a night's walk may begin
  std::int64_t bytes_per_second = 20 << 20;    // 0: no walks of its own; asked for ones go at full rate
  catalog::Clock clock = catalog::system_clock();
  catalog::SteadyClock steady = catalog::steady_clock();
  std::function<void()> work_begun = [] {};    // a repair waits for a worker
};

/// Walks once a night, the longest unread first. A walk that a restart interrupts goes on where it was; a night missed
/// while the server was down is made up for at its start. The night is a local date; besides, two walks begin at least six
/// hours apart by the steady clock, so that no jump of the wall clock begins one after another.
class NightlyFixity {
public:
  NightlyFixity(catalog::Catalog& catalog, media::MediaStore const& store, FixityOptions options);
  ~NightlyFixity(); // stops within a moment
  NightlyFixity(NightlyFixity const&) = delete;

  void start();
  void stop();
  /// Begins a walk now if none is under way, and looks for repairs.
  void verify_now();
  void look_now();

  /// One look, on the caller's thread: repairs that are wanted, a walk if it is time for one, all of it. `wait` as for a ReadingPace.
  void look(ReadingPace::Wait const& wait);

  std::uint64_t files_verified() const { return files_; }
  std::uint64_t bytes_verified() const { return bytes_; }

private:
  void serve(std::stop_token const& stop);
  bool is_time(std::optional<catalog::FixityWalk> const& newest);
  std::optional<catalog::FixityWalk> walk_to_do();
  void walk(catalog::FixityWalk const& walk, ReadingPace& pace);
  /// False when told to stop.
  bool repair(ReadingPace& pace);
  /// Nothing when told to stop; otherwise whether all was sound.
  std::optional<bool> verify(catalog::FixityTarget const& target, std::int64_t walk, ReadingPace& pace);

  catalog::Fixity fixity_;
  media::MediaStore const& store_;
  FixityOptions const options_;
  std::optional<std::chrono::milliseconds> begun_at_; // the newest walk of this process, on the steady clock
  std::atomic<std::uint64_t> files_ = 0, bytes_ = 0;
  std::atomic<bool> asked_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool looked_for_ = false; // under mutex_
  std::jthread thread_;     // last: it uses the rest
};

} // namespace tarina::server
