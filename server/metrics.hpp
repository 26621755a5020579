// Figures for Prometheus (text format 0.0.4).
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tarina::server {

/// Upper bounds of a histogram's buckets, in seconds.
using Bounds = std::array<double, 11>;
inline constexpr Bounds latency_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10};
inline constexpr Bounds task_bounds{1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600};

/// How many took how long.
struct Times {
  std::array<std::uint64_t, std::tuple_size_v<Bounds> + 1> counts{}; // the last: above every bound
  double sum = 0;

  void add(Bounds const& bounds, double seconds);
  /// Adds those of `other` and empties it.
  void take(Times& other);
};

/// What one thread counts without a lock and hands over ten times a second. A route's first request allocates, no other.
class Tally {
public:
  void count(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took);

private:
  friend class Metrics;
  struct Route {
    std::string name;
    Times took;
  };
  struct Line {
    std::size_t route; // in `routes_`
    unsigned status;
    std::uint64_t count;
  };
  std::vector<Route> routes_; // few: those of kept answers
  std::vector<Line> lines_;
  std::uint64_t bytes_sent_ = 0, requests_ = 0;
};

/// Appends the lines a metric begins with: `type` and `help` (prometheus.io, exposition format).
void describe(std::string& out, std::string_view name, std::string_view type, std::string_view help);

class Metrics {
public:
  /// Empties `tally` into these figures.
  void add(Tally& tally);
  /// `route` is the pattern, never the path: paths hold tokens and have no bound in number.
  void count_request(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took);
  /// A leased task's end; see catalog::TaskEnd.
  void count_task(std::string_view kind, std::string_view outcome, std::chrono::milliseconds worked);
  /// Read whenever /metrics is asked; must be cheap and thread-safe. Register before serving.
  void add_gauge(std::string name, std::string help, std::function<double()> read);
  std::string text() const;

  std::atomic<std::int64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_refused{0}; // above the cap of one address
  std::atomic<std::uint64_t> deadlines_missed{0};    // closed because the peer was too slow
  std::atomic<std::uint64_t> bad_heads{0};
  std::atomic<std::uint64_t> upload_bytes{0};        // durable
  std::atomic<std::uint64_t> playlists_written{0};   // of packages in the making, from the record

private:
  struct Gauge {
    std::string name, help;
    std::function<double()> read;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, unsigned>, std::uint64_t> requests_;
  std::map<std::string, Times, std::less<>> took_;       // by route
  std::map<std::string, Times, std::less<>> tasks_took_; // by kind, of those that were done
  std::map<std::pair<std::string, std::string>, std::uint64_t> tasks_ended_; // by kind and outcome
  std::uint64_t bytes_sent_ = 0;
  std::vector<Gauge> gauges_;
};

} // namespace tarina::server
