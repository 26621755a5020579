// tus 1.0.0, creation with its extensions, checksums and concatenation: one sentence a case, over raw sockets.
#include "upload_cases.hpp"

using namespace fixture;

namespace {
using B = Before;

struct CreationCase {
  char const* says;
  std::string headers; // %MINE% stands for metadata that may, %TOKEN% for the base64 of the credential
  std::string body;
  int status;
  std::vector<std::pair<std::string, std::string>> answers;
};

std::string const mine = "Upload-Metadata: mine %TOKEN%\r\n";
std::string const ten = "Upload-Length: 10\r\n";

std::vector<CreationCase> const creation_cases{
    {"POST with a length is 201 with a place", ten + mine, "", 201, {{"location", "*"}, {"tus-resumable", "1.0.0"}}},
    {"POST tells when the upload expires", ten + mine, "", 201, {{"upload-expires", "*"}}},
    {"POST without any length is 400", mine, "", 400, {{"location", ""}}},
    {"POST with length 0 is 400, for there is no empty video", "Upload-Length: 0\r\n" + mine, "", 400, {{"location", ""}}},
    {"POST with a negative length is 400", "Upload-Length: -1\r\n" + mine, "", 400, {{"location", ""}}},
    {"POST with a length in words is 400", "Upload-Length: ten\r\n" + mine, "", 400, {}},
    {"POST with a length of 2^64 is 400", "Upload-Length: 18446744073709551616\r\n" + mine, "", 400, {}},
    {"POST with the largest length is 201", "Upload-Length: 1000\r\n" + mine, "", 201, {{"location", "*"}}},
    {"POST with a byte more than the largest is 413", "Upload-Length: 1001\r\n" + mine, "", 413, {{"location", ""}}},
    {"POST with a deferred length is 201", "Upload-Defer-Length: 1\r\n" + mine, "", 201, {{"location", "*"}}},
    {"POST with a deferred length other than 1 is 400", "Upload-Defer-Length: 2\r\n" + mine, "", 400, {{"location", ""}}},
    {"POST with a deferred length of 0 is 400", "Upload-Defer-Length: 0\r\n" + mine, "", 400, {}},
    {"POST with a length and a deferred one is 400", ten + "Upload-Defer-Length: 1\r\n" + mine, "", 400, {}},
    {"POST may bring the first bytes", ten + mine + octets, "0123", 201, {{"upload-offset", "4"}, {"location", "*"}, {"upload-expires", "*"}}},
    {"POST may bring all bytes", ten + mine + octets, "0123456789", 201, {{"upload-offset", "10"}, {"upload-expires", ""}}},
    {"POST may bring the first bytes of a deferred length", "Upload-Defer-Length: 1\r\n" + mine + octets, "0123", 201, {{"upload-offset", "4"}}},
    {"POST with bytes of another content type is 415", ten + mine + "Content-Type: video/mp4\r\n", "0123", 415, {{"location", ""}}},
    {"POST with bytes and no content type is 415", ten + mine, "0123", 415, {{"location", ""}}},
    {"POST with more bytes than its length is 413", ten + mine + octets, "0123456789x", 413, {{"location", ""}}},
    {"POST with a key twice is 400", ten + "Upload-Metadata: mine %TOKEN%,mine %TOKEN%\r\n", "", 400, {}},
    {"POST with a value that is not base64 is 400", ten + "Upload-Metadata: mine %TOKEN%,filename a*b\r\n", "", 400, {}},
    {"POST with an empty pair is 400", ten + "Upload-Metadata: mine %TOKEN%,,filename YQ==\r\n", "", 400, {}},
    {"POST with a key that is not ASCII is 400", ten + "Upload-Metadata: mine %TOKEN%,\xc3\xa4 YQ==\r\n", "", 400, {}},
    {"POST with a key without a value is fine", ten + "Upload-Metadata: mine %TOKEN%,is_confidential\r\n", "", 201, {}},
    {"POST with white space between pairs is fine", ten + "Upload-Metadata: mine %TOKEN% , filename YQ==\r\n", "", 201, {}},
    {"POST without a credential is 401", ten + "Upload-Metadata: filename YQ==\r\n", "", 401, {{"location", ""}}},
    {"POST with nobody's credential is 404", ten + "Upload-Metadata: mine bm9ib2R5IGhhcyB0aGlzIHRva2VuIDEyMzQ1Njc4OTA=\r\n", "", 404, {{"location", ""}}},
    {"POST with a partial upload is 201", ten + "Upload-Concat: partial\r\n" + mine, "", 201, {{"location", "*"}, {"upload-expires", "*"}}},
    {"POST with a concatenation nobody knows is 400", ten + "Upload-Concat: sideways\r\n" + mine, "", 400, {}},
    {"POST of a final upload without parts is 400", "Upload-Concat: final;\r\n" + mine, "", 400, {}},
    {"POST of a final upload of strange addresses is 400", "Upload-Concat: final;/etc/passwd\r\n" + mine, "", 400, {}},
    {"POST of a final upload of an unknown part is 400", "Upload-Concat: final;/api/v1/uploads/nosuchuploadnosuchupload\r\n" + mine, "", 400, {}},
    {"POST of a final upload with a length is 400", ten + "Upload-Concat: final;/api/v1/uploads/nosuchuploadnosuchupload\r\n" + mine, "", 400, {}},
    {"POST of a final upload with bytes is 403", "Upload-Concat: final;/api/v1/uploads/nosuchuploadnosuchupload\r\n" + mine + octets, "0123", 403, {}},
    {"POST with the right sum of its bytes is 201", ten + mine + octets + "Upload-Checksum: sha1 xLXIa9V32j2T/qfInLphx4tI5Yk=\r\n", "0123", 201, {{"upload-offset", "4"}}},
    {"POST with a wrong sum is 460, and the upload stands at 0", ten + mine + octets + "Upload-Checksum: sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n", "0123", 460, {{"upload-offset", "0"}, {"location", "*"}}},
    {"POST with an unknown algorithm is 400", ten + mine + octets + "Upload-Checksum: crc32 AAAAAA==\r\n", "0123", 400, {{"location", ""}}},
};

std::string at(std::string const& offset, std::string const& checksum) { return octets + "Upload-Offset: " + offset + "\r\nUpload-Checksum: " + checksum + "\r\n"; }

std::vector<UploadCase> const checksum_cases{
    {"a chunk with its SHA-1 is taken", B::begun, "PATCH", at("4", "sha1 UerGtHGihNM0HYwMY9DxooYmKhg="), "456", 204, {{"upload-offset", "7"}}, "7"},
    {"a chunk with its SHA-256 is taken", B::begun, "PATCH", at("4", "sha256 s6jg4fmrG/46NvIx9nb3i7MKUZ0rIebFMMDu6Ou0pdA="), "456", 204, {{"upload-offset", "7"}}, "7"},
    {"a chunk with another's SHA-1 is 460 and discarded", B::begun, "PATCH", at("4", "sha1 UerGtHGihNM0HYwMY9DxooYmKhg="), "457", 460, {{"tus-resumable", "1.0.0"}}, "4"},
    {"a chunk with another's SHA-256 is 460 and discarded", B::begun, "PATCH", at("4", "sha256 s6jg4fmrG/46NvIx9nb3i7MKUZ0rIebFMMDu6Ou0pdA="), "457", 460, {}, "4"},
    {"a last chunk with a wrong sum does not finish the upload", B::begun, "PATCH", at("4", "sha1 UerGtHGihNM0HYwMY9DxooYmKhg="), "456789", 460, {}, "4"},
    {"a sum of the wrong length is 460", B::begun, "PATCH", at("4", "sha1 AAAA"), "456", 460, {}, "4"},
    {"an unknown algorithm is 400 and nothing is taken", B::begun, "PATCH", at("4", "md5 UMGPZIYn8EJpfnTP2iktIA=="), "456", 400, {}, "4"},
    {"a sum that is not base64 is 400", B::begun, "PATCH", at("4", "sha1 %%%"), "456", 400, {}, "4"},
    {"an algorithm without a sum is 400", B::begun, "PATCH", at("4", "sha1"), "456", 400, {}, "4"},
    {"a sum of nothing is taken with nothing", B::begun, "PATCH", at("4", "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk="), "", 204, {{"upload-offset", "4"}}, "4"},
    {"an offset that differs wins over a wrong sum", B::begun, "PATCH", at("5", "sha1 AAAA"), "456", 409, {}, "4"},
};

std::vector<UploadCase> const concat_cases{
    {"HEAD of a partial upload says that it is one", B::partial, "HEAD", "", "", 200, {{"upload-concat", "partial"}, {"upload-offset", "4"}, {"upload-length", "10"}}, "4"},
    {"a full partial upload waits and may expire", B::full_partial, "HEAD", "", "", 200, {{"upload-concat", "partial"}, {"upload-offset", "10"}, {"upload-expires", "*"}}, "10"},
    {"a partial upload takes bytes as any other", B::partial, "PATCH", octets + "Upload-Offset: 4\r\n", "456789", 204, {{"upload-offset", "10"}, {"upload-expires", "*"}}, "10"},
    {"HEAD of a final upload tells its parts, length and end", B::final_one, "HEAD", "", "", 200, {{"upload-concat", "*"}, {"upload-length", "10"}, {"upload-offset", "10"}}, "10"},
    {"PATCH of a final upload is 403", B::final_one, "PATCH", octets + "Upload-Offset: 10\r\n", "x", 403, {}, "10"},
    {"PATCH of a final upload without a byte is 403", B::final_one, "PATCH", octets + "Upload-Offset: 10\r\n", "", 403, {}, "10"},
    {"PATCH of a final upload at another offset is 403", B::final_one, "PATCH", octets + "Upload-Offset: 0\r\n", "x", 403, {}, "10"},
    {"HEAD of an ordinary upload says nothing of parts", B::begun, "HEAD", "", "", 200, {{"upload-concat", ""}}, "4"},
};

void small_files_only(server::Config& config) { config.upload_max_bytes = 1000; }

/// Pieces of one story, ready to be put together.
struct Pieces {
  Site site{small_files_only};
  std::string story = site.make_story();
  std::string metadata = "Upload-Metadata: mine " + base64(site.mine_token(story)) + "\r\n";

