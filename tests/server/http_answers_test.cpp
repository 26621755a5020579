#include "small_server.hpp"
#include "server/compress.hpp"
#include "server/conditional.hpp"
#include "wire.hpp"
#include <catch2/catch.hpp>
#include <thread>
#include <zlib.h>

namespace {
std::string gunzip(std::string const& bytes) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}
} // namespace

TEST_CASE("ranges of a file are the bytes asked for") {
  small::Server server;
  auto const& bytes = server.bytes;
  auto const size = bytes.size();
  auto get = [&](std::string const& range) { return fetch(server.port(), "GET", "/file", "Range: " + range + "\r\n"); };
  struct Case {
    std::string range;
    std::size_t first, length;
  };
  for (auto const& c : {Case{"bytes=0-0", 0, 1}, Case{"bytes=0-", 0, size}, Case{"bytes=100-65635", 100, 65536}, Case{"bytes=4096-4194303", 4096, 4190208},
                        Case{"bytes=-7", size - 7, 7}, Case{"bytes=4999000-99999999", 4999000, size - 4999000}}) {
    CAPTURE(c.range);
    auto const answer = get(c.range);
    CHECK(answer.status == 206);
    CHECK(answer["content-range"] == "bytes " + std::to_string(c.first) + "-" + std::to_string(c.first + c.length - 1) + "/" + std::to_string(size));
    CHECK(answer.body == bytes.substr(c.first, c.length));
  }
  auto const beyond = get("bytes=5000003-");
  CHECK(beyond.status == 416);
  CHECK(beyond["content-range"] == "bytes */5000003");
  for (auto const* ignored : {"bytes=0-1,5-6", "bytes=5-2", "lines=1-2", "bytes=a-b"}) {
    CAPTURE(ignored);
    auto const answer = get(ignored);
    CHECK(answer.status == 200);
    CHECK(answer.body.size() == size);
  }
  CHECK(fetch(server.port(), "HEAD", "/file", "Range: bytes=0-1\r\n").status == 200);
}

TEST_CASE("a whole file comes out as it is") {
  small::Server server;
  auto const answer = fetch(server.port(), "GET", "/file");
  CHECK(answer.status == 200);
  CHECK(answer["accept-ranges"] == "bytes");
  CHECK(answer["cache-control"].find("immutable") != std::string::npos);
  CHECK((answer.body == server.bytes));
}

TEST_CASE("conditional requests are decided by tag and date") {
  small::Server server;
  auto status = [&](std::string_view headers) { return fetch(server.port(), "GET", "/file", headers).status; };
  CHECK(status("If-None-Match: \"v1\"\r\n") == 304);
  CHECK(status("If-None-Match: W/\"v1\"\r\n") == 304);
  CHECK(status("If-None-Match: \"a\", \"v1\"\r\n") == 304);
  CHECK(status("If-None-Match: *\r\n") == 304);
  CHECK(status("If-None-Match: \"v2\"\r\n") == 200);
  CHECK(status("If-None-Match: \"v2\"\r\nIf-Modified-Since: Mon, 23 Nov 2026 10:00:00 GMT\r\n") == 200); // the tag decides
  CHECK(status("If-Modified-Since: Mon, 23 Nov 2026 10:00:00 GMT\r\n") == 304);
  CHECK(status("If-Modified-Since: Mon, 23 Nov 2026 09:59:59 GMT\r\n") == 200);
  CHECK(status("If-Modified-Since: yesterday\r\n") == 200);
  CHECK(status("If-Match: \"v2\"\r\n") == 412);
  CHECK(status("If-Match: \"v1\"\r\n") == 200);
  CHECK(status("If-Unmodified-Since: Mon, 23 Nov 2026 09:00:00 GMT\r\n") == 412);
  CHECK(status("Range: bytes=0-1\r\nIf-Range: \"v1\"\r\n") == 206);
  CHECK(status("Range: bytes=0-1\r\nIf-Range: \"v2\"\r\n") == 200);
  CHECK(status("Range: bytes=0-1\r\nIf-Range: W/\"v1\"\r\n") == 200);
  CHECK(status("Range: bytes=0-1\r\nIf-Range: Mon, 23 Nov 2026 10:00:00 GMT\r\n") == 206);
  CHECK(status("Range: bytes=0-1\r\nIf-None-Match: \"v1\"\r\n") == 304);
  auto const unchanged = fetch(server.port(), "GET", "/file", "If-None-Match: \"v1\"\r\n");
  CHECK(unchanged["etag"] == "\"v1\"");
  CHECK_FALSE(unchanged.has("content-length"));
}

TEST_CASE("text is compressed as the client takes it") {
  small::Server server;
  auto get = [&](std::string const& accept) { return fetch(server.port(), "GET", "/page", "Accept-Encoding: " + accept + "\r\n"); };
  auto const plain = fetch(server.port(), "GET", "/page");
  CHECK_FALSE(plain.has("content-encoding"));
  CHECK(plain["vary"] == "Accept-Encoding");
  auto const zipped = get("gzip");
  CHECK(zipped["content-encoding"] == "gzip");
  CHECK(gunzip(zipped.body) == plain.body);
  CHECK(get("gzip, br")["content-encoding"] == "br");
  CHECK(get("gzip;q=1.0, br;q=0.5")["content-encoding"] == "gzip");
  CHECK(get("br;q=0, gzip;q=0").has("content-encoding") == false);
  CHECK(get("*")["content-encoding"] == "br");
  CHECK(get("identity").has("content-encoding") == false);
  CHECK(fetch(server.port(), "GET", "/names/short", "Accept-Encoding: br\r\n").has("content-encoding") == false);
}

