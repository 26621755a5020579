// The TLS end of one connection. What was in it goes by a pair of local sockets to an ordinary Connection and back, so that
// there is one way of HTTP with its limits, and those who come without TLS pay nothing for those who come with it.
#pragma once
#include "server/connection.hpp"
#include "server/tls.hpp"
#include <functional>
#include <memory>
#include <string_view>

namespace tarina::server {

/// Lives on one I/O thread. The thread's sweep calls expire() once the deadline passed.
class TlsRelay : public std::enable_shared_from_this<TlsRelay> {
public:
  /// `socket`: the visitor's, non-blocking.
  TlsRelay(Socket socket, Tls const& tls, Limits const& limits);

  /// True when TLS stands. Otherwise the visitor was told why, as far as he listens; who speaks plain HTTP gets a 400.
  awaitable<bool> handshake();
  /// Carries bytes until both sides ended, then calls `ended` with this; once, after the handshake. Gives the other end of
  /// the pair, on which the visitor's HTTP is spoken. Throws boost::system::system_error when no descriptors are left.
  Socket join(std::function<void(std::shared_ptr<TlsRelay> const&)> ended);

  bool overdue(SteadyTime now) const { return now >= deadline_; }
  /// Ends both sides at once, for the deadline's sake.
  void expire();
  bool expired() const { return expired_; }
  /// Graceful stop: a handshake has little time left. What is joined ends with its Connection.
  void drain();

private:
  awaitable<void> receive(); // from the visitor to the server
  awaitable<void> send();    // and back
  awaitable<bool> pass_on(std::string_view bytes);
  awaitable<bool> encrypt(std::string_view bytes);
  awaitable<bool> wait_for(int ssl_error);
  awaitable<void> say_farewell();
  void one_ended();
  void break_off();
  void expect_within(std::chrono::milliseconds longest) { deadline_ = std::chrono::steady_clock::now() + longest; }

  Socket visitor_, plain_;
  SslPtr ssl_; // before the sockets go
  Limits const& limits_;
  SteadyTime deadline_ = SteadyTime::max();
  std::function<void(std::shared_ptr<TlsRelay> const&)> ended_;
  int running_ = 0; // directions
  bool joined_ = false;
  bool over_ = false; // both sides are shut down
  bool expired_ = false;
};

} // namespace tarina::server
