#include "small_server.hpp"
#include "wire.hpp"
#include <catch2/catch.hpp>
#include <thread>

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
  CHECK(server.metrics.deadlines_missed >= 2); // not the one that was kept alive: it owed nothing
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

TEST_CASE("a client that asks for a kept answer, says it is done and takes nothing is ended too, and nothing waits in the kernel for it") {
  small::Limits limits;
  limits.write_stall = std::chrono::milliseconds(300);
  small::Server server(limits);
  for (int i = 0; i < 12; ++i) { // until each of its threads has kept it
    Wire wire(server.port());
    CHECK(wire.ask("GET /file HTTP/1.1\r\nHost: a\r\n\r\n").body == server.bytes);
  }
  {
    Wire wire(server.port()); // one that takes it all is served to the end, however early it said so
    wire.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    wire.finish_sending();
    CHECK(wire.read().body == server.bytes);
    CHECK(wire.closes());
  }
  while (server.metrics.connections_open > 0) std::this_thread::yield();
  CHECK(server.metrics.deadlines_missed == 0);
  Wire wire(server.port());
  wire.shrink_receive_buffer(4096);
  wire.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  wire.finish_sending();
  while (server.metrics.deadlines_missed == 0) std::this_thread::yield(); // else the test's own time limit ends it
  while (server.metrics.connections_open > 0) std::this_thread::yield();
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
