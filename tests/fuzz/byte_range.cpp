// Any Range header: what comes out lies inside the file, and asked for by its own numbers it is the same again.
#include "check.hpp"
#include "media/byte_range.hpp"
#include <cstring>
#include <limits>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::media;
  if (size < 8) return 0;
  std::uint64_t bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  auto const length = static_cast<std::int64_t>(bits & std::numeric_limits<std::int64_t>::max());
  auto const answer = resolve_range(fuzz::text_of(data + 8, size - 8), length);
  auto const* range = std::get_if<ByteRange>(&answer);
  if (!range) return 0;
  fuzz::check(range->first >= 0 && range->length > 0 && range->first < length && range->length <= length - range->first, "the range lies in the file");
  auto const same = [range](RangeAnswer const& other) { return std::holds_alternative<ByteRange>(other) && std::get<ByteRange>(other) == *range; };
  auto const first = std::to_string(range->first);
  auto const last = std::to_string(range->first + range->length - 1);
  fuzz::check(same(resolve_range("bytes=" + first + "-" + last, length)), "the same range by its numbers");
  if (range->first + range->length == length) {
    fuzz::check(same(resolve_range("bytes=" + first + "-", length)), "the same range to the end");
    fuzz::check(same(resolve_range("bytes=-" + std::to_string(range->length), length)), "the same range as a suffix");
  }
  return 0;
}
