#include "server/connection.hpp"
#include "server/lane.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <algorithm>
#include <sys/socket.h>

namespace tarina::server {

using boost::system::error_code;
using boost::system::system_error;

namespace {
constexpr std::size_t input_limit = 64 * 1024;
}

Connection::Connection(Socket accepted, Peer from, Limits const& bounds)
    : socket(std::move(accepted)), peer(std::move(from)), limits(bounds), input(input_limit) {}

Connection::~Connection() = default;

void Connection::expire() {
  error_code ignored;
  if (expired_) {
    close();
    return;
  }
  expired_ = true;
  expect_within(limits.linger); // for a farewell
  socket.cancel(ignored);
}

void Connection::rest() {
  if (input.capacity() > 0) input = boost::beast::flat_buffer(input_limit);
  idle_ = true;
  expect_within(draining_ ? limits.linger : limits.idle_timeout);
}

void Connection::drain() {
  draining_ = true;
  if (!idle_) return;
  if (fresh_) return expect_within(limits.linger); // its request is on the way
  error_code ignored;
  socket.cancel(ignored);
}

void Connection::close() {
  error_code ignored;
  expect_nothing();
  socket.close(ignored);
}

std::chrono::milliseconds Pace::left() const {
  using namespace std::chrono;
  auto const earned = milliseconds(static_cast<std::int64_t>(moved_) * 1000 / rate_);
  return std::clamp<milliseconds>(stall_ + earned - duration_cast<milliseconds>(waited_), milliseconds(0), stall_);
}

ConnectionBody::ConnectionBody(Connection& connection, Head const& head)
    : connection_(connection), chunked_(head.chunked), http10_(head.http10), expects_continue_(head.expects_continue && head.has_body()),
      length_(head.length), remaining_(head.length.value_or(0)),
      pace_(connection.limits.body_stall, connection.limits.body_rate), self_(std::make_shared<ConnectionBody*>(this)) {
  if (chunked_)
    chunks_.emplace(connection.limits.head_bytes);
  else if (!length_)
    length_ = 0;
}

std::optional<std::uint64_t> ConnectionBody::length() const {
  if (chunked_) return std::nullopt;
  return length_;
}

std::function<void()> ConnectionBody::interrupter() {
  auto executor = connection_.socket.get_executor();
  return [executor, self = self_] {
    asio::post(executor, [self] {
      if (!*self) return;
      (*self)->interrupted_ = true;
      error_code ignored;
      if ((*self)->reading_) (*self)->connection_.socket.cancel(ignored);
    });
  };
}

awaitable<void> ConnectionBody::send_interim(std::string message) {
  if (http10_ || failed()) co_return;
  error_code error;
  connection_.expect_within(connection_.limits.write_stall);
  co_await asio::async_write(connection_.socket, asio::buffer(message), asio::redirect_error(use_awaitable, error));
  connection_.expect_nothing();
  if (error) failed_ = true;
}

bool ConnectionBody::peer_gone() const {
  char byte = 0;
  auto const n = ::recv(connection_.socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

awaitable<std::size_t> ConnectionBody::read_some(std::span<char> buffer) {
  if (finished() || buffer.empty()) co_return 0;
  if (failed()) throw system_error(asio::error::operation_aborted);
  if (expects_continue_) {
    expects_continue_ = false;
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code error;
    connection_.expect_within(connection_.limits.write_stall);
    co_await asio::async_write(connection_.socket, asio::buffer(go_on), asio::redirect_error(use_awaitable, error));
    if (error) {
      failed_ = true;
      throw system_error(error);
    }
  }
  connection_.expect_within(pace_.left());
  auto const began = std::chrono::steady_clock::now();
  std::size_t n = 0;
  reading_ = true;
  if (chunked_)
    n = co_await read_chunked(buffer);
  else
    n = co_await read_plain(buffer);
  reading_ = false;
  pace_.waited(std::chrono::steady_clock::now() - began);
  pace_.moved(n);
  connection_.expect_nothing();
  if (failed()) throw system_error(asio::error::operation_aborted, "the request body did not arrive");
  co_return n;
}

awaitable<std::size_t> ConnectionBody::read_plain(std::span<char> buffer) {
  auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), remaining_));
  std::size_t n = 0;
  if (connection_.input.size() > 0) {
    n = asio::buffer_copy(asio::buffer(buffer.data(), wanted), connection_.input.data());
    connection_.input.consume(n);
  } else {
    error_code error;
    n = co_await connection_.socket.async_read_some(asio::buffer(buffer.data(), wanted), asio::redirect_error(use_awaitable, error));
    if (error) failed_ = true;
  }
  remaining_ -= n;
  co_return n;
}

awaitable<std::size_t> ConnectionBody::read_chunked(std::span<char> buffer) {
  auto& input = connection_.input;
  for (;;) {
    auto const step = chunks_->decode({static_cast<char const*>(input.data().data()), input.size()}, buffer);
    input.consume(step.taken);
    if (chunks_->malformed()) failed_ = true;
    if (failed_ || chunks_->done() || step.given > 0) co_return step.given;
    error_code error;
    auto const room = input.prepare(16 * 1024);
    auto const n = co_await connection_.socket.async_read_some(room, asio::redirect_error(use_awaitable, error));
    input.commit(n);
    if (error) {
      failed_ = true;
      co_return 0;
    }
  }
}

awaitable<bool> ConnectionBody::drain(std::uint64_t limit) {
  if (finished()) co_return true;
  if (failed_ || interrupted_ || expects_continue_ || (!chunked_ && remaining_ > limit)) co_return false;
  std::vector<char> waste(16 * 1024);
  std::uint64_t drained = 0;
  try {
    while (!finished() && drained <= limit) drained += co_await read_some(waste);
  } catch (system_error const&) {
    co_return false;
  }
  co_return finished();
}

} // namespace tarina::server
