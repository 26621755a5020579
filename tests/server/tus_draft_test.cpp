// Resumable Uploads for HTTP (IETF draft, interop version 8): one sentence a case, over raw sockets.
#include "server/api/upload_intake.hpp"
#include "upload_cases.hpp"

using namespace fixture;

namespace {
using B = Before;

std::string const version_8 = "Upload-Draft-Interop-Version: 8\r\n";
std::string const partial = "Content-Type: application/partial-upload\r\n";
std::string const all = "Upload-Complete: ?1\r\n";
std::string const some = "Upload-Complete: ?0\r\n";

std::string at(std::string const& offset, std::string const& complete) { return partial + complete + "Upload-Offset: " + offset + "\r\n"; }

/// Begins "0123456789" with this protocol, of which the first four bytes have come. `more`: further header lines.
std::string begin(Site& site, std::string const& more = "", std::string const& bytes = "0123") {
  auto const metadata = "Upload-Metadata: mine " + base64(site.mine_token(site.make_story())) + "\r\n";
  // Without the version, so that no interim answer comes first.
  auto const answer = fetch(site.port(), "POST", "/api/v1/uploads", metadata + some + more, bytes);
  REQUIRE(answer.status == 201);
  return answer.headers.at("location");
}

struct DraftCase {
  char const* says;
  std::string begun; // header lines of the creation
  char const* method;
  std::string headers;
  std::string body;
  int status;
  std::vector<std::pair<std::string, std::string>> answers;
  std::string after; // "offset completeness", or empty
};

std::string const known = "Upload-Length: 10\r\n";

std::vector<DraftCase> const cases{
    {"HEAD tells offset, completeness and length", known, "HEAD", "", "", 204, {{"upload-offset", "4"}, {"upload-complete", "?0"}, {"upload-length", "10"}, {"upload-limit", "*"}, {"cache-control", "no-store"}}, "4 ?0"},
    {"HEAD tells no length that the client has not told", "", "HEAD", "", "", 204, {{"upload-offset", "4"}, {"upload-length", ""}}, "4 ?0"},
    {"HEAD carries no header of tus", known, "HEAD", "", "", 204, {{"tus-resumable", ""}}, "4 ?0"},
    {"an append that is not the last is 204 and not complete", known, "PATCH", at("4", some), "456", 204, {{"upload-complete", "?0"}, {"upload-offset", "7"}}, "7 ?0"},
    {"an append of the rest is 200 and complete", known, "PATCH", at("4", all), "456789", 200, {{"upload-complete", "?1"}, {"upload-offset", "10"}}, "10 ?1"},
    {"all bytes without the word that they are all stay incomplete", known, "PATCH", at("4", some), "456789", 204, {{"upload-complete", "?0"}}, "10 ?0"},
    {"an append without a byte completes what has come", "", "PATCH", at("4", all), "", 200, {{"upload-complete", "?1"}}, "4 ?1"},
    {"an append without a byte and not the last changes nothing", "", "PATCH", at("4", some), "", 204, {{"upload-complete", "?0"}}, "4 ?0"},
    {"a last append settles a length that was not told", "", "PATCH", at("4", all), "45", 200, {{"upload-complete", "?1"}, {"upload-offset", "6"}}, "6 ?1"},
    {"an append may tell the length", "", "PATCH", at("4", some) + known, "45", 204, {{"upload-complete", "?0"}}, "6 ?0"},
    {"an append at another offset is 409 with the right one", known, "PATCH", at("3", some), "345", 409, {{"upload-offset", "4"}, {"content-type", "application/problem+json"}}, "4 ?0"},
    {"an append beyond the offset is 409", known, "PATCH", at("5", all), "56789", 409, {{"upload-offset", "4"}}, "4 ?0"},
    {"an append of another content type is 415 and says which", known, "PATCH", octets + all + "Upload-Offset: 4\r\n", "456789", 415, {{"accept-patch", "application/partial-upload"}}, "4 ?0"},
    {"an append without a content type is 415", known, "PATCH", all + "Upload-Offset: 4\r\n", "456789", 415, {}, "4 ?0"},
    {"an append without completeness is 400", known, "PATCH", partial + "Upload-Offset: 4\r\n", "456", 400, {}, "4 ?0"},
    {"an append with completeness in words is 400", known, "PATCH", partial + "Upload-Complete: true\r\nUpload-Offset: 4\r\n", "456", 400, {}, "4 ?0"},
    {"an append without an offset is 400", known, "PATCH", partial + all, "456789", 400, {}, "4 ?0"},
    {"an append with a negative offset is 400", known, "PATCH", at("-4", all), "456789", 400, {}, "4 ?0"},
    {"an append with sixteen digits is 400", known, "PATCH", at("0000000000000004", all), "456789", 400, {}, "4 ?0"},
    {"parameters of a structured field are passed over", known, "PATCH", partial + "Upload-Complete: ?1;a=b\r\nUpload-Offset: 4;c\r\n", "456789", 200, {{"upload-complete", "?1"}}, "10 ?1"},
    {"a last append that misses the told length is 400", known, "PATCH", at("4", all), "4567", 400, {{"content-type", "application/problem+json"}}, "4 ?0"},
    {"an append longer than the told length is 400 and changes nothing", known, "PATCH", at("4", some), "456789x", 400, {}, "4 ?0"},
    {"an append that tells another length is 400", known, "PATCH", at("4", some) + "Upload-Length: 11\r\n", "456", 400, {}, "4 ?0"},
    {"DELETE is 204 and ends the upload", known, "DELETE", "", "", 204, {}, ""},
    {"GET is 405", known, "GET", "", "", 405, {{"allow", "*"}}, "4 ?0"},
};

void small_files_only(server::Config& config) { config.upload_max_bytes = 1000; }

std::string state_of(Site& site, std::string const& path) {
  auto const head = fetch(site.port(), "HEAD", path, version_8);
  return head.status == 204 ? head["upload-offset"] + " " + head["upload-complete"] : "";
}

struct CreationCase {
  char const* says;
  std::string headers;
  std::string body;
  int status;
  std::vector<std::pair<std::string, std::string>> answers;
};

std::vector<CreationCase> const creations{
    {"a whole upload in one request is 201 and complete", all, "0123456789", 201, {{"upload-complete", "?1"}, {"upload-offset", "10"}}},
    {"a beginning is 201 with a place and limits", some, "0123", 201, {{"location", "*"}, {"upload-complete", "?0"}, {"upload-limit", "*"}, {"upload-offset", "4"}}},
    {"a careful beginning without a byte is 201", some + known, "", 201, {{"location", "*"}, {"upload-complete", "?0"}, {"upload-offset", "0"}}},
    {"a length that its body does not have is 400", all + "Upload-Length: 11\r\n", "0123456789", 400, {{"location", ""}}},
    {"a length below its body is 400", some + "Upload-Length: 3\r\n", "0123", 400, {{"location", ""}}},
    {"a whole upload with its length is complete", all + known, "0123456789", 201, {{"upload-complete", "?1"}}},
    {"an empty whole upload is 400, for there is no empty video", all, "", 400, {{"location", ""}}},
    {"a told length beyond what the site takes is 413 with the limit", some + "Upload-Length: 1001\r\n", "", 413, {{"upload-limit", "max-size=1000, min-size=1"}}},
    {"a body beyond what the site takes is 413 with the limit", all, std::string(1001, 'x'), 413, {{"upload-limit", "max-size=1000, min-size=1"}}},
    {"completeness in words is 400", "Upload-Complete: yes\r\n", "0123", 400, {{"location", ""}}},
};
} // namespace

