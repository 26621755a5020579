#include "server/wide_buffers.hpp"
#include <algorithm>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tarina::server {
namespace {

constexpr int wide = 4 * 1024 * 1024; // bytes; the kernel books twice as much for its own data (socket(7))

void set_width(int socket) {
  if (::setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &wide, sizeof wide) != 0) // needs CAP_NET_ADMIN
    static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &wide, sizeof wide));
}

bool kernel_allows() {
  int const probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  set_width(probe);
  int given = 0;
  socklen_t size = sizeof given;
  bool const asked = ::getsockopt(probe, SOL_SOCKET, SO_SNDBUF, &given, &size) == 0;
  ::close(probe);
  return asked && given >= 2 * wide;
}

/// Bytes that the client has not acknowledged (SIOCOUTQ, tcp(7)); 0 when it is gone.
std::int64_t unsent(int socket) {
  pollfd state{socket, 0, 0};
  int bytes = 0;
  if (::poll(&state, 1, 0) < 0 || (state.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 || ::ioctl(socket, SIOCOUTQ, &bytes) != 0) return 0;
  return bytes;
}

} // namespace

WideBuffers::WideBuffers() {
  static bool const allowed = kernel_allows();
  if (!allowed) limit_ = 0;
}

void WideBuffers::widen(Connection& connection) {
  set_width(connection.socket.native_handle());
  connection.wide = true;
  ++used_;
}

bool WideBuffers::release(ConnectionPtr const& connection) {
  if (!connection->wide) return true;
  auto const left = connection->socket.is_open() ? unsent(connection->socket.native_handle()) : 0;
  if (left == 0) {
    --used_;
    return true;
  }
  connection->expect_nothing();
  auto const now = std::chrono::steady_clock::now();
  kept_.push_back({connection, left, now, now, Pace(connection->limits.write_stall, connection->limits.write_rate)});
  return false;
}

void WideBuffers::sweep(SteadyTime now, std::function<void(ConnectionPtr const&, bool slow)> const& close) {
  std::erase_if(kept_, [&](Kept& kept) {
    auto& connection = *kept.connection;
    auto const left = connection.socket.is_open() ? unsent(connection.socket.native_handle()) : 0;
    if (left < kept.unsent) {
      kept.pace.moved(static_cast<std::uint64_t>(kept.unsent - left));
      kept.moved = now;
    }
    kept.pace.waited(now - kept.looked);
    kept.unsent = left;
    kept.looked = now;
    bool const slow = left > 0 && (kept.pace.left().count() == 0 || now - kept.moved >= connection.limits.write_stall);
    if (left > 0 && !slow) return false;
    if (slow) {
      linger const reset{1, 0};
      static_cast<void>(::setsockopt(connection.socket.native_handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    }
    --used_;
    close(kept.connection, slow);
    return true;
  });
}

} // namespace tarina::server
