// The built-in TLS in one process: what it knows of visitors, and slow ones under short limits.
#include "server/tls.hpp"
#include "small_server.hpp"
#include "wire.hpp"
#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <thread>

using namespace small;

namespace {

struct Certificate {
  Certificate() {
    auto const command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -keyout " + key() + " -out " + file() + " 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
  }
  std::string file() const { return (folder.path() / "tls.pem").string(); }
  std::string key() const { return (folder.path() / "tls.key").string(); }
  TempFolder folder;
};

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// A blocking TLS client.
class TlsWire {
public:
  explicit TlsWire(std::uint16_t port, int receive_buffer = 0) : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_.get())), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    SSL_set_fd(ssl_.get(), fd_);
    REQUIRE(SSL_connect(ssl_.get()) == 1);
  }
  ~TlsWire() { ::close(fd_); }
  TlsWire(TlsWire const&) = delete;

  void send(std::string const& bytes) { REQUIRE(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size())); }
  /// Everything until the server ends the connection.
  std::string read_all() {
    std::string all;
    char bytes[16384];
    for (int n = 0; (n = SSL_read(ssl_.get(), bytes, sizeof bytes)) > 0;) all.append(bytes, static_cast<std::size_t>(n));
    farewell = SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN;
    return all;
  }
  bool farewell = false; // close_notify came

private:
  std::unique_ptr<SSL_CTX, ContextDeleter> context_;
  SslPtr ssl_;
  int fd_;
};

std::string get(std::string const& path, std::string const& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n";
}

std::string body_of(std::string const& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

} // namespace

TEST_CASE("over TLS a visitor's own address and scheme are known, and only proxies may tell others") {
  Certificate const certificate;
  Tls const tls(certificate.file(), certificate.key());
  auto who = [](Server& server, std::string const& headers = "") {
    TlsWire wire(server.listener->tls_port());
    wire.send(get("/who", headers));
    auto const answer = wire.read_all();
    CHECK(wire.farewell);
    return body_of(answer);
  };
  std::string const forwarded = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n";
  Server strangers({}, {}, &tls);
  CHECK(who(strangers) == "127.0.0.1 https");
  CHECK(who(strangers, forwarded) == "127.0.0.1 https");
  CHECK(fetch(strangers.port(), "GET", "/who").body == "127.0.0.1 http");
  Server proxies({}, {"127.0.0.1"}, &tls);
  CHECK(who(proxies, forwarded) == "192.0.2.7 http");
  CHECK(who(proxies, "X-Forwarded-For: 192.0.2.7\r\n") == "192.0.2.7 https");
}

TEST_CASE("a visitor over TLS who takes nothing is not waited for") {
  Certificate const certificate;
  Tls const tls(certificate.file(), certificate.key());
  Limits limits;
  limits.write_stall = std::chrono::milliseconds(200);
  limits.linger = std::chrono::milliseconds(200);
  Server server(limits, {}, &tls);
  TlsWire wire(server.listener->tls_port(), 4096);
  wire.send(get("/file"));
  while (server.metrics.connections_open > 0 || server.metrics.deadlines_missed == 0) std::this_thread::yield();
  CHECK(wire.read_all().size() < server.bytes.size());
}

TEST_CASE("a visitor over TLS gets whole files at his own pace") {
  Certificate const certificate;
  Tls const tls(certificate.file(), certificate.key());
  Server server({}, {}, &tls);
  TlsWire wire(server.listener->tls_port(), 64 * 1024);
  wire.send(get("/file"));
  CHECK(body_of(wire.read_all()) == server.bytes);
  CHECK(wire.farewell);
}

TEST_CASE("a certificate that cannot be used is named, and the one in use stays") {
  using Catch::Contains;
  Certificate const certificate, other;
  CHECK_THROWS_WITH(Tls(certificate.folder.path() / "none.pem", certificate.key()), Contains("none.pem cannot be used"));
  CHECK_THROWS_WITH(Tls(certificate.file(), other.key()), Contains("tls.key cannot be used with the certificate"));
  Tls tls(certificate.file(), certificate.key());
  CHECK(tls.expires() > std::chrono::system_clock::now() + std::chrono::hours(24));
  std::ofstream(certificate.file()) << "broken";
  CHECK_THROWS_WITH(tls.reload(), Contains("tls.pem cannot be used"));
  Server server({}, {}, &tls);
  TlsWire wire(server.listener->tls_port());
  wire.send(get("/who"));
  CHECK(body_of(wire.read_all()) == "127.0.0.1 https");
}