TEST_CASE("draft: an upload that has begun") {
  static Site site(small_files_only);
  for (auto const& one : cases) {
    DYNAMIC_SECTION(one.says) {
      auto const path = begin(site, one.begun);
      auto const answer = fetch(site.port(), one.method, path, version_8 + one.headers, one.body);
      CAPTURE(answer.body);
      CHECK(answer.status == one.status);
      check_answers(answer, one.answers);
      CHECK(state_of(site, path) == one.after);
    }
  }
}

TEST_CASE("draft: creation") {
  static Site site(small_files_only);
  for (auto const& one : creations) {
    DYNAMIC_SECTION(one.says) {
      auto const metadata = "Upload-Metadata: mine " + base64(site.mine_token(site.make_story())) + "\r\n";
      auto const answer = fetch(site.port(), "POST", "/api/v1/uploads", metadata + one.headers, one.body);
      CAPTURE(answer.body);
      CHECK(answer.status == one.status);
      check_answers(answer, one.answers);
    }
  }
}

TEST_CASE("draft: nobody uploads without a credential") {
  Site site;
  auto const answer = fetch(site.port(), "POST", "/api/v1/uploads", version_8 + all, "0123");
  CHECK(answer.status == 401);
  CHECK_FALSE(answer.has("location"));
}

