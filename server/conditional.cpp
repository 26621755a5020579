#include "server/conditional.hpp"
#include <ctime>

namespace tarina::server {
namespace {

std::string_view header_of(Response const& response, http::field name) {
  auto const value = response.headers[name];
  return {value.data(), value.size()};
}

std::string_view opaque(std::string_view etag) { return etag.starts_with("W/") ? etag.substr(2) : etag; }

/// Is `etag` in the list? Strong comparison refuses weak ones.
bool lists_etag(std::string_view list, std::string_view etag, bool strong) {
  if (list == "*") return true;
  if (strong && etag.starts_with("W/")) return false;
  while (!list.empty()) {
    auto const start = list.find_first_not_of(" \t,");
    if (start == std::string_view::npos) return false;
    list.remove_prefix(start);
    auto const quote = list.find('"');
    auto const end = quote == std::string_view::npos ? quote : list.find('"', quote + 1);
    if (end == std::string_view::npos) return false;
    auto const item = list.substr(0, end + 1);
    if (opaque(item) == opaque(etag) && !(strong && item.starts_with("W/"))) return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

} // namespace

std::string http_date(std::int64_t seconds) {
  std::time_t const time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  auto const n = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts); // the C locale, never set otherwise
  return {text, n};
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  std::tm parts{};
  std::string const owned(text);
  char const* end = ::strptime(owned.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (!end || *end != '\0') return std::nullopt;
  return timegm(&parts);
}

std::optional<unsigned> decide_preconditions(Request const& request, Response const& response) {
  if (response.status != 200 || (request.method != http::verb::get && request.method != http::verb::head)) return std::nullopt;
  auto const etag = header_of(response, http::field::etag);
  auto const modified = header_of(response, http::field::last_modified);
  if (auto const list = request.header(http::field::if_match); !list.empty()) {
    if (etag.empty() ? list != "*" : !lists_etag(list, etag, true)) return 412;
  } else if (auto const since = parse_http_date(request.header(http::field::if_unmodified_since)); since && !modified.empty()) {
    if (auto const at = parse_http_date(modified); at && *at > *since) return 412;
  }
  if (auto const list = request.header(http::field::if_none_match); !list.empty()) {
    if (!etag.empty() && lists_etag(list, etag, false)) return 304;
  } else if (auto const since = parse_http_date(request.header(http::field::if_modified_since)); since && !modified.empty()) {
    if (auto const at = parse_http_date(modified); at && *at <= *since) return 304;
  }
  return std::nullopt;
}

media::RangeAnswer decide_range(Request const& request, Response const& response, std::int64_t size) {
  auto const range = request.header(http::field::range);
  if (range.empty() || request.method != http::verb::get || response.status != 200) return media::WholeRepresentation{};
  if (auto const condition = request.header(http::field::if_range); !condition.empty()) {
    auto const etag = header_of(response, http::field::etag);
    bool const same_tag = condition == etag && !etag.starts_with("W/");
    bool const same_date = condition == header_of(response, http::field::last_modified);
    if (!same_tag && !same_date) return media::WholeRepresentation{};
  }
  return media::resolve_range(range, size);
}

} // namespace tarina::server
