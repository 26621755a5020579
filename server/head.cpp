#include "server/head.hpp"
#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <charconv>

namespace tarina::server {
namespace {

bool is_token_char(char c) { // RFC 9110 5.6.2
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

bool is_value_char(char c) { // field-vchar, obs-text, SP, HTAB
  auto const byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7F);
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same(std::string_view a, std::string_view b) { return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()}); }

/// reg-name, IPv4 or bracketed IPv6, and an optional port (RFC 9110 7.2, RFC 3986 3.2.2), by character set.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  if (host.front() == '[') {
    auto const end = host.find(']');
    if (end == std::string_view::npos) return false;
    auto const inside = host.substr(1, end - 1);
    if (inside.empty() || inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    host.remove_prefix(end + 1);
    return host.empty() || (host.front() == ':' && host.find_first_not_of("0123456789", 1) == std::string_view::npos);
  }
  auto const colon = host.find(':');
  if (colon != std::string_view::npos && host.find_first_not_of("0123456789", colon + 1) != std::string_view::npos) return false;
  auto const name = host.substr(0, colon);
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
  });
}

struct RequestLine {
  std::string_view method, target, version;
};

std::optional<RequestLine> split_request_line(std::string_view line) {
  auto const first = line.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  auto const second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return RequestLine{line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

bool lists_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    auto const comma = list.find(',');
    if (same(trimmed(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

/// What the header fields say together.
struct Framing {
  int hosts = 0, lengths = 0, encodings = 0;
  bool bad_host = false, bad_length = false, close = false, keep_alive = false;
  std::string encoding, expect;
  std::uint64_t length = 0;
};

void note_field(Framing& framing, std::string_view name, std::string_view value) {
  if (same(name, "Host")) {
    ++framing.hosts;
    framing.bad_host = framing.bad_host || !is_host(value);
  } else if (same(name, "Content-Length")) {
    ++framing.lengths;
    auto const [end, ec] = std::from_chars(value.data(), value.data() + value.size(), framing.length);
    if (ec != std::errc() || end != value.data() + value.size() || framing.length > (std::uint64_t{1} << 62))
      framing.bad_length = true;
  } else if (same(name, "Transfer-Encoding")) {
    ++framing.encodings;
    framing.encoding = std::string(value);
  } else if (same(name, "Expect")) {
    framing.expect = std::string(value);
  } else if (same(name, "Connection")) {
    framing.close = framing.close || lists_token(value, "close");
    framing.keep_alive = framing.keep_alive || lists_token(value, "keep-alive");
  }
}

std::optional<BadHead> check_framing(Framing const& framing, bool http11) {
  if (framing.hosts > 1 || (framing.hosts == 0 && http11)) return BadHead{400, "exactly one Host is required"};
  if (framing.bad_host) return BadHead{400, "the Host is malformed"};
  if (framing.lengths > 1 || framing.bad_length) return BadHead{400, "the Content-Length is malformed"};
  if (framing.encodings > 0) {
    if (framing.lengths > 0) return BadHead{400, "Transfer-Encoding and Content-Length exclude each other"};
    if (!http11 || framing.encodings > 1) return BadHead{400, "the Transfer-Encoding is malformed"};
    if (!same(framing.encoding, "chunked")) return BadHead{501, "the Transfer-Encoding is not known"};
  }
  if (!framing.expect.empty() && !same(framing.expect, "100-continue")) return BadHead{417, "the expectation is not known"};
  return std::nullopt;
}

} // namespace

std::optional<BadHead> check_request_line(std::string_view line, Limits const& limits) {
  auto const parts = split_request_line(line);
  if (!parts || !is_token(parts->method)) return BadHead{400, "the request line is malformed"};
  if (parts->target.size() > limits.target_bytes) return BadHead{414, "the address is too long"};
  auto const visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (parts->target.empty() || !std::all_of(parts->target.begin(), parts->target.end(), visible) ||
      parts->target.find('#') != std::string_view::npos)
    return BadHead{400, "the address is malformed"};
  if (parts->version != "HTTP/1.1" && parts->version != "HTTP/1.0") {
    bool const other = parts->version.size() == 8 && parts->version.starts_with("HTTP/") && std::isdigit(parts->version[5]) &&
                       parts->version[6] == '.' && std::isdigit(parts->version[7]);
    return other ? BadHead{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"} : BadHead{400, "the request line is malformed"};
  }
  return std::nullopt;
}

std::variant<Head, BadHead> read_head(std::string_view bytes, Limits const& limits) {
  auto const line_end = bytes.find("\r\n");
  if (line_end == std::string_view::npos) return BadHead{400, "the request line is malformed"};
  auto const line = bytes.substr(0, line_end);
  if (auto bad = check_request_line(line, limits)) return std::move(*bad);
  auto const parts = *split_request_line(line);
  bool const http11 = parts.version == "HTTP/1.1";
  bytes.remove_prefix(line_end + 2);

  Head head;
  Framing framing;
  std::size_t count = 0;
  for (;;) {
    auto const end = bytes.find("\r\n");
    if (end == std::string_view::npos) return BadHead{400, "a header line is malformed"};
    if (end == 0) break;
    auto const field = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (++count > limits.header_lines) return BadHead{431, "there are too many header lines"};
    auto const colon = field.find(':');
    if (colon == std::string_view::npos || !is_token(field.substr(0, colon))) // also refuses folded lines
      return BadHead{400, "a header line is malformed"};
    auto const name = field.substr(0, colon);
    auto const value = trimmed(field.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_char)) return BadHead{400, "a header value is malformed"};
    note_field(framing, name, value);
    head.headers.insert({name.data(), name.size()}, {value.data(), value.size()});
  }
  if (auto bad = check_framing(framing, http11)) return std::move(*bad);

  head.method = http::string_to_verb({parts.method.data(), parts.method.size()});
  if (head.method == http::verb::unknown || head.method == http::verb::connect || head.method == http::verb::trace)
    return BadHead{501, "the method is not known"};
  auto target = parts.target;
  if (target.starts_with("http://") || target.starts_with("https://")) { // absolute form (RFC 9112 3.2.2) wins over Host
    target.remove_prefix(target.find("//") + 2);
    auto const slash = target.find_first_of("/?");
    auto const host = target.substr(0, slash);
    if (!is_host(host)) return BadHead{400, "the address is malformed"};
    head.headers.set(http::field::host, {host.data(), host.size()});
    head.target = slash == std::string_view::npos ? "/" : std::string(target.substr(slash));
    if (head.target.front() == '?') head.target = '/' + head.target;
  } else if (target.front() == '/' || (target == "*" && head.method == http::verb::options)) {
    head.target = std::string(target);
  } else {
    return BadHead{400, "the address is malformed"};
  }
  head.keep_alive = http11 ? !framing.close : framing.keep_alive && !framing.close;
  head.http10 = !http11;
  head.chunked = framing.encodings > 0;
  head.expects_continue = http11 && !framing.expect.empty();
  if (framing.lengths > 0) head.length = framing.length;
  return head;
}

} // namespace tarina::server