TEST_CASE("routes prefer literals, take the rest of a path and know their methods") {
  small::Server server;
  auto body = [&](std::string_view target) { return fetch(server.port(), "GET", target).body; };
  CHECK(body("/names/literal") == "literal");
  CHECK(body("/names/p%C3%A4iv%C3%A4") == "päivä|");
  CHECK(body("/names/a/b/c") == "a|b/c");
  CHECK(body("/names/literal/x") == "literal|x");
  for (auto const* target : {"/names", "/names/", "/nowhere", "/names/a%2Fb", "/names/..", "/names/a/%2e%2e/b", "/"})
    CHECK(fetch(server.port(), "GET", target).status == 404);
  auto const wrong = fetch(server.port(), "DELETE", "/page");
  CHECK(wrong.status == 405);
  CHECK(wrong["allow"] == "GET, HEAD, OPTIONS");
  CHECK(fetch(server.port(), "OPTIONS", "/echo")["allow"] == "POST, OPTIONS");
}

TEST_CASE("what a handler throws stays inside and has a request id") {
  small::Server server;
  auto const answer = fetch(server.port(), "GET", "/fail");
  CHECK(answer.status == 500);
  CHECK(answer["content-type"] == "application/problem+json");
  CHECK(answer.body.find("secret") == std::string::npos);
  CHECK(answer.body.find(answer["x-request-id"]) != std::string::npos);
}

TEST_CASE("a line break in a value never starts a header") {
  small::Server server;
  auto const answer = fetch(server.port(), "GET", "/split?title=a%0D%0ASet-Cookie:%20x=1");
  CHECK_FALSE(answer.has("set-cookie"));
  CHECK(answer["x-title"] == "a  Set-Cookie: x=1");
}

TEST_CASE("the address of the client comes from a trusted proxy only") {
  small::Server server;
  auto who = [&](std::string_view headers) { return fetch(server.port(), "GET", "/who", headers).body; };
  CHECK(who("") == "127.0.0.1 http");
  CHECK(who("X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n") == "198.51.100.7 https");
  CHECK(who("X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n") == "198.51.100.7 http"); // the first one was made up
  CHECK(who("X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\n") == "203.0.113.9 http");
}

TEST_CASE("forms are read as browsers send them") {
  small::Server server;
  auto post = [&](std::string_view path, std::string_view type, std::string_view body) {
    return fetch(server.port(), "POST", path, "Content-Type: " + std::string(type) + "\r\n", body);
  };
  CHECK(post("/form", "application/x-www-form-urlencoded", "a=1+2%263&%C3%A4=%E4&a=9").body == "1 2&3|\xEF\xBF\xBD");
  CHECK(post("/form", "application/x-www-form-urlencoded; charset=UTF-8", "").body == "|");
  CHECK(post("/form", "text/plain", "a=1").status == 415);
  std::string const multipart = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--XX\r\n"
                                "Content-Disposition: form-data; name=\"f\"; filename=\"x \\\"y\\\".srt\"\r\nContent-Type: text/plain\r\n\r\nl1\r\nl2\r\n--XX--\r\n";
  CHECK(post("/parts", "multipart/form-data; boundary=XX", multipart).body == "a=(one)f=x \"y\".srt(l1\r\nl2)");
  CHECK(post("/parts", "multipart/form-data; boundary=XX", "--XX\r\nno end").status == 400);
  CHECK(post("/parts", "multipart/form-data", multipart).status == 400);
}

TEST_CASE("a graceful stop finishes the download under way and ends idle connections") {
  auto server = std::make_unique<small::Server>();
  Wire download(server->port());
  download.shrink_receive_buffer(64 * 1024);
  Wire idle(server->port());
  REQUIRE(idle.ask("GET /names/x HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  download.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  auto received = download.read_bytes(1000);
  REQUIRE(received.size() > 0);
  bool clean = false;
  std::thread stopper([&] { clean = server->listener->stop(std::chrono::seconds(30)); });
  CHECK(idle.closes());
  auto const listens = [&] {
    try {
      Wire const another(server->port());
      return true;
    } catch (std::exception const&) {
      return false;
    }
  };
  while (listens()) std::this_thread::yield(); // each thread stops listening in its own time
  for (;;) {
    auto const more = download.read_bytes(1 << 16);
    if (more.empty()) break;
    received += more;
  }
  stopper.join();
  CHECK(clean);
  CHECK(received.size() > server->bytes.size());
  CHECK(received.ends_with(server->bytes.substr(server->bytes.size() - 1000)));
}

TEST_CASE("a stop does not wait longer than its deadline") {
  auto server = std::make_unique<small::Server>();
  Wire stuck(server->port());
  stuck.shrink_receive_buffer(4096);
  stuck.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(stuck.read_bytes(100).size() == 100);
  CHECK_FALSE(server->listener->stop(std::chrono::milliseconds(200)));
}
