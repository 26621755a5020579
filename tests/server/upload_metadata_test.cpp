#include "server/api/upload_metadata.hpp"
#include <catch2/catch.hpp>

using namespace tarina::server;

TEST_CASE("base64 is read in its one form only") {
  CHECK(decode_base64("ZmlsbS5tcDQ=") == "film.mp4");
  CHECK(decode_base64("") == "");
  for (auto const* broken : {"YQ", "YQ=", "YR==", "Y Q==", "a\xA8YQ", "\xC3\xA4==", "YQ==\n", "=", "_-8="}) {
    CAPTURE(broken);
    CHECK_FALSE(decode_base64(broken));
  }
}

TEST_CASE("what is stored of metadata is all but credentials and the story's name") {
  CHECK(storable_upload_metadata("filename ZmlsbS5tcDQ=,Invite c2VjcmV0, mine eA==,filetype dmlkZW8vbXA0,story YWJj") == "filename ZmlsbS5tcDQ=,filetype dmlkZW8vbXA0");
  CHECK(parse_upload_metadata("a YQ==,a Yg==").error().key == "upload.metadata_invalid");
  CHECK(parse_upload_metadata("a YQ==,,b Yg==").error().key == "upload.metadata_invalid");
}
