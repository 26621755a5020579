// One parsed HTTP request as a handler sees it.
#pragma once
#include "media/error.hpp"
#include "server/async.hpp"
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/verb.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::server {

namespace http = boost::beast::http;

/// The request body, read on demand; the session drains or closes what a handler leaves. Every wait has a deadline.
class BodyReader {
public:
  virtual ~BodyReader() = default;
  /// Content-Length, or nothing when chunked.
  virtual std::optional<std::uint64_t> length() const = 0;
  /// Up to buffer.size() bytes; 0 at the end. Throws boost::system::system_error when the peer fails or stalls.
  virtual awaitable<std::size_t> read_some(std::span<char> buffer) = 0;
  /// A callable for any thread, at any time: makes the read of this body that waits, or the next one, fail at once.
  virtual std::function<void()> interrupter() = 0;
  /// Sends an interim response (RFC 9110 15.2), given whole with its empty line; not to a client of HTTP/1.0. A client that
  /// has gone is noticed at the next read.
  virtual awaitable<void> send_interim(std::string message) = 0;
  /// True once the client has closed its connection; a look, without reading.
  virtual bool peer_gone() const = 0;
  /// Everything; Errc::too_large "request.body_too_large" above `limit` bytes.
  awaitable<result<std::string>> read_all(std::size_t limit = 1 << 20);
};

/// Decoded name=value pairs in order (WHATWG URL, application/x-www-form-urlencoded).
class FormValues {
public:
  FormValues() = default;
  explicit FormValues(std::string_view encoded);
  /// The first value of `name`, or an empty string.
  std::string const& get(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  bool has(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> const& pairs() const { return pairs_; }

private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

struct Request {
  http::verb method = http::verb::get;
  std::string target;                       // as sent, origin form
  std::string path;                         // decoded, starts with '/'
  FormValues query;
  http::fields headers;
  std::map<std::string, std::string, std::less<>> params; // {name} parts of the route
  BodyReader* body = nullptr;               // never null in a handler
  std::string remote;                       // peer address (or X-Forwarded-For from a configured proxy)
  std::string request_id;
  std::string scheme = "http";              // "https" behind a configured proxy
  std::string nonce;                        // CSP nonce of this response
  std::string route;                        // the pattern that matched, for metrics

  std::string_view header(http::field name) const;
  std::string_view header(std::string_view name) const;
  std::optional<std::string> cookie(std::string_view name) const;
  std::string const& param(std::string_view name) const; // empty when absent
};

/// Reads a urlencoded form body (limit 1 MiB); Errc::unsupported for another content type.
awaitable<result<FormValues>> read_form(Request& request);

/// One part of a multipart/form-data body (RFC 7578).
struct FormPart {
  std::string name;
  std::string filename; // empty for plain fields
  std::string content_type;
  std::string data;
};
awaitable<result<std::vector<FormPart>>> read_multipart(Request& request, std::size_t limit);

} // namespace tarina::server
