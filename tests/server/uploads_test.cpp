// tus 1.0.0, MUST by MUST, over raw sockets.
#include "server/work.hpp"
#include "service_fixture.hpp"
#include "small_server.hpp"

using namespace fixture;

namespace {
std::string const octets = "Content-Type: application/offset+octet-stream\r\n";

std::string offset_of(std::uint16_t port, std::string const& path) { return tus(port, "HEAD", path)["upload-offset"]; }
} // namespace

TEST_CASE("OPTIONS tells what the upload server can, with and without a version") {
  Site site;
  for (auto const* headers : {"", "Tus-Resumable: 1.0.0\r\n", "Tus-Resumable: 9.9.9\r\n"}) {
    auto const answer = fetch(site.port(), "OPTIONS", "/api/v1/uploads", headers);
    CHECK(answer.status == 204);
    CHECK(answer["tus-version"] == "1.0.0");
    CHECK(answer["tus-resumable"] == "1.0.0");
    CHECK(answer["tus-max-size"] == std::to_string(site.config.upload_max_bytes));
    CHECK(answer["tus-extension"] == "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination,concatenation");
  }
}

TEST_CASE("a wrong or missing protocol version is refused before anything happens") {
  Site site;
  auto const story = site.make_story();
  auto const mine = site.mine_token(story);
  auto const path = create_upload(site.port(), mine, 10);
  for (std::string const version : {"", "Tus-Resumable: 0.2.2\r\n", "Tus-Resumable: 1.0.1\r\n"}) {
    for (auto const* method : {"HEAD", "PATCH", "DELETE"}) {
      auto const answer = fetch(site.port(), method, path, version + octets + "Upload-Offset: 0\r\n", std::string(method) == "PATCH" ? "0123456789" : "");
      CAPTURE(method, version);
      CHECK(answer.status == 412);
      CHECK(answer["tus-version"] == "1.0.0");
      CHECK(answer["tus-resumable"] == "1.0.0");
    }
    auto const created = fetch(site.port(), "POST", "/api/v1/uploads", version + "Upload-Length: 5\r\nUpload-Metadata: mine " + base64(mine) + "\r\n");
    CHECK(created.status == 412);
    CHECK_FALSE(created.has("location"));
  }
  CHECK(offset_of(site.port(), path) == "0");
  CHECK(site.catalog().figures().uploads_unfinished == 1);
}

TEST_CASE("creation needs a size, readable metadata and somebody who may") {
  Site site([](server::Config& c) { c.upload_max_bytes = 1000; });
  auto const story = site.make_story();
  auto const mine = "mine " + base64(site.mine_token(story));
  auto status = [&](std::string const& headers) { return tus(site.port(), "POST", "/api/v1/uploads", headers).status; };
  auto with = [&](std::string const& length, std::string const& metadata) { return status("Upload-Length: " + length + "\r\nUpload-Metadata: " + metadata + "\r\n"); };
  CHECK(with("10", mine) == 201);
  CHECK(with("1000", mine) == 201);
  CHECK(with("1001", mine) == 413);
  CHECK(with("0", mine) == 400);
  CHECK(with("-1", mine) == 400);
  CHECK(with("ten", mine) == 400);
  CHECK(with("99999999999999999999", mine) == 400);
  CHECK(status("Upload-Metadata: " + mine + "\r\n") == 400);
  CHECK(status("Upload-Defer-Length: 1\r\nUpload-Metadata: " + mine + "\r\n") == 201);
  CHECK(with("10", mine + "," + mine) == 400);              // a key twice
  CHECK(with("10", mine + ",filename not*base64") == 400);
  CHECK(with("10", mine + ",,") == 400);
  CHECK(with("10", mine + ",empty") == 201);                // a key without a value is fine
  CHECK(with("10", "filename " + base64("x")) == 401);
  CHECK(with("10", "mine " + base64("nobody has this token 1234567890")) == 404);
  CHECK(with("10", "invite " + base64("nobody has this token 1234567890")) == 404);
  CHECK(with("10", "story " + base64(story)) == 401);       // a story needs a signed-in editor
  auto const answer = tus(site.port(), "POST", "/api/v1/uploads", "Upload-Length: 10\r\nUpload-Metadata: " + mine + "\r\n");
  CHECK(answer["location"].starts_with("/api/v1/uploads/"));
  CHECK(answer["location"].size() > 30);
  CHECK(answer["tus-resumable"] == "1.0.0");
  CHECK(answer.has("upload-expires"));
  CHECK(answer["cache-control"] == "no-store");
}

