// The short way of a request: kept answers go from the socket to sendfile(2) without a coroutine, a handler, a lock or an
// allocation. What it does not know goes the general way (session.hpp) and comes back when the connection is idle again.
// An idle connection has no coroutine and no buffer: 10,000 of them must cost little.
#pragma once
#include "server/connection.hpp"
#include "server/kept_answers.hpp"
#include "server/metrics.hpp"
#include "server/session.hpp"
#include <array>
#include <functional>

namespace tarina::server {

/// A kept answer of which the client has not taken everything yet.
struct Outgoing {
  KeptAnswers::Ptr answer;
  std::string rest;      // of head and small body
  std::int64_t at = 0;   // in the file
  std::int64_t left = 0; // of the file
  unsigned status = 200;
  std::int64_t bytes = 0; // of the whole body
  SteadyTime began;
  Pace pace;
};

/// One for each I/O thread, used by that thread alone.
class Lane {
public:
  using ConnectionPtr = std::shared_ptr<Connection>;
  Lane(SessionContext const& context, std::function<void(ConnectionPtr const&)> ended);

  /// Serves an accepted connection until it ends, then calls `ended`.
  void serve(ConnectionPtr connection);
  /// Gives what was counted to the common figures.
  void hand_over_figures() { context_.metrics.add(tally_); }

private:
  enum class Outcome { sent, blocked, failed, not_ours };

  void wait(ConnectionPtr connection);
  void read(ConnectionPtr const& connection);
  void take(ConnectionPtr const& connection, std::string_view bytes);
  Outcome answer(Connection& connection, std::string_view head, SteadyTime now);
  Outcome push(Connection& connection, KeptAnswers::Ptr const& answer, std::string_view head, std::int64_t at, std::int64_t left, unsigned status, std::int64_t bytes, SteadyTime now);
  void wait_for_room(ConnectionPtr connection);
  void go_on(ConnectionPtr const& connection);
  void general(ConnectionPtr connection);
  void end(ConnectionPtr const& connection);

  SessionContext const& context_;
  std::function<void(ConnectionPtr const&)> ended_;
  KeptAnswers answers_;
  Tally tally_;
  unsigned wide_ = 0;        // connections with a wide send buffer
  unsigned wide_limit_ = 64; // what they may pin counts against the kernel's tcp_mem
  HeadView head_;
  std::string scratch_head_;
  std::array<char, 16 * 1024> scratch_; // read into by whoever's turn it is
};

} // namespace tarina::server
