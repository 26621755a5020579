// Two connections that want the same upload (tus 1.0.0): one goes first, and no byte is mixed up.
#include "service_fixture.hpp"
#include <thread>

using namespace fixture;

namespace {
std::string const octets = "Content-Type: application/offset+octet-stream\r\n";

std::string offset_of(std::uint16_t port, std::string const& path) { return tus(port, "HEAD", path)["upload-offset"]; }
} // namespace

TEST_CASE("whoever comes back pre-empts the stalled request") {
  server::Limits patient;
  patient.body_stall = std::chrono::hours(1); // by itself the stalled request would hold on for long
  Site site({}, patient);
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 1000);
  for (int round = 0; round < 20; ++round) {
    auto const before = std::stoul(offset_of(site.port(), path));
    Wire stalled(site.port());
    stalled.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\n" + octets + "Upload-Offset: " + std::to_string(before) +
                 "\r\nContent-Length: " + std::to_string(1000 - before) + "\r\nExpect: 100-continue\r\n\r\n");
    REQUIRE(stalled.read().status == 100); // it holds the upload and waits for bytes
    stalled.send("abc");
    auto const after = std::stoul(offset_of(site.port(), path));
    CHECK(after - before <= 3);
    CHECK(stalled.closes());
    CHECK(patch(site.port(), path, after, "x").status == 204);
  }
}

TEST_CASE("two requests at the same offset never mix their bytes") {
  Site site;
  for (int round = 0; round < 10; ++round) {
    auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 300'000);
    std::string const a(300'000, 'a'), b(300'000, 'b');
    int first = 0, second = 0;
    std::thread other([&] { first = patch(site.port(), path, 0, a).status; });
    second = patch(site.port(), path, 0, b).status;
    other.join();
    // One wins, or the pre-empted one left a beginning that the other found in its way.
    auto const offset = std::stoul(offset_of(site.port(), path));
    CHECK_FALSE((first == 204 && second == 204));
    auto const upload = site.catalog().upload(path.substr(path.rfind('/') + 1)).value();
    if (!upload.finished) {
      CHECK(offset < 300'000);
      continue;
    }
    auto const original = site.store().open_original(upload.original);
    REQUIRE(original);
    auto const hash = server::sha256_of_file(original->fd());
    CHECK((hash == server::sha256_of(a) || hash == server::sha256_of(b)));
  }
}

TEST_CASE("of two short requests at the same offset at most one is taken, and what stands is never a mixture") {
  constexpr int rounds = 200;
  constexpr std::size_t piece = 4000; // comes in one read with its head
  Site site;
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), rounds * piece);
  std::string expected;
  int second_won = 0, unheard = 0;
  for (int round = 0; round < rounds; ++round) {
    auto const request = [&](char letter) {
      return "PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\n" + octets + "Upload-Offset: " + std::to_string(expected.size()) +
             "\r\nContent-Length: " + std::to_string(piece) + "\r\n\r\n" + std::string(piece, letter);
    };
    Wire one(site.port()), other(site.port()); // connected before either begins
    int second = 0;
    std::thread at_once([&] { second = other.ask(request('b')).status; });
    int const first = one.ask(request('a')).status;
    at_once.join();
    CAPTURE(round, first, second);
    REQUIRE(first != second);
    // 0: the other took the upload over while this one had it open, perhaps with a beginning written that the other found in
    // its way. A client that hears nothing asks for the offset and goes on from there.
    for (int const answer : {first, second}) REQUIRE((answer == 204 || answer == 409 || answer == 423 || answer == 0));
    char const winner = first == 204 || (first == 0 && second != 204) ? 'a' : 'b';
    expected += std::string(piece, winner);
    auto const offset = std::stoul(offset_of(site.port(), path));
    REQUIRE(offset <= expected.size());
    if (first == 204 || second == 204) REQUIRE(offset == expected.size());
    else if (offset < expected.size()) REQUIRE(patch(site.port(), path, offset, std::string(expected.size() - offset, winner)).status == 204);
    second_won += second == 204;
    unheard += first == 0 || second == 0;
  }
  INFO("the second won " << second_won << " times, " << unheard << " heard nothing");
  auto const upload = site.catalog().upload(path.substr(path.rfind('/') + 1)).value();
  CHECK(upload.finished);
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of(expected));
}
