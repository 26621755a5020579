// A strict reading of the request head (RFC 9112), because Beast 1.81 lets some of what smuggling needs through:
// missing or doubled Host, unknown Transfer-Encoding, conflicting lengths, versionless request lines.
#pragma once
#include "server/limits.hpp"
#include "server/request.hpp"
#include <optional>
#include <variant>

namespace tarina::server {

/// What was wrong, as the status to answer before closing.
struct BadHead {
  unsigned status = 400;
  std::string reason;
};

struct Head {
  http::verb method = http::verb::get;
  std::string target;  // origin form, or "*"
  bool keep_alive = true;
  bool http10 = false; // such a client wants to hear that its connection stays
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> length; // Content-Length
  http::fields headers;

  bool has_body() const { return chunked || length.value_or(0) > 0; }
};

/// Checks the request line alone as soon as it is there: a client of HTTP/0.9 sends no more and would wait for ever.
std::optional<BadHead> check_request_line(std::string_view line, Limits const& limits);

/// Reads a whole head, from the request line to the empty line, inclusive.
std::variant<Head, BadHead> read_head(std::string_view bytes, Limits const& limits);

} // namespace tarina::server
