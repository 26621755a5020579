#include "server/metrics.hpp"
#include "worker_fixture.hpp"
#include <sstream>

using namespace fixture;
using namespace std::chrono_literals;

namespace {

bool has_line(std::string const& text, std::string const& line) { return ("\n" + text).find("\n" + line + "\n") != std::string::npos; }

} // namespace

TEST_CASE("a route's times fall into its own buckets, whichever way its requests went") {
  server::Metrics metrics;
  server::Tally tally;
  tally.count("/stream/{key}/{name...}", 200, 100, 2ms);
  tally.count("/stream/{key}/{name...}", 200, 100, 20s);
  tally.count("/stream/{key}/{name...}", 304, 0, 1ms); // a bound belongs to its bucket
  tally.count("/assets/{name...}", 200, 10, 300us);
  metrics.add(tally);
  metrics.add(tally); // empty by now
  metrics.count_request("/stream/{key}/{name...}", 200, 5, 40ms);
  metrics.count_request("", 404, 5, 0ms);
  auto const text = metrics.text();
  CHECK(has_line(text, "tarina_requests_total{route=\"/stream/{key}/{name...}\",status=\"200\"} 3"));
  CHECK(has_line(text, "tarina_requests_total{route=\"/stream/{key}/{name...}\",status=\"304\"} 1"));
  CHECK(has_line(text, "tarina_requests_total{route=\"none\",status=\"404\"} 1"));
  std::string const bucket = "tarina_request_seconds_bucket{route=\"/stream/{key}/{name...}\",le=";
  CHECK(has_line(text, bucket + "\"0.001\"} 1"));
  CHECK(has_line(text, bucket + "\"0.0025\"} 2"));
  CHECK(has_line(text, bucket + "\"0.05\"} 3"));
  CHECK(has_line(text, bucket + "\"10\"} 3"));
  CHECK(has_line(text, bucket + "\"+Inf\"} 4"));
  CHECK(has_line(text, "tarina_request_seconds_count{route=\"/stream/{key}/{name...}\"} 4"));
  CHECK(has_line(text, "tarina_request_seconds_count{route=\"/assets/{name...}\"} 1"));
  CHECK(has_line(text, "tarina_sent_bytes_total 220"));
}

TEST_CASE("what becomes of leased tasks is counted by kind, and how long the done ones took") {
  server::Metrics metrics;
  metrics.count_task("video", "done", 7s);
  metrics.count_task("video", "done", 2h);
  metrics.count_task("video", "lost", 1min);
  auto const text = metrics.text();
  CHECK(has_line(text, "tarina_tasks_ended_total{kind=\"video\",outcome=\"done\"} 2"));
  CHECK(has_line(text, "tarina_tasks_ended_total{kind=\"video\",outcome=\"lost\"} 1"));
  CHECK(has_line(text, "tarina_task_seconds_bucket{kind=\"video\",le=\"10\"} 1"));
  CHECK(has_line(text, "tarina_task_seconds_bucket{kind=\"video\",le=\"+Inf\"} 2"));
  CHECK(has_line(text, "tarina_task_seconds_sum{kind=\"video\"} 7207"));
}

TEST_CASE("figures of a server with work to do tell what waits and what was done") {
  Site site;
  auto const figures = [&] { return fetch(site.port(), "GET", "/metrics").body; };
  CHECK(has_line(figures(), "tarina_tasks_longest_waiting_seconds 0"));
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 10);
  REQUIRE(patch(site.port(), path, 0, "0123456789").status == 204);
  CHECK(has_line(figures(), "tarina_tasks{state=\"waiting\"} 1"));
  Worker worker(site);
  auto const probe = worker.lease();
  REQUIRE(worker.complete(probe, Worker::facts()).status == 200);
  auto const next = worker.lease();
  REQUIRE(worker.call("POST", "tasks/" + next.task_id + "/fail", next.token, R"({"failure":{"key":"worker.failed","detail":"no","permanent":false}})").status == 204);
  auto const text = figures();
  CHECK(has_line(text, "tarina_tasks_ended_total{kind=\"probe\",outcome=\"done\"} 1"));
  CHECK(has_line(text, "tarina_tasks_ended_total{kind=\"" + std::string(media::task_kind(next.task)) + "\",outcome=\"retried\"} 1"));
  CHECK(has_line(text, "tarina_task_seconds_count{kind=\"probe\"} 1"));
  CHECK(text.find("route=\"/api/v1/worker/tasks/{id}/complete\"") != std::string::npos);
  CHECK(text.find(probe.task_id) == std::string::npos);
}
