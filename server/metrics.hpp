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
#include <utility>
#include <vector>

namespace tarina::server {

/// Upper bounds of the latency histogram's buckets, in seconds.
inline constexpr std::array<double, 11> latency_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10};

/// What one thread counts without a lock and hands over ten times a second.
class Tally {
public:
  void count(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took);

private:
  friend class Metrics;
  struct Line {
    std::string route;
    unsigned status;
    std::uint64_t count;
  };
  std::vector<Line> lines_; // few: the routes of kept answers
  std::array<std::uint64_t, latency_bounds.size() + 1> took_{};
  double took_sum_ = 0;
  std::uint64_t bytes_sent_ = 0, requests_ = 0;
};

class Metrics {
public:
  /// Empties `tally` into these figures.
  void add(Tally& tally);
  /// `route` is the pattern, never the path: paths hold tokens and have no bound in number.
  void count_request(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took);
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
  std::array<std::uint64_t, latency_bounds.size() + 1> took_{};
  double took_sum_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::vector<Gauge> gauges_;
};

} // namespace tarina::server
