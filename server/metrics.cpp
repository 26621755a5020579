#include "server/metrics.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

namespace {
std::size_t bucket_of(double seconds) {
  return static_cast<std::size_t>(std::lower_bound(latency_bounds.begin(), latency_bounds.end(), seconds) - latency_bounds.begin());
}
} // namespace

void Tally::count(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took) {
  auto const same = [&](Line const& line) { return line.status == status && line.route == route; };
  auto const line = std::find_if(lines_.begin(), lines_.end(), same);
  if (line == lines_.end())
    lines_.push_back({std::string(route), status, 1});
  else
    ++line->count;
  double const seconds = std::chrono::duration<double>(took).count();
  ++took_[bucket_of(seconds)];
  took_sum_ += seconds;
  bytes_sent_ += bytes_sent;
  ++requests_;
}

void Metrics::add(Tally& tally) {
  if (tally.requests_ == 0) return;
  std::lock_guard lock(mutex_);
  for (auto& line : tally.lines_) {
    if (line.count > 0) requests_[{line.route, line.status}] += line.count;
    line.count = 0;
  }
  for (std::size_t i = 0; i < took_.size(); ++i) took_[i] += std::exchange(tally.took_[i], 0);
  took_sum_ += std::exchange(tally.took_sum_, 0);
  bytes_sent_ += std::exchange(tally.bytes_sent_, 0);
  tally.requests_ = 0;
}

void Metrics::count_request(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took) {
  double const seconds = std::chrono::duration<double>(took).count();
  auto const bucket = bucket_of(seconds);
  std::lock_guard lock(mutex_);
  ++requests_[{std::string(route.empty() ? "none" : route), status}];
  ++took_[bucket];
  took_sum_ += seconds;
  bytes_sent_ += bytes_sent;
}

void Metrics::add_gauge(std::string name, std::string help, std::function<double()> read) {
  gauges_.push_back({std::move(name), std::move(help), std::move(read)});
}

std::string Metrics::text() const {
  std::string out;
  auto describe = [&](std::string_view name, std::string_view type, std::string_view help) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  };
  auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    describe(name, "counter", help);
    out += fmt::format("{} {}\n", name, value);
  };
  {
    std::lock_guard lock(mutex_);
    describe("tarina_requests_total", "counter", "Requests answered, by route and status.");
    for (auto const& [key, count] : requests_)
      out += fmt::format("tarina_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
    describe("tarina_request_seconds", "histogram", "Time from the request's head to the last byte handed to the system.");
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
      total += took_[i];
      out += fmt::format("tarina_request_seconds_bucket{{le=\"{}\"}} {}\n", latency_bounds[i], total);
    }
    total += took_[latency_bounds.size()];
    out += fmt::format("tarina_request_seconds_bucket{{le=\"+Inf\"}} {}\ntarina_request_seconds_sum {}\n", total, took_sum_);
    out += fmt::format("tarina_request_seconds_count {}\n", total);
    counter("tarina_sent_bytes_total", "Body bytes sent.", bytes_sent_);
  }
  counter("tarina_connections_accepted_total", "Connections accepted.", connections_accepted);
  counter("tarina_connections_refused_total", "Connections refused by the cap for one address.", connections_refused);
  counter("tarina_deadlines_missed_total", "Connections closed because the peer was too slow.", deadlines_missed);
  counter("tarina_bad_heads_total", "Request heads refused.", bad_heads);
  counter("tarina_upload_bytes_total", "Upload bytes made durable.", upload_bytes);
  counter("tarina_playlists_written_total", "Playlists of unfinished packages written from the record; most answers repeat one.", playlists_written);
  describe("tarina_connections_open", "gauge", "Connections open now.");
  out += fmt::format("tarina_connections_open {}\n", connections_open.load());
  for (auto const& gauge : gauges_) {
    describe(gauge.name, "gauge", gauge.help);
    out += fmt::format("{} {}\n", gauge.name, gauge.read());
  }
  return out;
}

} // namespace tarina::server
