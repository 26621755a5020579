// What every target is made of.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// libFuzzer's entry: one input. tests/fuzz/replay.cpp calls it under another name for each target.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace fuzz {

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) { return {reinterpret_cast<char const*>(data), size}; }

/// Ends the program when what must hold does not; libFuzzer then keeps the input.
inline void check(bool holds, char const* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// The text up to `mark`, which is taken away with it; everything where there is none.
inline std::string_view cut(std::string_view& text, char mark) {
  auto const at = text.find(mark);
  auto const part = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return part;
}

} // namespace fuzz
