#include "transcode/job_client.hpp"
#include <fmt/format.h>

namespace tarina::transcode {
namespace {

using nlohmann::json;

std::string task_path(media::Lease const& lease, std::string_view what) { return fmt::format("/api/v1/worker/tasks/{}/{}", lease.task_id, what); }

/// A body of one member. Outside the coroutines: GCC 12 cannot compile a nested initializer list in a co_await expression.
std::string message(char const* key, json value) {
  json body;
  body[key] = std::move(value);
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class T> T read(std::string const& body, char const* what) {
  try {
    return json::parse(body).get<T>();
  } catch (json::exception const& e) {
    throw std::runtime_error(std::string("the server's ") + what + " cannot be read: " + e.what());
  }
}

} // namespace

JobClient::JobClient(asio::any_io_executor executor, ServerSettings const& settings, asio::ssl::context& tls)
    : settings_(settings), connection_(std::move(executor), settings.address, tls) {}

asio::awaitable<http::response<http::string_body>> JobClient::call(http::verb method, std::string path, media::Lease const* lease, std::string body, TakeBytes take,
                                                                    std::optional<std::int64_t> first) {
  http::request<http::string_body> request(method, path, 11);
  request.set(http::field::authorization, "Bearer " + settings_.token);
  if (lease != nullptr) request.set("Tarina-Lease", std::to_string(lease->token));
  if (method == http::verb::post) request.set(http::field::content_type, "application/json");
  if (method == http::verb::put) request.set(http::field::content_type, "application/octet-stream");
  if (method == http::verb::get && first) request.set(http::field::range, fmt::format("bytes={}-", *first));
  if (method == http::verb::put && first) request.set("Tarina-Offset", std::to_string(*first));
  request.body() = std::move(body);
  http::response<http::string_body> answer;
  try {
    answer = co_await connection_.exchange(std::move(request), lease != nullptr ? settings_.deadline : settings_.poll_deadline, std::move(take));
  } catch (boost::system::system_error const& e) {
    throw ServerAway(e.code().message());
  }
  auto const status = answer.result_int();
  if (status >= 200 && status < 300) co_return answer;
  auto const said = fmt::format("{} {}: {}", status, path, answer.body().substr(0, 300));
  if (lease != nullptr && (status == 404 || status == 409 || status == 410)) throw LeaseLost(said);
  if (status >= 500 || status == 429 || status == 408) throw ServerAway(said);
  throw std::runtime_error("the server refuses: " + said);
}

asio::awaitable<std::optional<media::Lease>> JobClient::lease(std::string worker) {
  auto answer = co_await call(http::verb::post, "/api/v1/worker/lease", nullptr, message("worker", worker));
  if (answer.result() == http::status::no_content) co_return std::nullopt;
  auto lease = read<media::Lease>(answer.body(), "lease");
  // The id goes into paths and the hash into a file name.
  auto const plain = [](std::string const& s) { return s.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos && s.size() <= 64; };
  if (lease.task_id.empty() || !plain(lease.task_id) || !plain(lease.source_sha256)) throw std::runtime_error("the server's lease has an odd id");
  co_return lease;
}

asio::awaitable<void> JobClient::fetch_source(media::Lease const& lease, std::int64_t first, TakeBytes take) {
  std::string const nothing; // named: GCC 12 corrupts a braced value inside a co_await
  bool const in_parts = std::holds_alternative<media::DownloadTask>(lease.task);
  std::optional<std::int64_t> from;
  if (first > 0 || in_parts) from = first;
  auto answer = co_await call(http::verb::get, task_path(lease, "source"), &lease, nothing, std::move(take), from);
  if (from && answer.result() != http::status::partial_content) throw std::runtime_error("the server does not resume a download");
}

asio::awaitable<void> JobClient::put_output(media::Lease const& lease, std::string const& name, std::string const& bytes, std::optional<std::int64_t> offset) {
  co_await call(http::verb::put, task_path(lease, "outputs/" + name), &lease, bytes, nullptr, offset);
}

asio::awaitable<Renewal> JobClient::report_progress(media::Lease const& lease, double share, std::chrono::milliseconds watch, std::vector<media::Track> const* made) {
  json body{{"fraction", share}, {"watch_ms", watch.count()}};
  if (made != nullptr) body["made"] = media::TaskResult(*made);
  auto answer = co_await call(http::verb::post, task_path(lease, "progress"), &lease, body.dump());
  auto const said = read<json>(answer.body(), "renewal");
  Renewal renewal;
  renewal.expires_in = media::milliseconds(said.value("expires_in_ms", std::int64_t{0}));
  renewal.cancelled = said.value("cancelled", false);
  co_return renewal;
}

asio::awaitable<void> JobClient::complete(media::Lease const& lease, media::TaskResult const& made) {
  co_await call(http::verb::post, task_path(lease, "complete"), &lease, message("result", made));
}

asio::awaitable<void> JobClient::fail(media::Lease const& lease, media::TaskFailure const& failure) {
  co_await call(http::verb::post, task_path(lease, "fail"), &lease, message("failure", failure));
}

} // namespace tarina::transcode
