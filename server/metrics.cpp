#include "server/metrics.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

void Metrics::count_request(std::string_view route, unsigned status, std::uint64_t bytes_sent, std::chrono::nanoseconds took) {
  double const seconds = std::chrono::duration<double>(took).count();
  auto const bucket = static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
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
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      total += took_[i];
      out += fmt::format("tarina_request_seconds_bucket{{le=\"{}\"}} {}\n", bounds[i], total);
    }
    total += took_[bounds.size()];
    out += fmt::format("tarina_request_seconds_bucket{{le=\"+Inf\"}} {}\ntarina_request_seconds_sum {}\n", total, took_sum_);
    out += fmt::format("tarina_request_seconds_count {}\n", total);
    counter("tarina_sent_bytes_total", "Body bytes sent.", bytes_sent_);
  }
  counter("tarina_connections_accepted_total", "Connections accepted.", connections_accepted);
  counter("tarina_connections_refused_total", "Connections refused by the cap for one address.", connections_refused);
  counter("tarina_deadlines_missed_total", "Connections closed because the peer was too slow.", deadlines_missed);
  counter("tarina_bad_heads_total", "Request heads refused.", bad_heads);
  counter("tarina_upload_bytes_total", "Upload bytes made durable.", upload_bytes);
  describe("tarina_connections_open", "gauge", "Connections open now.");
  out += fmt::format("tarina_connections_open {}\n", connections_open.load());
  for (auto const& gauge : gauges_) {
    describe(gauge.name, "gauge", gauge.help);
    out += fmt::format("{} {}\n", gauge.name, gauge.read());
  }
  return out;
}

} // namespace tarina::server
