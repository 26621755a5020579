// Any chunked body: read in one piece or in many, it is the same; what was read, written as one chunk, is read again.
// The first byte says how large the pieces are.
#include "check.hpp"
#include "server/chunks.hpp"
#include <algorithm>
#include <charconv>
#include <string>

namespace {

using tarina::server::ChunkDecoder;

struct Outcome {
  std::string body;
  std::size_t taken = 0;
  bool done = false, malformed = false;
  bool operator==(Outcome const&) const = default;
};

Outcome decode(std::string_view bytes, std::size_t piece, std::size_t room) {
  ChunkDecoder decoder(1024);
  Outcome outcome;
  std::string place(room, '\0');
  std::string_view rest = bytes;
  std::size_t given = std::min(piece, rest.size()); // of the rest, as if no more had come yet
  while (!decoder.done() && !decoder.malformed()) {
    auto const step = decoder.decode(rest.substr(0, given), place);
    fuzz::check(step.taken <= given && step.given <= room, "a step stays within what it was given");
    outcome.body.append(place, 0, step.given);
    outcome.taken += step.taken;
    rest.remove_prefix(step.taken);
    given -= step.taken;
    if (step.taken == 0 && step.given == 0 && given == rest.size()) break; // no more will come
    given = std::min(given + piece, rest.size());
  }
  outcome.done = decoder.done();
  outcome.malformed = decoder.malformed();
  return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  auto const bytes = fuzz::text_of(data + 1, size - 1);
  auto const whole = decode(bytes, bytes.size() + 1, bytes.size() + 1);
  auto const pieces = decode(bytes, 1 + data[0] % 16, 1 + data[0] / 16);
  fuzz::check(whole.done == pieces.done && whole.malformed == pieces.malformed, "pieces change nothing");
  if (!whole.done) return 0;
  fuzz::check(whole == pieces, "pieces give the same body and end at the same byte");
  fuzz::check(whole.body.size() < whole.taken, "a body is shorter than its coding");

  char digits[20];
  auto const end = std::to_chars(digits, digits + sizeof digits, whole.body.size(), 16).ptr;
  std::string again(digits, end);
  if (whole.body.empty()) again = "0\r\n\r\n";
  else again += "\r\n" + whole.body + "\r\n0\r\n\r\n";
  auto const twice = decode(again, again.size(), again.size());
  fuzz::check(twice.done && twice.body == whole.body && twice.taken == again.size(), "a body written as one chunk is read again");
  return 0;
}
