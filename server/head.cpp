#include "server/head.hpp"
#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <charconv>

namespace tarina::server {
namespace {

constexpr auto token_chars = [] { // RFC 9110 5.6.2
  std::array<bool, 256> table{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();
bool is_token_char(char c) { return token_chars[static_cast<unsigned char>(c)]; }
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

/// ":port" or nothing; an empty port is the scheme's own (RFC 3986 3.2.3).
bool is_port(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != ':' || text.size() > 6 || text.find_first_not_of("0123456789", 1) != std::string_view::npos) return false;
  unsigned port = 0;
  std::from_chars(text.data() + 1, text.data() + text.size(), port);
  return port <= 65535;
}

/// reg-name, IPv4 or bracketed IPv6, and an optional port (RFC 9110 7.2, RFC 3986 3.2.2), by character set.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  if (host.front() == '[') {
    auto const end = host.find(']');
    if (end == std::string_view::npos) return false;
    auto const inside = host.substr(1, end - 1);
    return !inside.empty() && inside.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos && is_port(host.substr(end + 1));
  }
  auto const colon = std::min(host.find(':'), host.size());
  auto const name = host.substr(0, colon);
  return is_port(host.substr(colon)) && !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
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
  int hosts = 0, lengths = 0, encodings = 0, expects = 0;
  bool bad_host = false, bad_length = false, close = false, keep_alive = false;
  std::string_view encoding, expect;
  std::uint64_t length = 0;
};

void note_field(Framing& framing, std::string_view name, std::string_view value) {
  switch (name.size()) { // most fields say nothing about framing
  case 4:
    if (!same(name, "Host")) return;
    ++framing.hosts;
    framing.bad_host = framing.bad_host || !is_host(value);
    return;
  case 6:
    if (!same(name, "Expect")) return;
    ++framing.expects;
    framing.expect = value;
    return;
  case 10:
    if (!same(name, "Connection")) return;
    framing.close = framing.close || lists_token(value, "close");
    framing.keep_alive = framing.keep_alive || lists_token(value, "keep-alive");
    return;
  case 14: {
    if (!same(name, "Content-Length")) return;
    ++framing.lengths;
    auto const [end, ec] = std::from_chars(value.data(), value.data() + value.size(), framing.length);
    if (ec != std::errc() || end != value.data() + value.size() || framing.length > (std::uint64_t{1} << 62))
      framing.bad_length = true;
    return;
  }
  case 17:
    if (!same(name, "Transfer-Encoding")) return;
    ++framing.encodings;
    framing.encoding = value;
    return;
  default: return;
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
  if (framing.expects > 1 || (framing.expects == 1 && !same(framing.expect, "100-continue")))
    return BadHead{417, "the expectation is not known"};
  return std::nullopt;
}

} // namespace

bool is_field_name(std::string_view text) { return is_token(text); }
bool is_field_value(std::string_view text) { return std::all_of(text.begin(), text.end(), is_value_char); }

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

std::optional<BadHead> scan_head(std::string_view bytes, Limits const& limits, HeadView& head) {
  auto const line_end = bytes.find("\r\n");
  if (line_end == std::string_view::npos) return BadHead{400, "the request line is malformed"};
  auto const line = bytes.substr(0, line_end);
  if (auto bad = check_request_line(line, limits)) return bad;
  auto const parts = *split_request_line(line);
  bytes.remove_prefix(line_end + 2);
  head.method = parts.method;
  head.target = parts.target;
  head.http11 = parts.version == "HTTP/1.1";
  head.fields.clear();

  Framing framing;
  for (;;) {
    auto const end = bytes.find("\r\n");
    if (end == std::string_view::npos) return BadHead{400, "a header line is malformed"};
    if (end == 0) break;
    auto const field = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (head.fields.size() >= limits.header_lines) return BadHead{431, "there are too many header lines"};
    auto const colon = field.find(':');
    if (colon == std::string_view::npos || !is_token(field.substr(0, colon))) // also refuses folded lines
      return BadHead{400, "a header line is malformed"};
    auto const name = field.substr(0, colon);
    auto const value = trimmed(field.substr(colon + 1));
    if (!is_field_value(value)) return BadHead{400, "a header value is malformed"};
    note_field(framing, name, value);
    head.fields.push_back({name, value});
  }
  if (auto bad = check_framing(framing, head.http11)) return bad;
  head.keep_alive = head.http11 ? !framing.close : framing.keep_alive && !framing.close;
  head.chunked = framing.encodings > 0;
  head.expect = framing.expect;
  head.length = framing.lengths > 0 ? std::optional(framing.length) : std::nullopt;
  return std::nullopt;
}

std::variant<Head, BadHead> read_head(std::string_view bytes, Limits const& limits) {
  HeadView view;
  if (auto bad = scan_head(bytes, limits, view)) return std::move(*bad);
  Head head;
  for (auto const& [name, value] : view.fields) head.headers.insert({name.data(), name.size()}, {value.data(), value.size()});

  head.method = http::string_to_verb({view.method.data(), view.method.size()});
  if (head.method == http::verb::unknown || head.method == http::verb::connect || head.method == http::verb::trace)
    return BadHead{501, "the method is not known"};
  auto target = view.target;
  auto const scheme_end = target.find("://");
  if (target.front() == '/' || (target == "*" && head.method == http::verb::options)) {
    head.target = std::string(target);
  } else if (scheme_end != std::string_view::npos && (same(target.substr(0, scheme_end), "http") || same(target.substr(0, scheme_end), "https"))) {
    target.remove_prefix(scheme_end + 3); // absolute form wins over Host (RFC 9112 3.2.2)
    auto const slash = target.find_first_of("/?");
    auto const host = target.substr(0, slash);
    if (!is_host(host)) return BadHead{400, "the address is malformed"};
    head.headers.set(http::field::host, {host.data(), host.size()});
    head.target = slash == std::string_view::npos ? "/" : std::string(target.substr(slash));
    if (head.target.front() == '?') head.target = '/' + head.target;
  } else {
    return BadHead{400, "the address is malformed"};
  }
  head.keep_alive = view.keep_alive;
  head.http10 = !view.http11;
  head.chunked = view.chunked;
  head.expects_continue = view.http11 && !view.expect.empty();
  head.length = view.length;
  return head;
}

} // namespace tarina::server
