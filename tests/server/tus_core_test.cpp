// tus 1.0.0, core protocol, termination, expiration and deferred lengths: one sentence a case, over raw sockets.
#include "upload_cases.hpp"

using namespace fixture;

namespace {
using B = Before;

std::string at(std::string const& offset) { return octets + "Upload-Offset: " + offset + "\r\n"; }

std::vector<UploadCase> const head_cases{
    {"HEAD of a fresh upload tells offset 0", B::fresh, "HEAD", "", "", 200, {{"upload-offset", "0"}, {"upload-length", "10"}}, "0"},
    {"HEAD of a begun upload tells how far it came", B::begun, "HEAD", "", "", 200, {{"upload-offset", "4"}, {"upload-length", "10"}}, "4"},
    {"HEAD of a full upload tells its end and no expiry", B::full, "HEAD", "", "", 200, {{"upload-offset", "10"}, {"upload-length", "10"}, {"upload-expires", ""}}, "10"},
    {"HEAD is never answered from a cache", B::begun, "HEAD", "", "", 200, {{"cache-control", "no-store"}}, "4"},
    {"HEAD echoes the metadata without its credential", B::begun, "HEAD", "", "", 200, {{"upload-metadata", "filename b21hIHZpZGVvLm1wNA=="}}, "4"},
    {"HEAD of an upload that can expire tells when", B::begun, "HEAD", "", "", 200, {{"upload-expires", "*"}}, "4"},
    {"HEAD with a length not known yet says so and tells none", B::deferred, "HEAD", "", "", 200, {{"upload-defer-length", "1"}, {"upload-length", ""}, {"upload-offset", "4"}}, "4"},
    {"HEAD with a known length says nothing of a deferred one", B::begun, "HEAD", "", "", 200, {{"upload-defer-length", ""}}, "4"},
    {"HEAD of an unknown upload is 404 without an offset", B::unknown, "HEAD", "", "", 404, {{"upload-offset", ""}, {"tus-resumable", "1.0.0"}}, ""},
    {"HEAD of an expired upload is 410 without an offset", B::expired, "HEAD", "", "", 410, {{"upload-offset", ""}, {"tus-resumable", "1.0.0"}}, ""},
    {"HEAD of a terminated upload is 404", B::ended, "HEAD", "", "", 404, {{"upload-offset", ""}}, ""},
};

std::vector<UploadCase> const patch_cases{
    {"PATCH at the right offset is 204 with the new one", B::begun, "PATCH", at("4"), "456", 204, {{"upload-offset", "7"}, {"tus-resumable", "1.0.0"}}, "7"},
    {"PATCH tells when the upload expires", B::begun, "PATCH", at("4"), "456", 204, {{"upload-expires", "*"}}, "7"},
    {"PATCH of the last byte tells no expiry any more", B::begun, "PATCH", at("4"), "456789", 204, {{"upload-offset", "10"}, {"upload-expires", ""}}, "10"},
    {"PATCH without a byte changes nothing and is fine", B::begun, "PATCH", at("4"), "", 204, {{"upload-offset", "4"}}, "4"},
    {"PATCH below the offset is 409 and changes nothing", B::begun, "PATCH", at("3"), "xxx", 409, {{"tus-resumable", "1.0.0"}}, "4"},
    {"PATCH beyond the offset is 409 and changes nothing", B::begun, "PATCH", at("5"), "xxx", 409, {}, "4"},
    {"PATCH at an offset beyond the end is 409", B::begun, "PATCH", at("11"), "x", 409, {}, "4"},
    {"PATCH at offset 0 of a full upload is 409", B::full, "PATCH", at("0"), "0123456789", 409, {}, "10"},
    {"PATCH at the end of a full upload without a byte is fine", B::full, "PATCH", at("10"), "", 204, {{"upload-offset", "10"}}, "10"},
    {"PATCH beyond the end of a full upload is 413", B::full, "PATCH", at("10"), "x", 413, {}, "10"},
    {"PATCH with more than the rest is 413 and changes nothing", B::begun, "PATCH", at("4"), "4567890", 413, {}, "4"},
    {"PATCH without a content type is 415", B::begun, "PATCH", "Upload-Offset: 4\r\n", "456", 415, {}, "4"},
    {"PATCH with another content type is 415", B::begun, "PATCH", "Content-Type: application/octet-stream\r\nUpload-Offset: 4\r\n", "456", 415, {}, "4"},
    {"PATCH of the other protocol's content type is 415", B::begun, "PATCH", "Content-Type: application/partial-upload\r\nUpload-Offset: 4\r\n", "456", 415, {}, "4"},
    {"PATCH without an offset is 400", B::begun, "PATCH", octets, "456", 400, {}, "4"},
    {"PATCH with a negative offset is 400", B::begun, "PATCH", at("-4"), "456", 400, {}, "4"},
    {"PATCH with a signed offset is 400", B::begun, "PATCH", at("+4"), "456", 400, {}, "4"},
    {"PATCH with an offset in hexadecimal is 400", B::begun, "PATCH", at("0x4"), "456", 400, {}, "4"},
    {"PATCH with a fractional offset is 400", B::begun, "PATCH", at("4.0"), "456", 400, {}, "4"},
    {"PATCH with an offset of 2^64 is 400", B::begun, "PATCH", at("18446744073709551616"), "456", 400, {}, "4"},
    {"PATCH with two numbers as offset is 400", B::begun, "PATCH", at("4 4"), "456", 400, {}, "4"},
    {"PATCH of an unknown upload is 404", B::unknown, "PATCH", at("0"), "0", 404, {}, ""},
    {"PATCH of an expired upload is 410", B::expired, "PATCH", at("4"), "456", 410, {}, ""},
    {"PATCH of a terminated upload is 404", B::ended, "PATCH", at("4"), "456", 404, {}, ""},
    {"PATCH may tell a length that was deferred", B::deferred, "PATCH", at("4") + "Upload-Length: 10\r\n", "456", 204, {{"upload-offset", "7"}}, "7"},
    {"PATCH may tell a deferred length and reach it", B::deferred, "PATCH", at("4") + "Upload-Length: 10\r\n", "456789", 204, {{"upload-offset", "10"}, {"upload-expires", ""}}, "10"},
    {"PATCH may tell a deferred length without a byte", B::deferred, "PATCH", at("4") + "Upload-Length: 4\r\n", "", 204, {{"upload-offset", "4"}, {"upload-expires", ""}}, "4"},
    {"PATCH may leave a deferred length open", B::deferred, "PATCH", at("4"), "456", 204, {{"upload-offset", "7"}, {"upload-expires", "*"}}, "7"},
    {"PATCH with a deferred length below what came is 400", B::deferred, "PATCH", at("4") + "Upload-Length: 3\r\n", "", 400, {}, "4"},
    {"PATCH with a deferred length that is no number is 400", B::deferred, "PATCH", at("4") + "Upload-Length: ten\r\n", "456", 400, {}, "4"},
    {"PATCH with a deferred length that is not reached by its body's is 413", B::deferred, "PATCH", at("4") + "Upload-Length: 5\r\n", "456", 413, {}, "4"},
    {"PATCH with a deferred length beyond what the site takes is 413", B::deferred, "PATCH", at("4") + "Upload-Length: 1001\r\n", "456", 413, {}, "4"},
    {"PATCH with a body beyond what the site takes is 413", B::deferred, "PATCH", at("4"), std::string(997, 'x'), 413, {}, "4"},
    {"PATCH that changes a settled length is 409", B::begun, "PATCH", at("4") + "Upload-Length: 11\r\n", "456", 409, {}, "4"},
    {"PATCH that repeats a settled length is fine", B::begun, "PATCH", at("4") + "Upload-Length: 10\r\n", "456", 204, {{"upload-offset", "7"}}, "7"},
    {"PATCH at a wrong offset settles no length", B::deferred, "PATCH", at("5") + "Upload-Length: 9\r\n", "456", 409, {}, "4"},
};

std::vector<UploadCase> const other_cases{
    {"DELETE of a begun upload is 204", B::begun, "DELETE", "", "", 204, {{"tus-resumable", "1.0.0"}}, ""},
    {"DELETE of an upload with a deferred length is 204", B::deferred, "DELETE", "", "", 204, {}, ""},
    {"DELETE of a partial upload is 204", B::partial, "DELETE", "", "", 204, {}, ""},
    {"DELETE of a terminated upload is 404", B::ended, "DELETE", "", "", 404, {}, ""},
    {"DELETE of an unknown upload is 404", B::unknown, "DELETE", "", "", 404, {}, ""},
    {"DELETE of an expired upload is 410", B::expired, "DELETE", "", "", 410, {}, ""},
    {"DELETE of what has become a story's video is 409", B::full, "DELETE", "", "", 409, {}, "10"},
    {"GET of an upload is 405 and says what is allowed", B::begun, "GET", "", "", 405, {{"allow", "HEAD, PATCH, DELETE, OPTIONS"}}, "4"},
    {"PUT of an upload is 405", B::begun, "PUT", octets, "456", 405, {}, "4"},
    {"POST to an upload is 405", B::begun, "POST", at("4"), "456", 405, {}, "4"},
    {"POST that means PATCH appends", B::begun, "POST", at("4") + "X-HTTP-Method-Override: PATCH\r\n", "456", 204, {{"upload-offset", "7"}}, "7"},
    {"POST that means HEAD tells the offset", B::begun, "POST", "X-HTTP-Method-Override: HEAD\r\n", "", 200, {{"upload-offset", "4"}}, "4"},
    {"POST that means DELETE terminates", B::begun, "POST", "X-HTTP-Method-Override: DELETE\r\n", "", 204, {}, ""},
    {"PATCH that means HEAD changes nothing", B::begun, "PATCH", at("4") + "X-HTTP-Method-Override: HEAD\r\n", "456", 200, {{"upload-offset", "4"}}, "4"},
    {"DELETE that means PATCH appends", B::begun, "DELETE", at("4") + "Content-Length: 3\r\nX-HTTP-Method-Override: PATCH\r\n", "456", 204, {{"upload-offset", "7"}}, "7"},
    {"POST that means a method nobody knows is 405", B::begun, "POST", "X-HTTP-Method-Override: BREW\r\n", "", 405, {}, "4"},
    {"OPTIONS of an upload tells versions and extensions", B::begun, "OPTIONS", "", "", 204,
     {{"tus-version", "1.0.0"}, {"tus-max-size", "1000"}, {"tus-checksum-algorithm", "sha1,sha256"}, {"tus-extension", "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination,concatenation"}}, "4"},
};

std::vector<UploadCase> const version_cases{
    {"HEAD without a version is 412 with the right one", B::begun, "HEAD", "", "", 412, {{"tus-version", "1.0.0"}, {"tus-resumable", "1.0.0"}, {"upload-offset", ""}}, "4"},
    {"HEAD with an old version is 412", B::begun, "HEAD", "Tus-Resumable: 0.2.2\r\n", "", 412, {{"tus-version", "1.0.0"}, {"upload-offset", ""}}, "4"},
    {"HEAD with a newer version is 412", B::begun, "HEAD", "Tus-Resumable: 1.0.1\r\n", "", 412, {{"tus-version", "1.0.0"}}, "4"},
    {"HEAD of an unknown upload without a version is 412", B::unknown, "HEAD", "", "", 412, {{"tus-version", "1.0.0"}}, ""},
    {"PATCH without a version is 412 and appends nothing", B::begun, "PATCH", at("4"), "456", 412, {{"tus-version", "1.0.0"}}, "4"},
    {"PATCH with a wrong version is 412 and appends nothing", B::begun, "PATCH", "Tus-Resumable: 1.0\r\n" + at("4"), "456", 412, {{"tus-version", "1.0.0"}}, "4"},
    {"DELETE without a version is 412 and terminates nothing", B::begun, "DELETE", "", "", 412, {{"tus-version", "1.0.0"}}, "4"},
    {"DELETE with a wrong version is 412 and terminates nothing", B::begun, "DELETE", "Tus-Resumable: 2.0.0\r\n", "", 412, {{"tus-version", "1.0.0"}}, "4"},
    {"POST that means PATCH with a wrong version is 412", B::begun, "POST", "Tus-Resumable: 2.0.0\r\nX-HTTP-Method-Override: PATCH\r\n" + at("4"), "456", 412, {{"tus-version", "1.0.0"}}, "4"},
    {"OPTIONS needs no version", B::begun, "OPTIONS", "", "", 204, {{"tus-version", "1.0.0"}, {"tus-resumable", "1.0.0"}}, "4"},
    {"OPTIONS takes no notice of a wrong version", B::begun, "OPTIONS", "Tus-Resumable: 9.9.9\r\n", "", 204, {{"tus-version", "1.0.0"}}, "4"},
};

void small_files_only(server::Config& config) { config.upload_max_bytes = 1000; }
} // namespace

TEST_CASE("tus: HEAD") {
  static Site site(small_files_only);
  run_cases(site, head_cases);
}

TEST_CASE("tus: PATCH") {
  static Site site(small_files_only);
  run_cases(site, patch_cases);
}

TEST_CASE("tus: DELETE, other methods and the method override") {
  static Site site(small_files_only);
  run_cases(site, other_cases);
}

TEST_CASE("tus: the protocol version") {
  static Site site(small_files_only);
  run_cases(site, version_cases, "");
}

TEST_CASE("tus: what came by a deferred length becomes the story's video, byte for byte") {
  Site site;
  auto const path = prepare(site, B::deferred);
  REQUIRE(patch(site.port(), path, 4, "4567").status == 204);
  REQUIRE(tus(site.port(), "PATCH", path, at("8") + "Upload-Length: 10\r\n", "89").status == 204);
  auto const upload = site.catalog().upload(id_of(path)).value();
  REQUIRE(upload.finished);
  auto const original = site.store().open_original(upload.original);
  REQUIRE(original);
  CHECK(server::sha256_of_file(original->fd()) == server::sha256_of("0123456789"));
}
