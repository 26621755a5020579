#include "small_server.hpp"
#include "wire.hpp"
#include <catch2/catch.hpp>
#include <thread>

namespace {
int status_of_raw(std::uint16_t port, std::string_view bytes) {
  Wire wire(port);
  return wire.ask(bytes).status;
}
} // namespace

TEST_CASE("request heads that break RFC 9112 are refused and the connection ends") {
  small::Server server;
  auto const long_path = std::string(33'000, 'a');
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: 1\r\n";
  std::pair<std::string, int> const cases[] = {
      {"GET /page HTTP/1.1\r\n\r\n", 400},                                          // no Host
      {"GET /page HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},                    // two
      {"GET /page HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET /page HTTP/1.1\r\nHost: \r\n\r\n", 400},
      {"GET /page HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET /page\r\n", 400},                                                       // HTTP/0.9, head never ends
      {"GET /page HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET /page HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET  /page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /pa\tge HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /page#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},                                // not UTF-8
      {"G@T /page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"FROBNICATE /page HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"TRACE /page HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"GET /page HTTP/1.1\nHost: a\n\n", 400},                                     // bare LF
      {"GET /page HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400},                      // space before the colon
      {"GET /page HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400},                 // folded
      {"GET /page HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n", 400},                 // bare CR
      {"GET /page HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n", 400},
      {"GET /page HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
      {std::string("GET /page HTTP/1.1\r\nHost: a\r\nX: ") + '\0' + "\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nx", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"GET /page HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417},
      {"GET /" + long_path + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET /page HTTP/1.1\r\nHost: a\r\n" + many + "\r\n", 431},
      {"GET /page HTTP/1.1\r\nHost: a\r\nX: " + std::string(41'000, 'a') + "\r\n\r\n", 431},
      {"\x16\x03\x01\x02", 400},                                                    // TLS
  };
  for (auto const& [bytes, status] : cases) {
    CAPTURE(bytes.substr(0, 120));
    Wire wire(server.port());
    auto const answer = wire.ask(bytes);
    CHECK(answer.status == status);
    CHECK(answer["connection"] == "close");
    CHECK(wire.closes());
  }
  CHECK(server.metrics.bad_heads >= std::size(cases) - 3); // the three broken paths are found after the head
}

TEST_CASE("request heads that RFC 9112 allows are taken") {
  small::Server server;
  CHECK(status_of_raw(server.port(), "\r\nGET /page HTTP/1.1\r\nHost: a\r\n\r\n") == 200); // an empty line before
  CHECK(status_of_raw(server.port(), "GET /page HTTP/1.0\r\n\r\n") == 200);                 // 1.0 needs no Host
  CHECK(status_of_raw(server.port(), "GET http://a:80/page HTTP/1.1\r\nHost: b\r\n\r\n") == 200);
  CHECK(status_of_raw(server.port(), "GET /page HTTP/1.1\r\nHost: [::1]:8080\r\nX:\r\n\r\n") == 200);
  CHECK(status_of_raw(server.port(), "OPTIONS /page HTTP/1.1\r\nHost: a\r\n\r\n") == 204);
}

TEST_CASE("a head may come byte by byte") {
  small::Server server;
  Wire wire(server.port());
  for (char c : std::string("GET /names/x HTTP/1.1\r\nHost: a\r\n\r\n")) wire.send(std::string_view(&c, 1));
  CHECK(wire.read().body == "x|");
}

TEST_CASE("pipelined requests are answered one after the other") {
  small::Server server;
  Wire wire(server.port());
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += "GET /names/" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    all += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nb" + std::to_string(10 + i);
    all += "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    all += "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\nGET /fail HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  wire.send(all);
  for (int i = 0; i < 20; ++i) {
    CHECK(wire.read().body == std::to_string(i) + "|");
    CHECK(wire.read().body == "b" + std::to_string(10 + i));
    CHECK(wire.read().body == "abc");
    CHECK(wire.read().body == "not read"); // and its body is not a request
  }
}

TEST_CASE("keep-alive follows the version and Connection") {
  small::Server server;
  auto again = [&](std::string_view head) {
    Wire wire(server.port());
    auto const first = wire.ask(head);
    REQUIRE(first.status == 200);
    return wire.send(head) && wire.read().status == 200;
  };
  CHECK(again("GET /page HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK_FALSE(again("GET /page HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"));
  CHECK_FALSE(again("GET /page HTTP/1.0\r\n\r\n"));
  CHECK(again("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  CHECK(Wire(server.port()).ask("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")["connection"] == "keep-alive");
}

TEST_CASE("HEAD gives the headers of GET and no body") {
  small::Server server;
  Wire wire(server.port());
  auto const whole = wire.ask("GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
  auto const head = wire.ask("HEAD /page HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(head.status == 200);
  CHECK(head["content-length"] == whole["content-length"]);
  CHECK(head["content-length"] == "5003");
  CHECK(wire.ask("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n")["content-length"] == "5000003");
  CHECK(wire.ask("GET /names/still HTTP/1.1\r\nHost: a\r\n\r\n").body == "still|"); // nothing was left on the wire
}

TEST_CASE("bodies have limits and 100 Continue is said when somebody reads") {
  small::Server server;
  {
    Wire wire(server.port());
    wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    CHECK(wire.read().status == 100);
    wire.send("hello");
    CHECK(wire.read().body == "hello");
  }
  {
    Wire wire(server.port()); // refused without asking for the body
    auto const answer = wire.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\nExpect: 100-continue\r\n\r\n");
    CHECK(answer.status == 413);
    CHECK(wire.closes());
  }
  {
    Wire wire(server.port());
    wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string const chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
    wire.send(chunk);
    wire.send(chunk);
    CHECK(wire.read().status == 413);
  }
  {
    Wire wire(server.port()); // a body nobody reads and nobody wants to wait for ends the connection
    auto const answer = wire.ask("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nabc");
    CHECK(answer.status == 200);
    CHECK(answer["connection"] == "close");
  }
  CHECK(fetch(server.port(), "POST", "/echo", "Transfer-Encoding: chunked\r\n").status == 400); // with Content-Length: 0
  Wire broken(server.port());
  broken.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc");
  CHECK(broken.closes());
}

TEST_CASE("slow clients are ended by their deadlines") {
  small::Limits limits;
  limits.head_deadline = std::chrono::milliseconds(300);
  limits.idle_timeout = std::chrono::milliseconds(300);
  limits.body_stall = std::chrono::milliseconds(300);
  limits.linger = std::chrono::milliseconds(200);
  small::Server server(limits);
  {
    Wire wire(server.port()); // half a head: told so, then closed
    wire.send("GET /page HTTP/1.1\r\nHost:");
    CHECK(wire.read().status == 408);
    CHECK(wire.closes());
  }
  {
    Wire wire(server.port()); // nothing at all
    CHECK(wire.closes());
  }
  {
    Wire wire(server.port()); // kept alive and then silent
    CHECK(wire.ask("GET /names/x HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
    CHECK(wire.closes());
  }
  {
    Wire wire(server.port()); // a body that stalls
    wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(wire.read().status == 408);
    CHECK(wire.closes());
  }
  CHECK(server.metrics.deadlines_missed >= 3);
}

TEST_CASE("a client that takes nothing of its answer is ended") {
  small::Limits limits;
  limits.write_stall = std::chrono::milliseconds(300);
  small::Server server(limits);
  Wire wire(server.port());
  wire.shrink_receive_buffer(4096);
  wire.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  while (server.metrics.deadlines_missed == 0) std::this_thread::yield(); // else the test's own time limit ends it
  CHECK(server.metrics.deadlines_missed == 1);
}

TEST_CASE("a client that takes an answer drop by drop is ended, however short each of its pauses") {
  small::Limits limits;
  limits.write_stall = std::chrono::milliseconds(500);
  limits.write_rate = std::int64_t{1} << 40; // nothing that was taken earns further waiting
  small::Server server(limits);
  Wire wire(server.port());
  wire.shrink_receive_buffer(4096);
  wire.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  std::size_t got = 0;
  while (server.metrics.deadlines_missed == 0) {
    auto const bytes = wire.read_bytes(512);
    if (bytes.empty()) break;
    got += bytes.size();
    std::this_thread::sleep_for(std::chrono::microseconds(500)); // this is the slow client, not a wait for anything
  }
  CHECK(got < server.bytes.size());
  CHECK(server.metrics.deadlines_missed == 1);
}

TEST_CASE("the least rate counts waiting only, and what was moved earns time") {
  tarina::server::Pace pace(std::chrono::milliseconds(1000), 100);
  CHECK(pace.left() == std::chrono::milliseconds(1000));
  pace.waited(std::chrono::milliseconds(700));
  CHECK(pace.left() == std::chrono::milliseconds(300));
  pace.moved(50);
  CHECK(pace.left() == std::chrono::milliseconds(800));
  pace.moved(100'000); // a fast start: still no single stall beyond the limit
  CHECK(pace.left() == std::chrono::milliseconds(1000));
  pace.waited(std::chrono::hours(1));
  CHECK(pace.left() == std::chrono::milliseconds(0));
}

TEST_CASE("one address holds only so many connections") {
  small::Limits limits;
  limits.connections_per_address = 3;
  std::string const request = "GET /names/x HTTP/1.1\r\nHost: a\r\n\r\n";
  small::Server server(limits, {});
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 3; ++i) {
    wires.push_back(std::make_unique<Wire>(server.port()));
    REQUIRE(wires.back()->ask(request).status == 200);
  }
  CHECK(Wire(server.port()).ask(request).status == 0);
  CHECK(server.metrics.connections_refused == 1);
  wires.pop_back();
  int status = 0;
  while (status == 0) status = Wire(server.port()).ask(request).status; // the server notices the free place
  CHECK(status == 200);

  small::Server behind_proxy(limits); // a proxy holds everybody's connections
  for (int i = 0; i < 6; ++i) {
    wires.push_back(std::make_unique<Wire>(behind_proxy.port()));
    CHECK(wires.back()->ask(request).status == 200);
  }
}
