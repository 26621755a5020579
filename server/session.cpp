#include "server/session.hpp"
#include "catalog/ids.hpp"
#include "server/send.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <spdlog/spdlog.h>

namespace tarina::server {
namespace {

using boost::system::error_code;

std::string_view pending(Connection const& connection) {
  auto const data = connection.input.data();
  return {static_cast<char const*>(data.data()), data.size()};
}

/// What can be said about a head that is not complete yet.
std::optional<BadHead> check_early(std::string_view bytes, Limits const& limits) {
  if (!bytes.empty() && (static_cast<unsigned char>(bytes.front()) < 'A' || static_cast<unsigned char>(bytes.front()) > 'z'))
    return BadHead{400, "this is not HTTP"};
  for (auto at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1))
    if (at == 0 || bytes[at - 1] != '\r') return BadHead{400, "lines end with CR LF"};
  auto const end = bytes.find("\r\n");
  if (end != std::string_view::npos) return check_request_line(bytes.substr(0, end), limits);
  if (bytes.size() > limits.target_bytes + 64) return BadHead{414, "the address is too long"};
  return std::nullopt;
}

struct NoMoreRequests {};
using HeadOutcome = std::variant<Head, BadHead, NoMoreRequests>;

awaitable<HeadOutcome> next_head(Connection& connection) {
  auto const& limits = connection.limits;
  connection.expect_within(limits.head_deadline);
  for (;;) {
    // RFC 9112 2.2: an empty line before the request line is forgiven.
    while (pending(connection).starts_with("\r\n")) connection.input.consume(2);
    auto const bytes = pending(connection);
    auto const end = bytes.find("\r\n\r\n");
    auto const head_size = end == std::string_view::npos ? bytes.size() : end + 4;
    if (bytes != "\r") {
      if (auto bad = check_early(bytes.substr(0, head_size), limits)) co_return std::move(*bad);
    }
    if (head_size > limits.head_bytes) co_return BadHead{431, "the request head is too large"};
    if (end != std::string_view::npos) {
      auto head = read_head(bytes.substr(0, head_size), limits);
      connection.input.consume(head_size);
      connection.expect_nothing();
      if (auto* bad = std::get_if<BadHead>(&head)) co_return std::move(*bad);
      co_return std::move(std::get<Head>(head));
    }
    error_code error;
    auto const room = connection.input.prepare(4096);
    auto const n = co_await connection.socket.async_read_some(room, asio::redirect_error(use_awaitable, error));
    connection.input.commit(n);
    if (error) {
      if (connection.expired() && connection.input.size() > 0) co_return BadHead{408, "the request head took too long"};
      co_return NoMoreRequests{};
    }
  }
}

/// The client's address as a configured proxy in front of us reports it. The last address that is not itself a proxy counts:
/// what stands before it the client may have made up.
void apply_forwarding(Request& request, std::vector<std::string> const& proxies) {
  auto is_proxy = [&](std::string_view address) { return std::find(proxies.begin(), proxies.end(), address) != proxies.end(); };
  auto list = request.header("X-Forwarded-For");
  while (!list.empty()) {
    auto const comma = list.rfind(',');
    auto item = comma == std::string_view::npos ? list : list.substr(comma + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty() && item.size() <= 45) request.remote = std::string(item);
    if (comma == std::string_view::npos || !is_proxy(item)) return;
    list = list.substr(0, comma);
  }
}

/// False when the path is broken.
bool fill_request(Request& request, Head head, Connection const& connection, SessionContext const& context) {
  request.method = head.method;
  request.target = std::move(head.target);
  request.headers = std::move(head.headers);
  request.remote = connection.peer.address;
  if (connection.peer.is_https(request.header("X-Forwarded-Proto"))) request.scheme = "https";
  if (connection.peer.proxied) apply_forwarding(request, context.trusted_proxies);
  auto const question = request.target.find('?');
  auto path = percent_decode(std::string_view(request.target).substr(0, question));
  if (!path) return false;
  request.path = std::move(*path);
  if (question != std::string::npos) request.query = FormValues(std::string_view(request.target).substr(question + 1));
  return true;
}

Response refusal(Request const& request, unsigned status, std::string const& reason) {
  auto response = problem(request, status, {Errc::invalid, "request.malformed", reason});
  response.set("X-Content-Type-Options", "nosniff"); // nothing of answer() has seen this one
  response.set("Referrer-Policy", "same-origin");
  response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set(http::field::cache_control, no_store);
  response.close = true;
  return response;
}

/// Closes so that the client still reads our answer: a socket closed with unread input sends a reset (RFC 9112 9.6).
awaitable<void> linger(Connection& connection) {
  error_code error;
  connection.socket.shutdown(Socket::shutdown_send, error);
  if (error || connection.expired()) co_return;
  connection.expect_within(connection.limits.linger);
  connection.input.clear();
  std::vector<char> waste(4096);
  while (!error) co_await connection.socket.async_read_some(asio::buffer(waste), asio::redirect_error(use_awaitable, error));
}

/// OPTIONS * asks about the server as a whole (RFC 9110 9.3.7).
Response whole_server() { return no_content().set(http::field::allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"); }

/// One request; true when the connection can take another.
awaitable<bool> serve_one(Connection& connection, SessionContext const& context, KeptAnswers& kept) {
  auto outcome = co_await next_head(connection);
  if (std::holds_alternative<NoMoreRequests>(outcome)) co_return false;
  auto const began = std::chrono::steady_clock::now();
  Request request;
  request.request_id = catalog::random_id(12);
  if (auto const* bad = std::get_if<BadHead>(&outcome)) {
    ++context.metrics.bad_heads;
    auto response = refusal(request, bad->status, bad->reason);
    co_await send_response(connection, request, response, false);
    context.metrics.count_request("bad head", bad->status, 0, std::chrono::steady_clock::now() - began);
    co_await linger(connection);
    co_return false;
  }
  Head head = std::move(std::get<Head>(outcome));
  bool keep_alive = head.keep_alive;
  bool const http10 = head.http10;
  ConnectionBody body(connection, head);
  request.body = &body;
  request.nonce = catalog::random_id(24);
  Response response;
  if (head.target == "*")
    response = whole_server();
  else if (fill_request(request, std::move(head), connection, context))
    response = co_await context.answer(request);
  else
    response = refusal(request, 400, "the address is malformed");

  if (body.malformed()) response = refusal(request, 400, "the chunked body is malformed");
  if (!body.malformed() && body.failed() && !connection.expired()) co_return false; // the client went; nobody reads an answer
  if (!body.malformed() && body.failed()) response = refusal(request, 408, "the request body took too long");
  // A body nobody read: short ones are read away, for others the connection ends.
  bool const unread = !body.finished() && (body.failed() || body.unasked() || body.length().value_or(0) > context.limits.drain_bytes);
  keep_alive = keep_alive && !response.close && !unread && !connection.draining();
  if (http10 && keep_alive) response.set(http::field::connection, "keep-alive");
  bool const is_file = std::holds_alternative<FileBody>(response.body);
  if (is_file) kept.keep(request, response, context.version());
  auto const sent = co_await send_response(connection, request, response, keep_alive);
  if (!is_file && keep_alive && !http10) kept.keep(request, response, context.version()); // as it was coded
  auto const took = std::chrono::steady_clock::now() - began;
  context.metrics.count_request(request.route, sent.status, sent.body_bytes, took);
  // Only the route: the path may hold somebody's personal token.
  spdlog::debug("{} {} {} {} {} bytes", request.request_id,
                std::string_view(http::to_string(request.method).data(), http::to_string(request.method).size()), request.route,
                sent.status, sent.body_bytes);
  if (keep_alive && !body.finished()) {
    bool const drained = co_await body.drain(context.limits.drain_bytes);
    keep_alive = drained;
  }
  if (!keep_alive) co_await linger(connection);
  co_return keep_alive;
}

} // namespace

awaitable<bool> serve_requests(Connection& connection, SessionContext const& context, KeptAnswers& kept) {
  bool more = true;
  try {
    while (more && connection.input.size() > 0) more = co_await serve_one(connection, context, kept);
  } catch (boost::system::system_error const& failure) {
    spdlog::debug("a connection ended: {}", failure.what());
    more = false;
  } catch (std::exception const& failure) {
    spdlog::error("a connection ended: {}", failure.what());
    more = false;
  }
  co_return more;
}

} // namespace tarina::server
