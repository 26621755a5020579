// RFC 9110 and RFC 9112 by raw sockets. Every case says how many bytes belong to one request: after what is refused the
// connection ends and says nothing more, after what is taken the next request on the connection is answered as itself.
// Anything else is how requests are smuggled past a proxy in front of us.
#include "server/chunks.hpp"
#include "small_server.hpp"
#include "wire.hpp"
#include <catch2/catch.hpp>

namespace {

struct Case {
  std::string name, bytes;
  int status;
};

std::string get(std::string const& headers) { return "GET /page HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"; }
std::string post(std::string const& headers, std::string const& body) { return "POST /echo HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body; }
std::string chunked(std::string const& body) { return post("Transfer-Encoding: chunked\r\n", body); }
std::string repeat(std::string const& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string const hidden = "GET /names/hidden HTTP/1.1\r\nHost: a\r\n\r\n"; // must never be answered
std::string const next = "GET /names/next HTTP/1.1\r\nHost: a\r\n\r\n";

std::vector<Case> refused() {
  using namespace std::string_literals;
  small::Limits const limits;
  auto const heads = static_cast<int>(limits.head_bytes / 1000) + 1; // so many thousands are too many
  return {
      {"no Host", "GET /page HTTP/1.1\r\n\r\n", 400},
      {"two equal Hosts", "GET /page HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"two different Hosts", "GET /page HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400},
      {"two Hosts in HTTP/1.0", "GET /page HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"a list of Hosts", "GET /page HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"a space in Host", "GET /page HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"an empty Host", "GET /page HTTP/1.1\r\nHost: \r\n\r\n", 400},
      {"a path in Host", "GET /page HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a user in Host", "GET /page HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"a port that is no number", "GET /page HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
      {"a port that is none", "GET /page HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400},
      {"an open bracket in Host", "GET /page HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {"HTTP/0.9, whose head never ends", "GET /page\r\n", 400},
      {"a line without a target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"HTTP/2.0", "GET /page HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.10", "GET /page HTTP/1.10\r\nHost: a\r\n\r\n", 400},
      {"http in small letters", "GET /page http/1.1\r\nHost: a\r\n\r\n", 400},
      {"HTTP without a version", "GET /page HTTP/\r\nHost: a\r\n\r\n", 400},
      {"a space after the version", "GET /page HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"two spaces before the target", "GET  /page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"tabs between the parts", "GET\t/page\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space before the method", " GET /page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target that is no path", "GET page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a tab in the target", "GET /pa\tge HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a fragment in the target", "GET /page#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a raw byte in the target", "GET /p\xC3\xA4ge HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a NUL in the target", "GET /pa\0ge HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
      {"a broken escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"half an escape", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an escaped NUL", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"escaped bytes that are no UTF-8", "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"the authority form for GET", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute form without a host", "GET http:///page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute form with a user", "GET http://u:p@a/page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute form of another scheme", "GET ftp://a/page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute form that excuses no missing Host", "GET http://a/page HTTP/1.1\r\n\r\n", 400},
      {"a method that is no token", "G@T /page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a method nobody knows", "FROBNICATE /page HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"a method in small letters", "get /page HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"TRACE", "TRACE /page HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501},
      {"CONNECT with a path", "CONNECT /page HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"bare LF", "GET /page HTTP/1.1\nHost: a\n\n", 400},
      {"bare LF after one header", "GET /page HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400},
      {"bare LF at the end of the head", "GET /page HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"a bare CR in a value", get("X: 1\rY: 2\r\n"), 400},
      {"a bare CR in the request line", "GET /page\r HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space before the colon", get("X : 1\r\n"), 400},
      {"a tab before the colon", get("X\t: 1\r\n"), 400},
      {"a folded line", get("X: 1\r\n 2\r\n"), 400},
      {"a folded line of spaces", get("X: 1\r\n \r\n"), 400},
      {"a folded first line", "GET /page HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a header without a name", get(": 1\r\n"), 400},
      {"a header without a colon", get("X\r\n"), 400},
      {"a name that is no token", get("X(1): 1\r\n"), 400},
      {"a NUL in a value", get("X: a\0b\r\n"s), 400},
      {"a NUL in a name", get("X\0: 1\r\n"s), 400},
      {"DEL in a value", get("X: \x7F\r\n"), 400},
      {"a vertical tab before chunked", post("Transfer-Encoding: \x0B" "chunked\r\n", "0\r\n\r\n" + hidden), 400},
      {"two equal lengths", post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), 400},
      {"two different lengths", post("Content-Length: 0\r\nContent-Length: 40\r\n", hidden), 400},
      {"a list of lengths", post("Content-Length: 1, 1\r\n", "x"), 400},
      {"a length with a plus", post("Content-Length: +1\r\n", "x"), 400},
      {"a negative length", post("Content-Length: -1\r\n", "x"), 400},
      {"a hexadecimal length", post("Content-Length: 0x1\r\n", "x"), 400},
      {"a length with a point", post("Content-Length: 1.0\r\n", "x"), 400},
      {"an empty length", post("Content-Length: \r\n", "x"), 400},
      {"two numbers as length", post("Content-Length: 1 1\r\n", "x"), 400},
      {"a length beyond 2^64", post("Content-Length: 18446744073709551617\r\n", "x"), 400},
      {"a length beyond 2^63", post("Content-Length: 9223372036854775808\r\n", "x"), 400},
      {"length and chunks", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden), 400},
      {"chunks and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + hidden), 400},
      {"a coding that is not known", post("Transfer-Encoding: gzip\r\n", hidden), 501},
      {"a coding under the chunks", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
      {"chunked not last", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 501},
      {"identity", post("Transfer-Encoding: identity\r\n", hidden), 501},
      {"an empty coding", post("Transfer-Encoding: \r\n", hidden), 501},
      {"nearly chunked", post("Transfer-Encoding: xchunked\r\n", hidden), 501},
      {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n", hidden), 501},
      {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked, then something else", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n" + hidden), 400},
      {"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"another expectation", get("Expect: miracles\r\n"), 417},
      {"two expectations", post("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", "x"), 417},
      {"a target that is too long", "GET /" + std::string(limits.target_bytes, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"a request line without an end", "GET /" + std::string(limits.target_bytes + 100, 'a'), 414},
      {"too many header lines", get(repeat("X: 1\r\n", 101)), 431},
      {"a header that is too long", get("X: " + std::string(limits.head_bytes, 'a') + "\r\n"), 431},
      {"a head that is too long in all", get(repeat("X: " + std::string(1000, 'a') + "\r\n", heads)), 431},
      {"TLS", "\x16\x03\x01\x02", 400},
      {"a chunk size that is no number", chunked("zz\r\nabc"), 400},
      {"an empty chunk size", chunked("\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size with 0x", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size with a sign", chunked("+3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a negative chunk size", chunked("-3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size with an underscore", chunked("0_3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a space before the chunk size", chunked(" 3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a space after the chunk size", chunked("3 \r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size beyond 2^64", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size line with bare LF", chunked("3\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size line with bare CR", chunked("3\rabc\r\n0\r\n\r\n"), 400},
      {"a chunk extension that hides an LF", chunked("3;x\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk extension that hides a CR", chunked("3;x\r y\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk extension without an end", chunked("3;" + std::string(9000, 'x')), 400},
      {"a chunk longer than it says", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400},
      {"a chunk that ends with bare LF", chunked("3\r\nabc\n0\r\n\r\n"), 400},
      {"a trailer without a colon", chunked("0\r\nX\r\n\r\n"), 400},
      {"a folded trailer", chunked("0\r\nX: 1\r\n 2\r\n\r\n"), 400},
      {"a trailer with bare LF", chunked("0\r\nX: 1\n\r\n"), 400},
      {"trailers without an end", chunked("0\r\n" + repeat("X: " + std::string(1000, 'a') + "\r\n", heads)), 400},
  };
}

std::vector<Case> taken() {
  return {
      {"an empty line before the request", "\r\n" + get(""), 200},
      {"an absolute form, which wins over Host", "GET http://a:80/page HTTP/1.1\r\nHost: b\r\n\r\n", 200},
      {"an absolute form without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 404},
      {"an absolute form with a query alone", "GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n", 404},
      {"an absolute form with a scheme in large letters", "GET HTTP://a/page HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"an IPv6 Host", "GET /page HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200},
      {"a Host with an empty port", "GET /page HTTP/1.1\r\nHost: a:\r\n\r\n", 200},
      {"Host in any letters", "GET /page HTTP/1.1\r\nhOST:a\r\n\r\n", 200},
      {"an empty value", get("X:\r\n"), 200},
      {"spaces and tabs around a value", get("X: \t 1 \t \r\n"), 200},
      {"a byte above 127 in a value", get("X: \xE4\r\n"), 200},
      {"a colon in a value", get("X: a:b\r\n"), 200},
      {"every character a name may have", get("!#$%&'*+-.^_`|~09azAZ: 1\r\n"), 200},
      {"100 header lines", get(repeat("X: 1\r\n", 99)), 200},
      {"an upgrade that nobody wants", get("Upgrade: h2c\r\nConnection: Upgrade\r\n"), 200},
      {"OPTIONS of a page", "OPTIONS /page HTTP/1.1\r\nHost: a\r\n\r\n", 204},
      {"OPTIONS of the server", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204},
      {"a method that is known but not here", "DELETE /page HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"a body of a GET", get("Content-Length: 40\r\n") + std::string(40, 'G'), 200},
      {"a length with leading zeros", post("Content-Length: 0003\r\n", "abc"), 200},
      {"no body", post("Content-Length: 0\r\n", ""), 200},
      {"no length, so no body", post("", ""), 200},
      {"a body that looks like a request", post("Content-Length: " + std::to_string(hidden.size()) + "\r\n", hidden), 200},
      {"a body nobody reads that looks like a request", "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden, 200},
      {"a chunked body nobody reads", "POST /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2a\r\n" + std::string(42, 'G') + "\r\n0\r\n\r\n", 200},
      {"chunks", chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 200},
      {"Chunked in any letters", post("Transfer-Encoding: Chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), 200},
      {"no chunks at all", chunked("0\r\n\r\n"), 200},
      {"a chunk size in letters of both sizes and with zeros", chunked("00a\r\n0123456789\r\n00A\r\n0123456789\r\n000\r\n\r\n"), 200},
      {"chunk extensions", chunked("3;a=b;c=\"d e\"\r\nabc\r\n2 ; x\r\nde\r\n0;last\r\n\r\n"), 200},
      {"trailers", chunked("3\r\nabc\r\n0\r\nX: 1\r\nY:\r\n\r\n"), 200},
      {"a trailer that would change the framing", chunked("3\r\nabc\r\n0\r\nContent-Length: 40\r\n\r\n"), 200},
  };
}

} // namespace

TEST_CASE("what breaks RFC 9112 is refused, the connection ends and nothing behind it is answered") {
  small::Server server;
  auto const cases = refused();
  REQUIRE(cases.size() > 60);
  for (auto const& one : cases) {
    CAPTURE(one.name, one.bytes.substr(0, 200));
    Wire wire(server.port());
    auto const answer = wire.ask(one.bytes);
    CHECK(answer.status == one.status);
    CHECK(answer["connection"] == "close");
    CHECK(answer["content-type"] == "application/problem+json");
    CHECK(answer["x-content-type-options"] == "nosniff");
    CHECK(answer["referrer-policy"] == "same-origin");
    CHECK(answer["cache-control"] == "no-store");
    CHECK(answer["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'");
    CHECK(answer["cross-origin-resource-policy"] == "same-origin");
    CHECK(answer.body.find(answer["x-request-id"]) != std::string::npos);
    CHECK(wire.closes());
  }
}

TEST_CASE("what RFC 9112 allows is taken, and the next request on the connection is itself") {
  small::Server server;
  for (auto const& one : taken()) {
    CAPTURE(one.name, one.bytes.substr(0, 200));
    Wire wire(server.port());
    wire.send(one.bytes + next);
    CHECK(wire.read().status == one.status);
    CHECK(wire.read().body == "next|");
  }
}

TEST_CASE("the same is true of heads and bodies that come byte by byte") {
  small::Server server;
  for (auto const& cases : {refused(), taken()})
    for (auto const& one : cases) {
      if (one.bytes.size() > 400) continue; // long ones say nothing new and take long
      CAPTURE(one.name);
      Wire wire(server.port());
      for (char c : one.bytes)
        if (!wire.send(std::string_view(&c, 1))) break;
      CHECK(wire.read().status == one.status);
    }
}

TEST_CASE("HTTP/1.0 needs no Host and ends its connection") {
  small::Server server;
  Wire wire(server.port());
  auto const answer = wire.ask("GET /page HTTP/1.0\r\n\r\n" + hidden);
  CHECK(answer.status == 200);
  CHECK(wire.closes());
}

TEST_CASE("chunks are the same however they are cut") {
  std::string const bytes = "4;x=y\r\nTari\r\n0002\r\nna\r\n0\r\nX: 1\r\n\r\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
    for (std::size_t room : {1U, 3U, 100U}) {
      CAPTURE(cut, room);
      tarina::server::ChunkDecoder decoder(1000);
      std::string body;
      for (auto piece : {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)})
        while (!piece.empty() && !decoder.done()) {
          std::vector<char> out(room);
          auto const step = decoder.decode(piece, out);
          body.append(out.data(), step.given);
          piece.remove_prefix(step.taken);
        }
      CHECK(body == "Tarina");
      CHECK(decoder.done());
    }
}

TEST_CASE("ranges of any size and number give what RFC 9110 says") {
  small::Server server;
  auto const size = server.bytes.size();
  auto get_range = [&](std::string const& range) { return fetch(server.port(), "GET", "/file", "Range: " + range + "\r\n"); };
  struct RangeCase {
    std::string range;
    int status;
    std::size_t length;
  };
  std::string overlapping = "bytes=0-";
  for (int i = 1; i < 1300; ++i) overlapping += "," + std::to_string(i) + "-";
  for (auto const& one : {
           RangeCase{"bytes=0-0", 206, 1},
           RangeCase{"Bytes=0-0", 206, 1},
           RangeCase{"bytes= 0-0 ,", 206, 1},
           RangeCase{"bytes=-1", 206, 1},
           RangeCase{"bytes=-5000004", 206, size},
           RangeCase{"bytes=-18446744073709551616", 206, size},
           RangeCase{"bytes=0-18446744073709551616", 206, size},
           RangeCase{"bytes=1-9223372036854775807", 206, size - 1},
           RangeCase{"bytes=18446744073709551616-", 416, 0},
           RangeCase{"bytes=18446744073709551616-18446744073709551617", 416, 0},
           RangeCase{"bytes=5000003-", 416, 0},
           RangeCase{"bytes=-0", 416, 0},
           RangeCase{"bytes=2-1", 200, size},
           RangeCase{"bytes=", 200, size},
           RangeCase{"bytes=-", 200, size},
           RangeCase{"bytes=--1", 200, size},
           RangeCase{"bytes=1", 200, size},
           RangeCase{"bytes=0x0-0x1", 200, size},
           RangeCase{"bytes 0-1", 200, size},
           RangeCase{"lines=0-1", 200, size},
           RangeCase{"bytes=0-1,3-4", 200, size},
           RangeCase{"bytes=0-1,3-4,6-7,9-10,12-13", 200, size},
           RangeCase{overlapping, 200, size},
       }) {
    CAPTURE(one.range.substr(0, 100));
    auto const answer = get_range(one.range);
    CHECK(answer.status == one.status);
    if (one.status == 416)
      CHECK(answer["content-range"] == "bytes */" + std::to_string(size));
    else
      CHECK(answer.body.size() == one.length);
  }
}
