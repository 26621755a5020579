// Tables of requests about one upload: what stands before, what is asked, what must be answered, what stands after.
#pragma once
#include "service_fixture.hpp"
#include <utility>
#include <vector>

namespace fixture {

inline std::string const octets = "Content-Type: application/offset+octet-stream\r\n";
inline std::string const tus_1 = "Tus-Resumable: 1.0.0\r\n";

/// What an upload of "0123456789" can be before a case.
enum class Before { fresh, begun, full, deferred, partial, full_partial, final_one, expired, ended, unknown };

struct UploadCase {
  char const* says;                                         // the sentence
  Before before;
  char const* method;
  std::string headers;                                      // full lines
  std::string body;
  int status;
  std::vector<std::pair<std::string, std::string>> answers; // "*": there, "": not there, else the value
  std::string offset_after;                                 // by a tus HEAD; empty: no upload any more
};

inline std::string id_of(std::string const& path) { return path.substr(path.rfind('/') + 1); }

inline std::string create_with(Site& site, std::string const& headers, std::string const& body = "") {
  auto const answer = tus(site.port(), "POST", "/api/v1/uploads", headers, body);
  REQUIRE(answer.status == 201);
  return answer.headers.at("location");
}

/// The path of an upload of a story of its own.
inline std::string prepare(Site& site, Before before) {
  auto const story = site.make_story();
  auto const metadata = "Upload-Metadata: filename " + base64("oma video.mp4") + ",mine " + base64(site.mine_token(story)) + "\r\n";
  auto begin = [&](std::string const& length, std::string const& first) {
    return create_with(site, metadata + length + (first.empty() ? "" : octets), first);
  };
  switch (before) {
  case Before::fresh: return begin("Upload-Length: 10\r\n", "");
  case Before::begun: return begin("Upload-Length: 10\r\n", "0123");
  case Before::full: return begin("Upload-Length: 10\r\n", "0123456789");
  case Before::deferred: return begin("Upload-Defer-Length: 1\r\n", "0123");
  case Before::partial: return begin("Upload-Length: 10\r\nUpload-Concat: partial\r\n", "0123");
  case Before::full_partial: return begin("Upload-Length: 10\r\nUpload-Concat: partial\r\n", "0123456789");
  case Before::final_one: {
    auto const a = begin("Upload-Length: 4\r\nUpload-Concat: partial\r\n", "0123"), b = begin("Upload-Length: 6\r\nUpload-Concat: partial\r\n", "456789");
    return begin("Upload-Concat: final;" + a + " " + b + "\r\n", "");
  }
  case Before::expired: {
    auto const path = begin("Upload-Length: 10\r\n", "0123");
    REQUIRE(site.catalog().advance_upload(id_of(path), 4, 4, catalog::Time(std::chrono::milliseconds(1000))));
    return path;
  }
  case Before::ended: {
    auto const path = begin("Upload-Length: 10\r\n", "0123");
    REQUIRE(tus(site.port(), "DELETE", path).status == 204);
    return path;
  }
  case Before::unknown: break;
  }
  return "/api/v1/uploads/nosuchuploadnosuchupload";
}

inline void check_answers(Answer const& answer, std::vector<std::pair<std::string, std::string>> const& expected) {
  for (auto const& [name, value] : expected) {
    CAPTURE(name, value, answer.body);
    CHECK(answer.has(name) == !value.empty());
    if (value != "*" && answer.has(name)) CHECK(answer[name] == value);
  }
}

inline void run_cases(Site& site, std::vector<UploadCase> const& cases, std::string const& every_request = tus_1) {
  for (auto const& one : cases) {
    DYNAMIC_SECTION(one.says) {
      auto const path = prepare(site, one.before);
      auto const answer = fetch(site.port(), one.method, path, every_request + one.headers, one.body);
      CAPTURE(answer.body);
      CHECK(answer.status == one.status);
      check_answers(answer, one.answers);
      auto const after = tus(site.port(), "HEAD", path);
      CHECK((after.has("upload-offset") ? after["upload-offset"] : "") == one.offset_after);
    }
  }
}

} // namespace fixture
