// Send buffers that take a large segment whole. What lies in one is the page cache's own pages, and the client's
// acknowledgements send it on: no waking up, no second sendfile. It counts against the kernel's tcp_mem, so few connections
// have one, and none is let go before its client has taken everything or has stopped taking it.
#pragma once
#include "server/connection.hpp"
#include <functional>
#include <memory>
#include <vector>

namespace tarina::server {

/// Of one I/O thread, used by that thread alone.
class WideBuffers {
public:
  using ConnectionPtr = std::shared_ptr<Connection>;
  /// None where the kernel gives a socket less than 4 MiB when asked (net.core.wmem_max): its own growing buffers
  /// (net.ipv4.tcp_wmem) are wider then.
  WideBuffers();

  /// Before an answer of `bytes` is sent.
  void prepare(Connection& connection, std::int64_t bytes) {
    if (bytes >= pays_from && !connection.wide && used_ < limit_ && !connection.peer.tls) widen(connection);
  }
  /// A connection that is to end; true when it may be closed now. Else it is kept, and `sweep` closes it.
  bool release(ConnectionPtr const& connection);
  /// Gives `close` every connection kept by release() whose client has taken all, is gone, or is `slow` (Limits::write_stall,
  /// write_rate); the slow are reset, with what lies in their buffers.
  void sweep(SteadyTime now, std::function<void(ConnectionPtr const&, bool slow)> const& close);

private:
  static constexpr std::int64_t pays_from = 1536 * 1024; // bytes; less goes into the growing buffer of a busy connection at once anyway
  struct Kept {
    ConnectionPtr connection;
    std::int64_t unsent; // bytes, when last looked at
    SteadyTime looked, moved;
    Pace pace;
  };
  void widen(Connection& connection);

  unsigned used_ = 0;
  unsigned limit_ = 64;
  std::vector<Kept> kept_;
};

} // namespace tarina::server
