// One client connection: its socket, its deadline, and the body of the request being read.
#pragma once
#include "server/chunks.hpp"
#include "server/head.hpp"
#include "server/limits.hpp"
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>

namespace tarina::server {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using SteadyTime = std::chrono::steady_clock::time_point;

struct Outgoing;

/// Who is at the other end.
struct Peer {
  std::string address;
  std::string network;  // what it counts under; empty when it is counted elsewhere
  bool proxied = false; // a configured proxy, which speaks for others
  bool tls = false;     // it came over our own TLS
  /// Whether the visitor's own connection is HTTPS. `forwarded`: X-Forwarded-Proto, believed from proxies alone.
  bool is_https(std::string_view forwarded) const { return proxied && !forwarded.empty() ? forwarded == "https" : tls; }
};

/// Lives on one I/O thread. The thread's sweep calls expire() once the deadline passed.
class Connection : public std::enable_shared_from_this<Connection> {
public:
  /// `socket`: the peer's, or this end of the pair that a TlsRelay speaks on for it.
  Connection(Socket socket, Peer peer, Limits const& limits);
  ~Connection();

  /// The pending or next socket operation must end within `longest`.
  void expect_within(std::chrono::milliseconds longest) { deadline_ = std::chrono::steady_clock::now() + longest; }
  /// The server is working; the client owes nothing.
  void expect_nothing() { deadline_ = SteadyTime::max(); }
  bool overdue(SteadyTime now) const { return now >= deadline_; }
  /// Fails the pending operation; the second time closes the socket.
  void expire();
  bool expired() const { return expired_; }
  /// Graceful stop: an idle connection ends now, a busy one after its answer, a new one after its first.
  void drain();
  bool draining() const { return draining_; }
  /// Nothing has come on it yet.
  bool fresh() const { return fresh_; }
  void set_used() { fresh_ = false; }
  /// Between requests: holds no buffer and may stay so for the idle time.
  void rest();
  void set_idle(bool idle) { idle_ = idle; }
  void close();

  Socket socket;
  Peer const peer;
  Limits const& limits;
  boost::beast::flat_buffer input; // read and not yet consumed
  std::unique_ptr<Outgoing> outgoing; // a kept answer that waits for room (server/lane.cpp)
  bool wide = false; // its send buffer takes a large segment whole (server/lane.cpp)

private:
  SteadyTime deadline_ = SteadyTime::max();
  bool expired_ = false;
  bool draining_ = false;
  bool fresh_ = true;
  bool idle_ = false;
};

/// How long the other side may still keep us waiting: no single stall, and a least rate over all waiting together.
class Pace {
public:
  /// `rate`: bytes a second.
  Pace(std::chrono::milliseconds stall, std::int64_t rate) : stall_(stall), rate_(rate > 0 ? rate : 1) {}
  void moved(std::uint64_t bytes) { moved_ += bytes; }
  void waited(std::chrono::steady_clock::duration time) { waited_ += time; }
  std::chrono::milliseconds left() const;

private:
  std::chrono::milliseconds stall_;
  std::int64_t rate_;
  std::uint64_t moved_ = 0;
  std::chrono::steady_clock::duration waited_{};
};

/// Reads the body of one request from its connection, by Content-Length or chunked.
class ConnectionBody final : public BodyReader {
public:
  ConnectionBody(Connection& connection, Head const& head);
  ~ConnectionBody() override { *self_ = nullptr; }

  std::optional<std::uint64_t> length() const override;
  awaitable<std::size_t> read_some(std::span<char> buffer) override;
  std::function<void()> interrupter() override;
  awaitable<void> send_interim(std::string message) override;
  bool peer_gone() const override;

  bool finished() const { return chunked_ ? chunks_->done() : remaining_ == 0; }
  bool failed() const { return failed_ || interrupted_; }
  /// The client sends what no chunked body is.
  bool malformed() const { return chunked_ && chunks_->malformed(); }
  /// The client waits for "100 Continue" and got none: its body will not come.
  bool unasked() const { return expects_continue_; }
  /// Reads on to the end of the body, at most `limit` bytes; false when it is longer.
  awaitable<bool> drain(std::uint64_t limit);

private:
  awaitable<std::size_t> read_plain(std::span<char> buffer);
  awaitable<std::size_t> read_chunked(std::span<char> buffer);

  Connection& connection_;
  bool chunked_;
  bool http10_;
  bool expects_continue_;
  bool failed_ = false;
  bool interrupted_ = false;
  bool reading_ = false;
  std::optional<std::uint64_t> length_;
  std::uint64_t remaining_ = 0;
  Pace pace_;
  std::optional<ChunkDecoder> chunks_;
  std::shared_ptr<ConnectionBody*> self_; // emptied when this body ends, for late interrupts
};

} // namespace tarina::server
