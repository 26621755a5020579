// The chunked transfer coding, read strictly (RFC 9112 section 7.1): lenient readers are what request smuggling needs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tarina::server {

class ChunkDecoder {
public:
  /// `trailer_limit`: bytes of all trailer lines together, which are checked and forgotten.
  explicit ChunkDecoder(std::size_t trailer_limit) : trailer_limit_(trailer_limit) {}

  struct Step {
    std::size_t taken = 0; // of the input
    std::size_t given = 0; // into the output
  };
  /// Goes on until the input or the room ends, the body is done or it turned out to be malformed.
  Step decode(std::string_view input, std::span<char> room);

  bool done() const { return state_ == State::done; }
  bool malformed() const { return state_ == State::malformed; }

private:
  enum class State { size, data, data_end, trailer, done, malformed };
  /// Collects one line in `line_`; true when its CR LF has come.
  bool take_line(std::string_view& input, std::size_t limit);
  void read_size();
  void read_trailer();

  State state_ = State::size;
  std::size_t trailer_limit_;
  std::size_t trailer_bytes_ = 0;
  std::uint64_t left_ = 0; // of this chunk
  std::string line_;
};

} // namespace tarina::server
