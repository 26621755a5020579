// A strict reading of the request head (RFC 9112), because Beast 1.81 lets some of what smuggling needs through:
// missing or doubled Host, unknown Transfer-Encoding, conflicting lengths, versionless request lines.
#pragma once
#include "server/limits.hpp"
#include "server/request.hpp"
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace tarina::server {

/// What was wrong, as the status to answer before closing.
struct BadHead {
  unsigned status = 400;
  std::string reason;
};

/// One head as it lies in the read buffer: nothing is copied, so it lives as long as the bytes do.
struct HeadView {
  struct Field {
    std::string_view name, value; // value without the spaces around it
  };
  std::string_view method, target; // target as sent
  std::vector<Field> fields;       // kept between heads by who scans many
  bool http11 = true;
  bool keep_alive = true;
  bool chunked = false;
  std::string_view expect;
  std::optional<std::uint64_t> length; // Content-Length

  bool has_body() const { return chunked || length.value_or(0) > 0; }
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

/// RFC 9110 5.1 and 5.5, without the spaces a value may have around it or with them.
bool is_field_name(std::string_view text);
bool is_field_value(std::string_view text);

/// Checks the request line alone as soon as it is there: a client of HTTP/0.9 sends no more and would wait for ever.
std::optional<BadHead> check_request_line(std::string_view line, Limits const& limits);

/// Checks a whole head, from the request line to the empty line, inclusive, up to what only a look at the target decides.
std::optional<BadHead> scan_head(std::string_view bytes, Limits const& limits, HeadView& head);

/// Reads a whole head, from the request line to the empty line, inclusive.
std::variant<Head, BadHead> read_head(std::string_view bytes, Limits const& limits);

} // namespace tarina::server