TEST_CASE("draft: OPTIONS announces the media type of appends and the limits") {
  Site site(small_files_only);
  auto const answer = fetch(site.port(), "OPTIONS", "/api/v1/uploads");
  CHECK(answer["accept-patch"].find("application/partial-upload") != std::string::npos);
  CHECK(answer["upload-limit"] == "max-size=1000, min-size=1");
}

TEST_CASE("draft: problems have the registered types and members") {
  Site site;
  auto const path = begin(site, known);
  auto const differs = fetch(site.port(), "PATCH", path, version_8 + at("7", some), "7");
  CHECK(differs.body.find("https://iana.org/assignments/http-problem-types#mismatching-upload-offset") != std::string::npos);
  CHECK(differs.body.find("\"expected-offset\":4") != std::string::npos);
  CHECK(differs.body.find("\"provided-offset\":7") != std::string::npos);
  auto const length = fetch(site.port(), "PATCH", path, version_8 + at("4", all), "45");
  CHECK(length.body.find("#inconsistent-upload-length") != std::string::npos);
  REQUIRE(fetch(site.port(), "PATCH", path, version_8 + at("4", all), "456789").status == 200);
  auto const again = fetch(site.port(), "PATCH", path, version_8 + at("10", all), "");
  CHECK(again.status == 400);
  CHECK(again["upload-complete"] == "?1");
  CHECK(again.body.find("#completed-upload") != std::string::npos);
  auto const more = fetch(site.port(), "PATCH", path, version_8 + at("10", all), "x");
  CHECK(more.status == 400);
  CHECK(more.body.find("#inconsistent-upload-length") != std::string::npos);
  CHECK(state_of(site, path) == "10 ?1");
}

TEST_CASE("draft: a client of this version hears at once where its upload is, and how far it came") {
  Site site;
  auto const metadata = "Upload-Metadata: mine " + base64(site.mine_token(site.make_story())) + "\r\n";
  auto const size = static_cast<std::size_t>(server::sync_every * 3);
  std::string const bytes(size, 'v');
  Wire wire(site.port());
  wire.send("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + metadata + version_8 + all + "Content-Type: video/mp4\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
  auto const first = wire.read();
  CHECK(first.status == 104);
  CHECK(first["upload-draft-interop-version"] == "8");
  CHECK(first.has("upload-limit"));
  auto const path = first["location"];
  wire.send(bytes);
  std::size_t told = 0;
  auto answer = wire.read();
  for (; answer.status == 104; answer = wire.read()) {
    CHECK_FALSE(answer.has("location"));
    CHECK(std::stoul(answer["upload-offset"]) > told);
    told = std::stoul(answer["upload-offset"]);
  }
  CHECK(told > 0);
  CHECK(answer.status == 201);
  CHECK(answer["location"] == path);
  CHECK(answer["upload-complete"] == "?1");
  auto const upload = site.catalog().upload(id_of(path)).value();
  CHECK(upload.content_type == "video/mp4");
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of(bytes));
}

