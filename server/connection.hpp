// One client connection: its socket, its deadline, and the body of the request being read.
#pragma once
#include "server/head.hpp"
#include "server/limits.hpp"
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>

namespace tarina::server {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Lives on one I/O thread. The thread's sweep calls expire() once the deadline passed.
class Connection : public std::enable_shared_from_this<Connection> {
public:
  Connection(Socket socket, std::string address, Limits const& limits);

  /// The pending or next socket operation must end within `longest`.
  void expect_within(std::chrono::milliseconds longest) { deadline_ = std::chrono::steady_clock::now() + longest; }
  /// The server is working; the client owes nothing.
  void expect_nothing() { deadline_ = SteadyTime::max(); }
  bool overdue(SteadyTime now) const { return now >= deadline_; }
  /// Fails the pending operation; the second time closes the socket.
  void expire();
  bool expired() const { return expired_; }
  /// Graceful stop: an idle connection ends now, a busy one after its answer.
  void drain();
  bool draining() const { return draining_; }
  void set_idle(bool idle) { idle_ = idle; }
  void close();

  Socket socket;
  std::string const address;
  Limits const& limits;
  boost::beast::flat_buffer input; // read and not yet consumed

private:
  SteadyTime deadline_ = SteadyTime::max();
  bool expired_ = false;
  bool draining_ = false;
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

  bool finished() const { return chunked_ ? parser_->is_done() : remaining_ == 0; }
  bool failed() const { return failed_ || interrupted_; }
  /// The client waits for "100 Continue" and got none: its body will not come.
  bool unasked() const { return expects_continue_; }
  /// Reads on to the end of the body, at most `limit` bytes; false when it is longer.
  awaitable<bool> drain(std::uint64_t limit);

private:
  using ChunkParser = http::request_parser<http::buffer_body>;
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
  std::unique_ptr<ChunkParser> parser_;
  std::shared_ptr<ConnectionBody*> self_; // emptied when this body ends, for late interrupts
};

} // namespace tarina::server