TEST_CASE("HEAD tells offset, length and metadata, never from a cache") {
  Site site;
  auto const mine = site.mine_token(site.make_story());
  auto const path = create_upload(site.port(), mine, 10);
  auto const head = tus(site.port(), "HEAD", path);
  CHECK(head.status == 200);
  CHECK(head["upload-offset"] == "0");
  CHECK(head["upload-length"] == "10");
  CHECK(head["upload-metadata"] == "filename " + base64("oma video.mp4")); // never the credential
  CHECK(head["cache-control"] == "no-store");
  CHECK(head.has("upload-expires"));
  auto const unknown = tus(site.port(), "HEAD", "/api/v1/uploads/nosuchuploadnosuchupload");
  CHECK(unknown.status == 404);
  CHECK_FALSE(unknown.has("upload-offset"));
  CHECK(unknown["tus-resumable"] == "1.0.0");
}

TEST_CASE("PATCH appends at the right offset and nothing else") {
  Site site;
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 10);
  auto const port = site.port();
  CHECK(tus(port, "PATCH", path, "Content-Type: video/mp4\r\nUpload-Offset: 0\r\n", "01234").status == 415);
  CHECK(tus(port, "PATCH", path, octets, "01234").status == 400);
  CHECK(tus(port, "PATCH", path, octets + "Upload-Offset: x\r\n", "01234").status == 400);
  CHECK(tus(port, "PATCH", path, octets + "Upload-Offset: -1\r\n", "01234").status == 400);
  CHECK(patch(port, path, 5, "01234").status == 409);
  CHECK(offset_of(port, path) == "0");
  auto const first = patch(port, path, 0, "01234");
  CHECK(first.status == 204);
  CHECK(first["upload-offset"] == "5");
  CHECK(first["tus-resumable"] == "1.0.0");
  CHECK(patch(port, path, 0, "zzzzz").status == 409); // again
  CHECK(patch(port, path, 5, "").status == 204);      // nothing is fine
  CHECK(patch(port, path, 5, "567890").status == 413); // beyond the end
  CHECK(offset_of(port, path) == "5");
  {
    Wire wire(port); // chunked, no length said
    auto const answer = wire.ask("PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\n" + octets +
                                 "Upload-Offset: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n567\r\n0\r\n\r\n");
    CHECK(answer["upload-offset"] == "8");
  }
  CHECK(patch(port, "/api/v1/uploads/nosuchuploadnosuchupload", 0, "x").status == 404);
  auto const last = patch(port, path, 8, "89");
  CHECK(last.status == 204);
  CHECK(last["upload-offset"] == "10");
  CHECK(offset_of(port, path) == "10");
  CHECK(patch(port, path, 0, "0123456789").status == 409);
  auto const upload = site.catalog().upload(path.substr(path.rfind('/') + 1)).value();
  CHECK(upload.finished);
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of("0123456789"));
  CHECK(site.catalog().figures().tasks_waiting == 1); // the probe, once
  CHECK(tus(port, "DELETE", path).status == 409);
}

TEST_CASE("creation may bring the first bytes along") {
  Site site;
  auto const mine = site.mine_token(site.make_story());
  auto const headers = "Upload-Length: 10\r\nUpload-Metadata: mine " + base64(mine) + "\r\n";
  auto const part = tus(site.port(), "POST", "/api/v1/uploads", headers + octets, "0123");
  CHECK(part.status == 201);
  CHECK(part["upload-offset"] == "4");
  CHECK(patch(site.port(), part["location"], 4, "456789")["upload-offset"] == "10");
  auto const whole = tus(site.port(), "POST", "/api/v1/uploads", headers + octets, "0123456789");
  CHECK(whole.status == 201);
  CHECK(whole["upload-offset"] == "10");
  CHECK(tus(site.port(), "POST", "/api/v1/uploads", headers + "Content-Type: text/plain\r\n", "0123").status == 415);
}

TEST_CASE("the method may be said in a header") {
  Site site;
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 10);
  auto override = [&](std::string const& method, std::string const& more = "", std::string_view body = "") {
    return tus(site.port(), "POST", path, "X-HTTP-Method-Override: " + method + "\r\n" + more, body);
  };
  CHECK(override("PATCH", octets + "Upload-Offset: 0\r\n", "012")["upload-offset"] == "3");
  CHECK(override("HEAD").headers.at("upload-offset") == "3");
  CHECK(override("GET").status == 405);
  CHECK(override("DELETE").status == 204);
  CHECK(tus(site.port(), "HEAD", path).status == 404);
  CHECK(tus(site.port(), "GET", path).status == 405);
  CHECK(tus(site.port(), "PUT", "/api/v1/uploads").status == 405);
}

TEST_CASE("termination removes the upload and its file") {
  Site site;
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 10);
  CHECK(patch(site.port(), path, 0, "01234").status == 204);
  CHECK(tus(site.port(), "DELETE", path).status == 204);
  CHECK(tus(site.port(), "HEAD", path).status == 404);
  CHECK(tus(site.port(), "DELETE", path).status == 404);
  CHECK(patch(site.port(), path, 5, "56789").status == 404);
  CHECK(fs::is_empty(site.config.data / "media" / "uploads"));
}

