#include "server/chunks.hpp"
#include "server/head.hpp"
#include <algorithm>
#include <charconv>

namespace tarina::server {
namespace {
constexpr std::size_t size_line_limit = 256; // with extensions, which nobody here understands
}

bool ChunkDecoder::take_line(std::string_view& input, std::size_t limit) {
  auto const feed = input.find('\n');
  auto const part = input.substr(0, feed == std::string_view::npos ? feed : feed + 1);
  line_ += part;
  input.remove_prefix(part.size());
  // A CR that no LF follows, or an LF that no CR precedes, ends no line.
  auto const cr = line_.find('\r');
  bool const bare = cr != std::string::npos && cr + 2 < line_.size();
  if (line_.size() > limit || bare) return state_ = State::malformed, false;
  if (feed == std::string_view::npos) return false;
  if (!line_.ends_with("\r\n")) return state_ = State::malformed, false;
  line_.pop_back(); // twice: GCC 12 warns of a resize()
  line_.pop_back();
  return true;
}

void ChunkDecoder::read_size() {
  auto const digits = std::string_view(line_).substr(0, line_.find_first_of("; \t"));
  auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  bool const number = ec == std::errc() && end == digits.data() + digits.size() && left_ <= std::uint64_t{1} << 62;
  auto extension = std::string_view(line_).substr(digits.size());
  extension.remove_prefix(std::min(extension.find_first_not_of(" \t"), extension.size()));
  bool const spaces_only = extension.empty() && digits.size() != line_.size();
  bool const fine = number && !spaces_only && (extension.empty() || (extension.front() == ';' && is_field_value(extension)));
  state_ = !fine ? State::malformed : left_ > 0 ? State::data : State::trailer;
  line_.clear();
}

void ChunkDecoder::read_trailer() {
  if (line_.empty()) {
    state_ = State::done;
    return;
  }
  auto const colon = line_.find(':');
  bool const fine = colon != std::string::npos && is_field_name(std::string_view(line_).substr(0, colon)) &&
                    is_field_value(std::string_view(line_).substr(colon + 1));
  trailer_bytes_ += line_.size() + 2;
  if (!fine || trailer_bytes_ > trailer_limit_) state_ = State::malformed;
  line_.clear();
}

ChunkDecoder::Step ChunkDecoder::decode(std::string_view input, std::span<char> room) {
  auto const whole = input.size();
  Step step;
  while (!done() && !malformed() && !input.empty()) {
    switch (state_) {
    case State::size:
      if (take_line(input, size_line_limit)) read_size();
      break;
    case State::data: {
      auto const n = static_cast<std::size_t>(std::min<std::uint64_t>({left_, input.size(), room.size() - step.given}));
      if (n == 0) return step.taken = whole - input.size(), step;
      std::copy_n(input.data(), n, room.data() + step.given);
      input.remove_prefix(n);
      step.given += n;
      left_ -= n;
      if (left_ == 0) state_ = State::data_end;
      break;
    }
    case State::data_end:
      if (!take_line(input, 2)) break;
      state_ = line_.empty() ? State::size : State::malformed;
      break;
    case State::trailer:
      if (take_line(input, trailer_limit_)) read_trailer();
      break;
    case State::done:
    case State::malformed: break;
    }
  }
  step.taken = whole - input.size();
  return step;
}

} // namespace tarina::server
