#include "server/request.hpp"
#include "server/url.hpp"
#include <algorithm>

namespace tarina::server {
namespace {

/// application/x-www-form-urlencoded is lenient: a broken escape stays as it is.
std::string decode_form_part(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
               std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return with_valid_utf8(out);
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The media type without parameters, compared in lower case.
bool is_type(std::string_view content_type, std::string_view wanted) {
  auto const type = trimmed(content_type.substr(0, content_type.find(';')));
  return std::equal(type.begin(), type.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

/// A parameter of a header value such as `form-data; name="file"; filename="a\"b.srt"` (RFC 7578, RFC 9110 5.6.6).
std::string parameter(std::string_view value, std::string_view name) {
  std::size_t at = value.find(';');
  while (at != std::string_view::npos) {
    value.remove_prefix(at + 1);
    auto const equals = value.find('=');
    if (equals == std::string_view::npos) return {};
    auto const key = trimmed(value.substr(0, equals));
    value.remove_prefix(equals + 1);
    std::string text;
    if (!value.empty() && value.front() == '"') {
      std::size_t i = 1;
      for (; i < value.size() && value[i] != '"'; ++i) {
        if (value[i] == '\\' && i + 1 < value.size() && (value[i + 1] == '"' || value[i + 1] == '\\')) ++i;
        text += value[i];
      }
      value.remove_prefix(std::min(i + 1, value.size()));
    } else {
      text = std::string(trimmed(value.substr(0, value.find(';'))));
    }
    if (is_type(key, name)) return text;
    at = value.find(';');
  }
  return {};
}

Error malformed() { return {Errc::invalid, "request.malformed", "the multipart body is malformed"}; }

} // namespace

awaitable<result<std::string>> BodyReader::read_all(std::size_t limit) {
  Error const too_large{Errc::too_large, "request.body_too_large", "the request body is larger than allowed"};
  if (auto const known = length(); known && *known > limit) co_return too_large;
  std::string all;
  std::vector<char> buffer(16 * 1024);
  for (;;) {
    auto const n = co_await read_some(buffer);
    if (n == 0) break;
    if (all.size() + n > limit) co_return too_large;
    all.append(buffer.data(), n);
  }
  co_return all;
}

FormValues::FormValues(std::string_view encoded) {
  while (!encoded.empty()) {
    auto const end = encoded.find('&');
    auto const pair = encoded.substr(0, end);
    if (!pair.empty()) {
      auto const equals = pair.find('=');
      auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
      pairs_.emplace_back(decode_form_part(pair.substr(0, equals)), decode_form_part(value));
    }
    if (end == std::string_view::npos) break;
    encoded.remove_prefix(end + 1);
  }
}

std::string const& FormValues::get(std::string_view name) const {
  static std::string const empty;
  for (auto const& [key, value] : pairs_)
    if (key == name) return value;
  return empty;
}

std::vector<std::string> FormValues::all(std::string_view name) const {
  std::vector<std::string> values;
  for (auto const& [key, value] : pairs_)
    if (key == name) values.push_back(value);
  return values;
}

bool FormValues::has(std::string_view name) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [&](auto const& pair) { return pair.first == name; });
}

std::string_view Request::header(http::field name) const {
  auto const value = headers[name];
  return {value.data(), value.size()};
}

std::string_view Request::header(std::string_view name) const {
  auto const value = headers[{name.data(), name.size()}];
  return {value.data(), value.size()};
}

std::optional<std::string> Request::cookie(std::string_view name) const {
  auto const [begin, end] = headers.equal_range(http::field::cookie);
  for (auto it = begin; it != end; ++it) {
    std::string_view rest(it->value().data(), it->value().size());
    while (!rest.empty()) {
      auto const semicolon = rest.find(';');
      auto const pair = trimmed(rest.substr(0, semicolon));
      auto const equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) return std::string(pair.substr(equals + 1));
      if (semicolon == std::string_view::npos) break;
      rest.remove_prefix(semicolon + 1);
    }
  }
  return std::nullopt;
}

std::string const& Request::param(std::string_view name) const {
  static std::string const empty;
  auto const found = params.find(name);
  return found == params.end() ? empty : found->second;
}

awaitable<result<FormValues>> read_form(Request& request) {
  if (!is_type(request.header(http::field::content_type), "application/x-www-form-urlencoded"))
    co_return Error{Errc::unsupported, "request.content_type", "expected application/x-www-form-urlencoded"};
  auto body = co_await request.body->read_all();
  if (!body) co_return body.error();
  co_return FormValues(*body);
}

awaitable<result<std::vector<FormPart>>> read_multipart(Request& request, std::size_t limit) {
  auto const content_type = request.header(http::field::content_type);
  if (!is_type(content_type, "multipart/form-data"))
    co_return Error{Errc::unsupported, "request.content_type", "expected multipart/form-data"};
  auto const boundary = parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 70) co_return malformed();
  auto body = co_await request.body->read_all(limit);
  if (!body) co_return body.error();

  std::string const delimiter = "--" + boundary;
  std::string_view rest = *body;
  auto const first = rest.find(delimiter);
  if (first == std::string_view::npos) co_return malformed();
  rest.remove_prefix(first + delimiter.size());
  std::vector<FormPart> parts;
  while (!rest.starts_with("--")) {
    if (!rest.starts_with("\r\n") || parts.size() >= 200) co_return malformed();
    rest.remove_prefix(2);
    auto const end = rest.find("\r\n" + delimiter);
    if (end == std::string_view::npos) co_return malformed();
    auto part = rest.substr(0, end);
    rest.remove_prefix(end + 2 + delimiter.size());

    FormPart made;
    for (;;) {
      auto const line_end = part.find("\r\n");
      if (line_end == std::string_view::npos) co_return malformed();
      auto const line = part.substr(0, line_end);
      part.remove_prefix(line_end + 2);
      if (line.empty()) break;
      auto const colon = line.find(':');
      if (colon == std::string_view::npos) co_return malformed();
      auto const value = trimmed(line.substr(colon + 1));
      if (is_type(line.substr(0, colon), "content-disposition")) {
        made.name = with_valid_utf8(parameter(value, "name"));
        made.filename = with_valid_utf8(parameter(value, "filename"));
      } else if (is_type(line.substr(0, colon), "content-type")) {
        made.content_type = std::string(value);
      }
    }
    made.data = std::string(part);
    parts.push_back(std::move(made));
  }
  co_return parts;
}

} // namespace tarina::server
