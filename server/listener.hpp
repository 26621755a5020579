// Threads, listening sockets and their connections: one io_context per core, SO_REUSEPORT, sockets never change threads.
#pragma once
#include "server/session.hpp"
#include "server/tls.hpp"
#include <string>

namespace tarina::server {

struct ListenOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                 // 0: any free one
  unsigned threads = 0;                   // 0: one a core
  std::vector<std::string> trusted_proxies;
  int socket = -1;                        // a listening TCP socket handed in, taken over; address and port are its own then
  Tls const* tls = nullptr;               // with it a second address, where HTTPS is spoken
  std::string tls_address = "127.0.0.1";
  std::uint16_t tls_port = 0;
  int tls_socket = -1;
  std::function<std::uint64_t()> version = [] { return std::uint64_t{0}; }; // see SessionContext
};

class Listener {
public:
  /// Binds; throws boost::system::system_error when it cannot. Serves from start() on.
  Listener(ListenOptions const& options, Limits const& limits, Metrics& metrics, Handler answer);
  ~Listener(); // stops at once when stop() was not called
  Listener(Listener const&) = delete;

  std::uint16_t port() const;
  std::uint16_t tls_port() const; // 0 without TLS
  void start();
  /// Runs a coroutine beside the connections, on the first thread: timers, sweeps. It must end soon after `stopping()`.
  void spawn(std::function<awaitable<void>()> task);
  /// Stops accepting, ends idle connections, lets busy ones answer, and closes what is left at the deadline. Blocks.
  /// Returns true when nothing had to be cut off.
  bool stop(std::chrono::milliseconds deadline);

private:
  struct Thread;
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace tarina::server