TEST_CASE("draft: an interim answer goes to no client of another version, and to none of HTTP/1.0") {
  Site site;
  for (std::string const version : {"", "Upload-Draft-Interop-Version: 6\r\n", "Upload-Draft-Interop-Version: eight\r\n"}) {
    auto const metadata = "Upload-Metadata: mine " + base64(site.mine_token(site.make_story())) + "\r\n";
    CHECK(fetch(site.port(), "POST", "/api/v1/uploads", metadata + version + all, "0123").status == 201);
  }
  auto const metadata = "Upload-Metadata: mine " + base64(site.mine_token(site.make_story())) + "\r\n";
  Wire old(site.port());
  CHECK(old.ask("POST /api/v1/uploads HTTP/1.0\r\nContent-Length: 4\r\n" + metadata + version_8 + all + "\r\n0123").status == 201);
}

TEST_CASE("draft: 104 does not stand in for 100") {
  Site site;
  auto const metadata = "Upload-Metadata: mine " + base64(site.mine_token(site.make_story())) + "\r\n";
  Wire wire(site.port());
  wire.send("POST /api/v1/uploads HTTP/1.1\r\nHost: a\r\n" + metadata + version_8 + all + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  CHECK(wire.read().status == 104);
  CHECK(wire.read().status == 100);
  wire.send("0123");
  CHECK(wire.read().status == 201);
}

TEST_CASE("draft: what a lost connection brought is kept, and a resumed upload is whole") {
  Site site;
  auto const metadata = "Upload-Metadata: mine " + base64(site.mine_token(site.make_story())) + "\r\n";
  std::string path;
  {
    Wire wire(site.port());
    wire.send("POST /api/v1/uploads HTTP/1.1\r\nHost: a\r\n" + metadata + version_8 + all +
              "Content-Disposition: inline; filename=\"x.mp4\"; filename*=UTF-8''oma%20video.mp4\r\nContent-Length: 10\r\n\r\n0123");
    path = wire.read()["location"];
    wire.finish_sending();
    CHECK(wire.closes());
  }
  CHECK(state_of(site, path) == "4 ?0");
  CHECK(fetch(site.port(), "HEAD", path, version_8)["upload-length"] == "10");
  CHECK(fetch(site.port(), "PATCH", path, version_8 + at("4", all), "456789").status == 200);
  auto const upload = site.catalog().upload(id_of(path)).value();
  CHECK(upload.filename == "oma video.mp4");
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of("0123456789"));
}

TEST_CASE("draft: whoever asks for the offset pre-empts the stalled append") {
  server::Limits patient;
  patient.body_stall = std::chrono::hours(1);
  Site site({}, patient);
  auto const path = begin(site, known);
  Wire stalled(site.port());
  stalled.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\n" + version_8 + at("4", all) + "Content-Length: 6\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(stalled.read().status == 100);
  stalled.send("4");
  auto const state = state_of(site, path);
  CHECK((state == "4 ?0" || state == "5 ?0"));
  CHECK(stalled.closes());
}

TEST_CASE("draft: an upload that outgrows its told length is invalid from there on") {
  Site site;
  auto const path = begin(site, known);
  Wire wire(site.port());
  auto const answer = wire.ask("PATCH " + path + " HTTP/1.1\r\nHost: a\r\n" + version_8 + at("4", some) + "Transfer-Encoding: chunked\r\n\r\n7\r\n456789x\r\n0\r\n\r\n");
  CHECK(answer.status == 400);
  CHECK(answer.body.find("#inconsistent-upload-length") != std::string::npos);
  CHECK(state_of(site, path).empty());
  CHECK(fetch(site.port(), "PATCH", path, version_8 + at("4", all), "456789").status == 404);
}

TEST_CASE("draft: an upload of one protocol goes on in the other") {
  Site site;
  auto const path = begin(site);
  CHECK(tus(site.port(), "HEAD", path)["upload-defer-length"] == "1");
  REQUIRE(patch(site.port(), path, 4, "4567").status == 204);
  CHECK(fetch(site.port(), "PATCH", path, version_8 + at("8", all), "89").status == 200);
  auto const other = prepare(site, B::begun);
  CHECK(state_of(site, other) == "4 ?0");
  CHECK(fetch(site.port(), "PATCH", other, version_8 + at("4", all), "456789")["upload-complete"] == "?1");
}
