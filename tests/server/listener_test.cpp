#include "server/listener.hpp"
#include "server/response.hpp"
#include "wire.hpp"
#include <arpa/inet.h>
#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <netinet/tcp.h>
#include <set>
#include <string>
#include <sys/socket.h>

namespace {
using namespace tarina;
using namespace tarina::server;
using Controls = std::set<std::string>;

/// What the sockets of this process at the local `port` use: every thread's listener, and the server's end of connections.
Controls controls_at(std::uint16_t port) {
  Controls found;
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_storage here{};
    socklen_t size = sizeof here;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) != 0) continue;
    auto const* v4 = reinterpret_cast<sockaddr_in const*>(&here);
    auto const* v6 = reinterpret_cast<sockaddr_in6 const*>(&here);
    if (here.ss_family != AF_INET && here.ss_family != AF_INET6) continue;
    if (ntohs(here.ss_family == AF_INET ? v4->sin_port : v6->sin6_port) != port) continue;
    std::array<char, 16> name{}; // TCP_CA_NAME_MAX
    socklen_t length = name.size();
    found.insert(::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) == 0 ? name.data() : "unknown");
  }
  return found;
}

struct Small {
  explicit Small(ListenOptions const& options) : listener(options, limits, metrics, answer) { listener.start(); }
  static awaitable<Response> answer(Request&) { co_return text("here", "text/plain"); }
  Limits limits;
  Metrics metrics;
  Listener listener;
};

std::string of_the_system() {
  std::string name;
  std::ifstream("/proc/sys/net/ipv4/tcp_congestion_control") >> name;
  return name;
}
} // namespace

TEST_CASE("on a loopback address listeners and what they accept use Reno") {
  Small server({});
  Wire wire(server.listener.port());
  CHECK(wire.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body == "here");
  CHECK(controls_at(server.listener.port()) == Controls{"reno"});
  for (auto const* address : {"::1", "::ffff:127.0.0.1", "127.0.0.9"}) {
    CAPTURE(address);
    ListenOptions options;
    options.address = address;
    Small other(options);
    CHECK(controls_at(other.listener.port()) == Controls{"reno"});
  }
}

TEST_CASE("a loopback socket that was handed in uses Reno from then on") {
  int const handed_in = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in loopback{};
  loopback.sin_family = AF_INET;
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(handed_in, reinterpret_cast<sockaddr const*>(&loopback), sizeof loopback) == 0);
  REQUIRE(::listen(handed_in, 8) == 0);
  ListenOptions options;
  options.socket = handed_in;
  Small server(options);
  CHECK(controls_at(server.listener.port()) == Controls{"reno"});
}

TEST_CASE("where others can connect the system's congestion control stays") {
  if (of_the_system() == "reno") WARN("the system uses Reno itself: nothing to tell apart here");
  ListenOptions options;
  options.address = "0.0.0.0"; // the one test that listens to the network, for a moment
  Small server(options);
  Wire wire(server.listener.port());
  CHECK(wire.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body == "here");
  CHECK(controls_at(server.listener.port()) == Controls{of_the_system()});
}
