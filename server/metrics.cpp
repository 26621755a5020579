#include "server/metrics.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace tarina::server {
namespace {

double seconds_of(std::chrono::nanoseconds took) { return std::chrono::duration<double>(took).count(); }

/// A histogram for each value of one label. Patterns and kinds are words of ours: they need no escapes.
void append_histogram(std::string& out, std::string_view name, std::string_view help, std::string_view label, Bounds const& bounds,
                      std::map<std::string, Times, std::less<>> const& all) {
  describe(out, name, "histogram", help);
  auto const at = std::back_inserter(out);
  for (auto const& [value, times] : all) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      total += times.counts[i];
      fmt::format_to(at, "{}_bucket{{{}=\"{}\",le=\"{}\"}} {}\n", name, label, value, bounds[i], total);
    }
    total += times.counts.back();
    fmt::format_to(at, "{0}_bucket{{{1}=\"{2}\",le=\"+Inf\"}} {3}\n{0}_sum{{{1}=\"{2}\"}} {4}\n{0}_count{{{1}=\"{2}\"}} {3}\n", name, label, value, total, times.sum);
  }
}

} // namespace

void describe(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void Times::add(Bounds const& bounds, double seconds) {
  ++counts[static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin())];
  sum += seconds;
}

void Times::take(Times& other) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += std::exchange(other.counts[i], 0);
  sum += std::exchange(other.sum, 0);
}

void Tally::count(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took) {
  auto line = std::find_if(lines_.begin(), lines_.end(), [&](Line const& l) { return l.status == status && routes_[l.route].name == route; });
  if (line == lines_.end()) {
    auto known = std::find_if(routes_.begin(), routes_.end(), [&](Route const& r) { return r.name == route; });
    if (known == routes_.end()) known = routes_.insert(known, {std::string(route), {}});
    line = lines_.insert(line, {static_cast<std::size_t>(known - routes_.begin()), status, 0});
  }
  ++line->count;
  routes_[line->route].took.add(latency_bounds, seconds_of(took));
  bytes_sent_ += bytes_sent;
  ++requests_;
}

void Metrics::add(Tally& tally) {
  if (tally.requests_ == 0) return;
  std::lock_guard lock(mutex_);
  for (auto& line : tally.lines_)
    if (line.count > 0) requests_[{tally.routes_[line.route].name, line.status}] += std::exchange(line.count, 0);
  for (auto& route : tally.routes_) took_[route.name].take(route.took);
  bytes_sent_ += std::exchange(tally.bytes_sent_, 0);
  tally.requests_ = 0;
}

void Metrics::count_request(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took) {
  std::string const name(route.empty() ? "none" : route);
  std::lock_guard lock(mutex_);
  ++requests_[{name, status}];
  took_[name].add(latency_bounds, seconds_of(took));
  bytes_sent_ += bytes_sent;
}

void Metrics::count_task(std::string_view kind, std::string_view outcome, std::chrono::milliseconds worked) {
  std::lock_guard lock(mutex_);
  ++tasks_ended_[{std::string(kind), std::string(outcome)}];
  if (outcome == "done") tasks_took_[std::string(kind)].add(task_bounds, seconds_of(worked));
}

void Metrics::add_gauge(std::string name, std::string help, std::function<double()> read) {
  gauges_.push_back({std::move(name), std::move(help), std::move(read)});
}

std::string Metrics::text() const {
  std::string out;
  auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    describe(out, name, "counter", help);
    out += fmt::format("{} {}\n", name, value);
  };
  {
    std::lock_guard lock(mutex_);
    describe(out, "tarina_requests_total", "counter", "Requests answered, by route and status.");
    for (auto const& [key, count] : requests_)
      out += fmt::format("tarina_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
    append_histogram(out, "tarina_request_seconds", "Time from a request's head to the last byte handed to the system, by route.", "route", latency_bounds, took_);
    describe(out, "tarina_tasks_ended_total", "counter", "Leased transcoding tasks that ended, by kind and outcome.");
    for (auto const& [key, count] : tasks_ended_)
      out += fmt::format("tarina_tasks_ended_total{{kind=\"{}\",outcome=\"{}\"}} {}\n", key.first, key.second, count);
    append_histogram(out, "tarina_task_seconds", "Time from the lease to the result of tasks that were done, by kind.", "kind", task_bounds, tasks_took_);
    counter("tarina_sent_bytes_total", "Body bytes sent.", bytes_sent_);
  }
  counter("tarina_connections_accepted_total", "Connections accepted.", connections_accepted);
  counter("tarina_connections_refused_total", "Connections refused by the cap for one address.", connections_refused);
  counter("tarina_deadlines_missed_total", "Connections closed because the peer was too slow.", deadlines_missed);
  counter("tarina_bad_heads_total", "Request heads refused.", bad_heads);
  counter("tarina_upload_bytes_total", "Upload bytes made durable.", upload_bytes);
  counter("tarina_playlists_written_total", "Playlists of unfinished packages written from the record; most answers repeat one.", playlists_written);
  describe(out, "tarina_connections_open", "gauge", "Connections open now.");
  out += fmt::format("tarina_connections_open {}\n", connections_open.load());
  for (auto const& gauge : gauges_) {
    describe(out, gauge.name, "gauge", gauge.help);
    out += fmt::format("{} {}\n", gauge.name, gauge.read());
  }
  return out;
}

} // namespace tarina::server
