// Any Range header: what comes out lies inside the file.
#include "media/byte_range.hpp"
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::media;
  if (size < 8) return 0;
  std::uint64_t bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  auto const length = static_cast<std::int64_t>(bits & std::numeric_limits<std::int64_t>::max());
  auto const answer = resolve_range({reinterpret_cast<char const*>(data) + 8, size - 8}, length);
  if (auto const* range = std::get_if<ByteRange>(&answer)) {
    if (range->first < 0 || range->length <= 0 || range->first >= length || range->length > length - range->first) std::abort();
  }
  return 0;
}