TEST_CASE("an upload that nobody continues expires and is swept away") {
  Site site;
  auto const mine = site.mine_token(site.make_story());
  auto const path = create_upload(site.port(), mine, 10);
  auto const id = path.substr(path.rfind('/') + 1);
  REQUIRE(patch(site.port(), path, 0, "01234").status == 204);
  REQUIRE(site.catalog().advance_upload(id, 5, 5, catalog::Time(std::chrono::milliseconds(1000)))); // expired long ago
  CHECK(tus(site.port(), "HEAD", path).status == 410);
  CHECK(patch(site.port(), path, 5, "56789").status == 410);
  server::sweep_once(site.catalog(), site.store());
  CHECK(fs::is_empty(site.config.data / "media" / "uploads"));
  CHECK(site.catalog().figures().uploads_unfinished == 0);
}

TEST_CASE("a disk without room takes no new upload") {
  Site site([](server::Config& c) { c.disk_floor_bytes = std::int64_t{1} << 60; });
  auto const mine = site.mine_token(site.make_story());
  auto const answer = tus(site.port(), "POST", "/api/v1/uploads", "Upload-Length: 10\r\nUpload-Metadata: mine " + base64(mine) + "\r\n");
  CHECK(answer.status == 507);
  CHECK(answer.body.find("upload.no_space") != std::string::npos);
}

TEST_CASE("a disk that has come down to its floor ends no story: nothing comes in, no task goes out, everybody watches on") {
  Site site;
  auto const mine = site.mine_token(site.make_story());
  auto const path = create_upload(site.port(), mine, 10);
  REQUIRE(patch(site.port(), path, 0, "01234").status == 204);
  auto const full = create_upload(site.port(), site.mine_token(site.make_story()), 4);
  REQUIRE(patch(site.port(), full, 0, "0123").status == 204);
  REQUIRE(site.catalog().figures().tasks_waiting == 1);
  site.config.disk_floor_bytes = std::int64_t{1} << 60;
  site.restart();
  CHECK(patch(site.port(), path, 5, "56789").status == 507);
  CHECK(offset_of(site.port(), path) == "5");
  CHECK(fetch(site.port(), "GET", "/api/v1/stories").status == 200);
  Wire worker(site.port());
  worker.send("POST /api/v1/worker/lease HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + site.worker_token() + "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n");
  REQUIRE(worker.read().status == 100); // it asks from now on, until the server stops
  worker.send(R"({"worker":"w"})");
  site.service->stop();
  CHECK(worker.read().status == 204);
  site.config.disk_floor_bytes = 0;
  site.restart();
  CHECK(site.catalog().figures().tasks_waiting == 1);
  CHECK(patch(site.port(), path, 5, "56789").status == 204);
}

TEST_CASE("bytes of a lost connection are kept and told") {
  Site site;
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 100);
  {
    Wire wire(site.port());
    wire.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\n" + octets + "Upload-Offset: 0\r\nContent-Length: 100\r\n\r\n" + std::string(40, 'a'));
    wire.finish_sending();
    CHECK(wire.closes());
  }
  CHECK(offset_of(site.port(), path) == "40");
  CHECK(patch(site.port(), path, 40, std::string(60, 'b'))["upload-offset"] == "100");
}

TEST_CASE("large uploads keep every byte over many requests") {
  Site site;
  auto const bytes = small::pattern(20'000'000);
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    auto const part = std::min<std::size_t>(bytes.size() - at, 9'000'001);
    auto const answer = patch(site.port(), path, at, std::string_view(bytes).substr(at, part));
    REQUIRE(answer.status == 204);
    at += part;
    REQUIRE(answer["upload-offset"] == std::to_string(at));
  }
  auto const upload = site.catalog().upload(path.substr(path.rfind('/') + 1)).value();
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of(bytes));
}

TEST_CASE("a restart cuts uploads to what was acknowledged and finishes full ones") {
  Site site;
  auto const part = create_upload(site.port(), site.mine_token(site.make_story()), 10);
  auto const full = create_upload(site.port(), site.mine_token(site.make_story()), 4);
  auto const id = [](std::string const& path) { return path.substr(path.rfind('/') + 1); };
  REQUIRE(patch(site.port(), part, 0, "01234").status == 204);
  // What a crash leaves: bytes beyond the acknowledged offset, and a full file whose transaction never came.
  REQUIRE(site.store().write_upload(id(part), 5, "unacknowledged"));
  REQUIRE(site.store().write_upload(id(full), 0, "abcd"));
  REQUIRE(site.store().sync_upload(id(full)));
  REQUIRE(site.catalog().advance_upload(id(full), 0, 4, catalog::system_clock()() + std::chrono::hours(1)));
  site.restart();
  CHECK(fs::file_size(site.config.data / "media" / "uploads" / id(part)) == 5);
  CHECK(offset_of(site.port(), part) == "5");
  CHECK(patch(site.port(), part, 5, "56789").status == 204);
  CHECK(site.catalog().upload(id(full)).value().finished);
  auto const upload = site.catalog().upload(id(part)).value();
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of("0123456789"));
}

