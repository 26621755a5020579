// Conditional requests (RFC 9110 section 13) and the range that remains of a file (section 14).
#pragma once
#include "media/byte_range.hpp"
#include "server/response.hpp"

namespace tarina::server {

/// 304 or 412 when a precondition of a GET or HEAD decides the answer, else nothing. Looks at the response's ETag and Last-Modified.
std::optional<unsigned> decide_preconditions(Request const& request, Response const& response);

/// The range of a file body to send; If-Range taken into account. Only GET has ranges.
media::RangeAnswer decide_range(Request const& request, Response const& response, std::int64_t size);

/// IMF-fixdate (RFC 9110 5.6.7) to seconds since the epoch; nothing when it is not one.
std::optional<std::int64_t> parse_http_date(std::string_view text);
std::string http_date(std::int64_t seconds);

} // namespace tarina::server
