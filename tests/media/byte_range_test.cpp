#include "media/byte_range.hpp"
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <random>
#include <string>

using namespace tarina::media;

namespace {

std::string show(RangeAnswer const& answer) {
  if (auto const* range = std::get_if<ByteRange>(&answer)) return fmt::format("{}+{}", range->first, range->length);
  return std::holds_alternative<WholeRepresentation>(answer) ? "whole" : "none";
}

std::string show(std::string_view header, std::int64_t size) { return show(resolve_range(header, size)); }

/// RFC 9110 section 14.1.2 byte by byte: which bytes of a small file does the one range name?
std::string naive(std::int64_t first, std::int64_t last, std::int64_t size) {
  if (last < first) return "whole";
  std::int64_t start = -1;
  std::int64_t length = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    if (i < first || i > last) continue;
    if (start < 0) start = i;
    ++length;
  }
  return length == 0 ? "none" : fmt::format("{}+{}", start, length);
}

} // namespace

TEST_CASE("One range names exactly the bytes the RFC says, for every small case") {
  for (std::int64_t size = 0; size < 12; ++size) {
    for (std::int64_t first = 0; first < 14; ++first) {
      for (std::int64_t last = 0; last < 14; ++last) {
        INFO("bytes=" << first << "-" << last << " of " << size);
        REQUIRE(show(fmt::format("bytes={}-{}", first, last), size) == naive(first, last, size));
      }
      REQUIRE(show(fmt::format("bytes={}-", first), size) == naive(first, size + first, size));
    }
    for (std::int64_t suffix = 1; suffix < 14 && size > 0; ++suffix) {
      REQUIRE(show(fmt::format("bytes=-{}", suffix), size) == naive(std::max<std::int64_t>(0, size - suffix), size - 1, size));
    }
  }
}

TEST_CASE("Random ranges in large files agree with arithmetic done another way") {
  std::mt19937_64 random(17);
  for (int round = 0; round < 20'000; ++round) {
    auto const size = static_cast<std::int64_t>(random() % (1ull << 50)) + 1;
    auto const a = static_cast<std::int64_t>(random() % (1ull << 51));
    auto const b = a + static_cast<std::int64_t>(random() % (1ull << 49));
    auto const answer = resolve_range(fmt::format("bytes={}-{}", a, b), size);
    if (a >= size) {
      REQUIRE(std::holds_alternative<NotSatisfiable>(answer));
    } else {
      auto const range = std::get<ByteRange>(answer);
      REQUIRE(range.first == a);
      REQUIRE(range.length > 0);
      REQUIRE(range.first + range.length - 1 == (b < size ? b : size - 1));
    }
  }
}

TEST_CASE("Numbers longer than any integer are larger than any file") {
  CHECK(show("bytes=0-18446744073709551616", 10) == "0+10");
  CHECK(show("bytes=99999999999999999999999-", 10) == "none");
  CHECK(show("bytes=-99999999999999999999999", 10) == "0+10");
  CHECK(show("bytes=9223372036854775807-9223372036854775807", 10) == "none");
}

TEST_CASE("What is not one well-formed range of bytes is ignored") {
  for (auto const* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=1-2,4-5", "bytes=1-2-3", "bytes=5-2", "items=0-1",
                             "bytes=0x1-2", "bytes=+1-2", "bytes= 1 - 2", "bytes=--1", "bytes 0-1"}) {
    INFO(header);
    CHECK(show(header, 100) == "whole");
  }
}

TEST_CASE("Blanks, empty list elements and the unit's case do not matter") {
  CHECK(show("Bytes=0-1", 100) == "0+2");
  CHECK(show("bytes= 0-1 ", 100) == "0+2");
  CHECK(show("bytes=,0-1,,", 100) == "0+2");
}

TEST_CASE("A suffix of nothing cannot be satisfied, and an empty file has no ranges") {
  CHECK(show("bytes=-0", 100) == "none");
  CHECK(show("bytes=0-", 0) == "none");
  CHECK(show("bytes=-5", 0) == "whole");
}