TEST_CASE("a start compares store and record: nobody's bytes go, nobody's originals and packages are set aside for a while") {
  Site site;
  auto const path = create_upload(site.port(), site.mine_token(site.make_story()), 10);
  REQUIRE(patch(site.port(), path, 0, "01234").status == 204);
  auto const media = site.config.data / "media";
  std::ofstream(media / "uploads" / "nobodysupload") << "bytes";
  std::ofstream(media / "originals" / "nobodysoriginal") << "a film";
  fs::create_directory(media / "packages" / "nobodyspackage");
  std::ofstream(media / "packages" / "nobodyspackage" / "main.m3u8") << "#EXTM3U";
  site.restart();
  CHECK(offset_of(site.port(), path) == "5");
  CHECK_FALSE(fs::exists(media / "uploads" / "nobodysupload"));
  CHECK(fs::is_empty(media / "originals"));
  CHECK(fs::is_empty(media / "packages"));
  CHECK(fs::file_size(media / "strays" / "originals-nobodysoriginal") == 6);
  CHECK(fs::exists(media / "strays" / "packages-nobodyspackage" / "main.m3u8"));
  // Time passes by asking for what was set aside before a later moment.
  CHECK(site.store().remove_strays(std::chrono::system_clock::now() - std::chrono::hours(1)).empty());
  CHECK(site.store().remove_strays(std::chrono::system_clock::now() + std::chrono::hours(1)).size() == 2);
  CHECK(fs::is_empty(media / "strays"));
}

TEST_CASE("pages of a site that the operator named may upload, by a link and never by a cookie") {
  Site site([](server::Config& c) { c.upload_origins = {"https://college.example"}; });
  auto const story = site.make_story();
  auto const metadata = "Upload-Length: 10\r\nUpload-Metadata: mine " + base64(site.mine_token(story)) + "\r\n";
  std::string const named = "Origin: https://college.example\r\nSec-Fetch-Site: cross-site\r\n";
  auto const preflight = fetch(site.port(), "OPTIONS", "/api/v1/uploads", named + "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: tus-resumable\r\n");
  CHECK(preflight.status == 204);
  CHECK(preflight["access-control-allow-origin"] == "https://college.example");
  CHECK(preflight["access-control-allow-methods"].find("PATCH") != std::string::npos);
  CHECK(preflight["access-control-allow-headers"].find("Tus-Resumable") != std::string::npos);
  CHECK_FALSE(preflight.has("access-control-allow-credentials"));
  auto const made = tus(site.port(), "POST", "/api/v1/uploads", named + metadata);
  CHECK(made.status == 201);
  CHECK(made["access-control-allow-origin"] == "https://college.example");
  CHECK(made["access-control-expose-headers"].find("Upload-Offset") != std::string::npos);
  CHECK(made["vary"] == "Origin");
  CHECK(tus(site.port(), "PATCH", made["location"], named + octets + "Upload-Offset: 0\r\n", "012")["upload-offset"] == "3");
  CHECK(tus(site.port(), "POST", "/api/v1/uploads", named + "Upload-Length: 10\r\nUpload-Metadata: story " + base64(story) + "\r\n").status == 401);
  auto const other = tus(site.port(), "POST", "/api/v1/uploads", "Origin: https://evil.example\r\n" + metadata);
  CHECK(other.status == 403);
  CHECK_FALSE(other.has("access-control-allow-origin"));
}

TEST_CASE("uploads from another site's page are refused") {
  Site site;
  auto const mine = site.mine_token(site.make_story());
  auto create = [&](std::string const& headers) {
    return tus(site.port(), "POST", "/api/v1/uploads", "Upload-Length: 10\r\nUpload-Metadata: mine " + base64(mine) + "\r\n" + headers).status;
  };
  CHECK(create("Origin: https://evil.example\r\n") == 403);
  CHECK(create("Origin: null\r\n") == 403);
  CHECK(create("Sec-Fetch-Site: cross-site\r\n") == 403);
  CHECK(create("Sec-Fetch-Site: same-site\r\n") == 403);
  CHECK(create("Sec-Fetch-Site: same-origin\r\nOrigin: http://localhost\r\n") == 201);
  CHECK(create("Origin: http://localhost\r\n") == 201);
}
