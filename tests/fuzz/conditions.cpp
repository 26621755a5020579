// Any conditions on a file, a line each: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range, Range,
// Accept-Encoding. The answer is one that such conditions may have.
#include "check.hpp"
#include "server/compress.hpp"
#include "server/conditional.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::server;
  namespace media = tarina::media;
  auto text = fuzz::text_of(data, size);
  Request request;
  for (auto name : {http::field::if_match, http::field::if_none_match, http::field::if_modified_since, http::field::if_unmodified_since, http::field::if_range,
                    http::field::range, http::field::accept_encoding}) {
    auto const line = fuzz::cut(text, '\n');
    if (!line.empty()) request.headers.set(name, {line.data(), line.size()});
  }
  Response response;
  response.set(http::field::etag, "\"v1\"");
  response.set(http::field::last_modified, "Mon, 23 Nov 2026 10:00:00 GMT");

  auto const decided = decide_preconditions(request, response);
  fuzz::check(!decided || *decided == 304 || *decided == 412, "a condition ends in 304 or 412");
  bool const none_given = request.header(http::field::if_match).empty() && request.header(http::field::if_none_match).empty() &&
                          request.header(http::field::if_modified_since).empty() && request.header(http::field::if_unmodified_since).empty();
  fuzz::check(!decided || !none_given, "only a condition decides");
  if (request.header(http::field::if_match).empty() && request.header(http::field::if_none_match) == "\"v1\"") fuzz::check(decided == 304U || decided == 412U, "what is known is not sent");

  constexpr std::int64_t bytes = 1000;
  auto const range = decide_range(request, response, bytes);
  if (auto const* part = std::get_if<media::ByteRange>(&range)) fuzz::check(part->first >= 0 && part->length > 0 && part->first + part->length <= bytes, "the range lies in the file");
  if (request.header(http::field::range).empty()) fuzz::check(std::holds_alternative<media::WholeRepresentation>(range), "nobody gets a part unasked");

  for (auto name : {http::field::if_modified_since, http::field::if_unmodified_since})
    if (auto const at = parse_http_date(request.header(name))) fuzz::check(parse_http_date(http_date(*at)) == at, "a date written again is the same");

  auto const accepted = request.header(http::field::accept_encoding);
  auto const coding = choose_coding(accepted);
  fuzz::check(coding == Coding::identity || !accepted.empty(), "nothing is coded unasked");
  return 0;
}