  std::string piece(std::string const& bytes, std::size_t length) {
    return create_with(site, "Upload-Concat: partial\r\nUpload-Length: " + std::to_string(length) + "\r\n" + metadata + octets, bytes);
  }
  std::string piece(std::string const& bytes) { return piece(bytes, bytes.size()); }
  Answer join(std::string const& parts) { return tus(site.port(), "POST", "/api/v1/uploads", "Upload-Concat: final;" + parts + "\r\n" + metadata); }
};
} // namespace

TEST_CASE("tus: creation") {
  static Site site(small_files_only);
  for (auto const& one : creation_cases) {
    DYNAMIC_SECTION(one.says) {
      auto headers = one.headers;
      for (std::string const place = "%TOKEN%"; headers.find(place) != std::string::npos;) headers.replace(headers.find(place), place.size(), base64(site.mine_token(site.make_story())));
      auto const answer = tus(site.port(), "POST", "/api/v1/uploads", headers, one.body);
      CAPTURE(answer.body);
      CHECK(answer.status == one.status);
      check_answers(answer, one.answers);
    }
  }
}

TEST_CASE("tus: checksums") {
  static Site site(small_files_only);
  run_cases(site, checksum_cases);
}

TEST_CASE("tus: partial and final uploads") {
  static Site site(small_files_only);
  run_cases(site, concat_cases);
}

