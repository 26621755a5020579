#include "server/tls_relay.hpp"
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace tarina::server {
namespace {

using boost::system::error_code;

constexpr std::string_view plain_http = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 34\r\nConnection: close\r\n\r\n"
                                        "This port speaks HTTPS, not HTTP.\n";

/// One TLS record's worth; used between two waits only, by whoever's turn it is.
std::array<char, 16 * 1024>& scratch() {
  thread_local std::array<char, 16 * 1024> bytes;
  return bytes;
}

/// Moves what waits out of the scratch, which others use meanwhile.
void keep(std::string_view& bytes, std::string& rest) {
  if (!rest.empty()) return; // they are there already
  rest = bytes;
  bytes = rest;
}

awaitable<bool> wait(Socket& socket, Socket::wait_type what) {
  error_code error;
  co_await socket.async_wait(what, asio::redirect_error(use_awaitable, error));
  co_return !error;
}

} // namespace

TlsRelay::TlsRelay(Socket socket, Tls const& tls, Limits const& limits)
    : visitor_(std::move(socket)), plain_(visitor_.get_executor()), ssl_(tls.accept(visitor_.native_handle())), limits_(limits) {
  expect_within(limits_.head_deadline);
}

void TlsRelay::expire() {
  expired_ = true;
  break_off();
}

void TlsRelay::break_off() {
  // Shut down rather than closed: whoever has just been woken may still touch the descriptors.
  over_ = true;
  deadline_ = SteadyTime::max();
  ::shutdown(visitor_.native_handle(), SHUT_RDWR);
  if (plain_.is_open()) ::shutdown(plain_.native_handle(), SHUT_RDWR);
}

void TlsRelay::drain() {
  if (!joined_) expect_within(limits_.linger);
}

awaitable<bool> TlsRelay::wait_for(int ssl_error) {
  auto const what = ssl_error == SSL_ERROR_WANT_READ ? Socket::wait_read : Socket::wait_write;
  if (ssl_error != SSL_ERROR_WANT_READ && ssl_error != SSL_ERROR_WANT_WRITE) co_return false;
  bool const ready = co_await wait(visitor_, what);
  co_return ready && !over_;
}

awaitable<bool> TlsRelay::handshake() {
  for (;;) {
    ERR_clear_error();
    int const done = SSL_do_handshake(ssl_.get());
    if (done == 1) {
      deadline_ = SteadyTime::max();
      co_return true;
    }
    int const reason = SSL_get_error(ssl_.get(), done);
    if (reason == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST)
      static_cast<void>(::send(visitor_.native_handle(), plain_http.data(), plain_http.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    bool const more = co_await wait_for(reason);
    if (!more) break;
  }
  if (!over_) co_await say_farewell();
  co_return false;
}

/// Closes so that the visitor still reads what was said last: a socket closed with unread input sends a reset.
awaitable<void> TlsRelay::say_farewell() {
  ::shutdown(visitor_.native_handle(), SHUT_WR);
  expect_within(limits_.linger);
  for (;;) {
    bool const more = co_await wait(visitor_, Socket::wait_read); // each time, so that the deadline can come in between
    if (!more || over_) co_return;
    auto const n = ::recv(visitor_.native_handle(), scratch().data(), scratch().size(), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) co_return;
  }
}

Socket TlsRelay::join(std::function<void(std::shared_ptr<TlsRelay> const&)> ended) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0)
    throw boost::system::system_error(errno, boost::system::system_category(), "socketpair");
  // Asio asks a socket's protocol for nothing that a local one could not do. Until it has taken them, they are ours to close.
  Socket other(visitor_.get_executor());
  try {
    plain_.assign(asio::ip::tcp::v4(), pair[0]);
    other.assign(asio::ip::tcp::v4(), pair[1]);
  } catch (...) {
    if (!plain_.is_open()) ::close(pair[0]);
    if (!other.is_open()) ::close(pair[1]);
    throw;
  }
  joined_ = true;
  ended_ = std::move(ended);
  running_ = 2;
  for (auto way : {&TlsRelay::receive, &TlsRelay::send})
    asio::co_spawn(visitor_.get_executor(), (this->*way)(), [self = shared_from_this()](std::exception_ptr) { self->one_ended(); });
  return other;
}

void TlsRelay::one_ended() {
  if (--running_ == 0) std::exchange(ended_, nullptr)(shared_from_this());
}

awaitable<void> TlsRelay::receive() {
  for (;;) {
    ERR_clear_error();
    int const n = SSL_read(ssl_.get(), scratch().data(), static_cast<int>(scratch().size()));
    if (n > 0) {
      std::string_view const bytes(scratch().data(), static_cast<std::size_t>(n));
      bool const taken = co_await pass_on(bytes);
      if (!taken) co_return; // the server has closed; send() says goodbye
      continue;
    }
    int const reason = SSL_get_error(ssl_.get(), n);
    if (reason == SSL_ERROR_ZERO_RETURN) break;
    bool const more = co_await wait_for(reason);
    if (more) continue;
    break_off(); // what came is no TLS, or the connection broke
    co_return;
  }
  ::shutdown(plain_.native_handle(), SHUT_WR); // the visitor says no more, and may still listen
}

awaitable<bool> TlsRelay::pass_on(std::string_view bytes) {
  std::string rest;
  while (!bytes.empty()) {
    auto const n = ::send(plain_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) co_return false;
    keep(bytes, rest);
    bool const ready = co_await wait(plain_, Socket::wait_write); // as long as the server is busy with it
    if (!ready || over_) co_return false;
  }
  co_return true;
}

awaitable<void> TlsRelay::send() {
  for (;;) {
    auto const n = ::recv(plain_.native_handle(), scratch().data(), scratch().size(), MSG_DONTWAIT);
    if (n > 0) {
      std::string_view const bytes(scratch().data(), static_cast<std::size_t>(n));
      bool const taken = co_await encrypt(bytes);
      if (taken) continue;
      break_off();
      co_return;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 || errno != EAGAIN) break;
    bool const more = co_await wait(plain_, Socket::wait_read);
    if (!more || over_) co_return;
  }
  // The server has said all: so do we, and wait no longer than it would for the visitor to hear it.
  expect_within(limits_.linger);
  for (;;) {
    ERR_clear_error();
    int const said = SSL_shutdown(ssl_.get());
    if (said >= 0) break;
    bool const more = co_await wait_for(SSL_get_error(ssl_.get(), said));
    if (!more) break;
  }
  ::shutdown(visitor_.native_handle(), SHUT_WR);
}

awaitable<bool> TlsRelay::encrypt(std::string_view bytes) {
  std::string rest;
  while (!bytes.empty()) {
    ERR_clear_error();
    int const n = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    keep(bytes, rest);
    expect_within(limits_.write_stall);
    bool const ready = co_await wait_for(SSL_get_error(ssl_.get(), n));
    deadline_ = SteadyTime::max();
    if (!ready) co_return false;
  }
  co_return true;
}

} // namespace tarina::server