TEST_CASE("tus: a chunk whose sum did not hold can be sent again and leaves nothing of itself") {
  Site site;
  auto const path = prepare(site, B::begun);
  REQUIRE(tus(site.port(), "PATCH", path, at("4", "sha1 AAAA"), "zzzzzz").status == 460);
  REQUIRE(patch(site.port(), path, 4, "456789").status == 204);
  auto const original = site.store().open_original(site.catalog().upload(id_of(path)).value().original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of("0123456789"));
}

TEST_CASE("tus: a chunk with a sum that breaks off counts for nothing") {
  Site site;
  auto const path = prepare(site, B::begun);
  {
    Wire wire(site.port());
    wire.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\n" + tus_1 + at("4", "sha1 UerGtHGihNM0HYwMY9DxooYmKhg=") + "Content-Length: 6\r\n\r\n456");
    wire.finish_sending();
    CHECK(wire.closes());
  }
  CHECK(tus(site.port(), "HEAD", path)["upload-offset"] == "4");
}

TEST_CASE("tus: parts become the story's video in the order of the list") {
  Pieces p;
  auto const a = p.piece("0123"), b = p.piece("45678"), c = p.piece("9");
  auto const answer = p.join(a + " http://localhost" + b + " " + c);
  REQUIRE(answer.status == 201);
  CHECK(answer["upload-offset"] == "10");
  auto const path = answer["location"];
  auto const upload = p.site.catalog().upload(id_of(path)).value();
  CHECK(upload.finished);
  auto const original = p.site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of("0123456789"));
  CHECK(tus(p.site.port(), "HEAD", path)["upload-concat"] == "final;" + a + " " + b + " " + c);
  CHECK(tus(p.site.port(), "HEAD", a).status == 410); // their bytes are in the whole
  CHECK(p.site.catalog().figures().tasks_waiting == 1);
  SECTION("and the same list again gives the same upload") {
    auto const again = p.join(a + " " + b + " " + c);
    CHECK(again.status == 201);
    CHECK(again["location"] == path);
    CHECK(p.site.catalog().figures().tasks_waiting == 1);
  }
}

TEST_CASE("tus: parts that are not at their end are not put together, and can be later") {
  Pieces p;
  auto const a = p.piece("0123"), b = p.piece("456", 6);
  CHECK(p.join(a + " " + b).status == 409);
  REQUIRE(patch(p.site.port(), b, 3, "789").status == 204);
  CHECK(p.join(a + " " + b)["upload-offset"] == "10");
}

TEST_CASE("tus: only partial uploads of the same story are put together") {
  Pieces p;
  auto const a = p.piece("0123");
  CHECK(p.join(a + " " + prepare(p.site, B::full_partial)).status == 400); // another story's
  CHECK(p.join(a + " " + prepare(p.site, B::full)).status == 400);
  auto const answer = tus(p.site.port(), "POST", "/api/v1/uploads", "Upload-Concat: final;" + a + "\r\n");
  CHECK(answer.status == 401);
  CHECK(tus(p.site.port(), "HEAD", a).status == 200);
  CHECK(fs::is_empty(p.site.config.data / "media" / "strays"));
}

TEST_CASE("tus: the parts of one story never take more room than one video may") {
  Pieces p;
  auto const a = p.piece(std::string(400, 'a')), b = p.piece(std::string(400, 'b')), c = p.piece(std::string(400, 'c'));
  CHECK(tus(p.site.port(), "HEAD", a).status == 410); // made room
  CHECK(tus(p.site.port(), "HEAD", b).status == 200);
  CHECK(p.join(b + " " + c)["upload-offset"] == "800");
}
