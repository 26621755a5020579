// Any request head: refused, or read so that nobody else could read it otherwise. What smuggling needs is two readers who
// disagree, so Beast's parser, which accepts more, must see the same body wherever it accepts a head that we accept.
#include "check.hpp"
#include "server/head.hpp"
#include <boost/beast/http.hpp>
#include <string>

namespace {

using namespace tarina::server;

std::string write(std::string_view method, std::string_view target, bool http11, std::vector<HeadView::Field> const& fields) {
  std::string out = std::string(method) + " " + std::string(target) + (http11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  for (auto const& [name, value] : fields) out += std::string(name) + ": " + std::string(value) + "\r\n";
  return out + "\r\n";
}

bool same_fields(std::vector<HeadView::Field> const& a, std::vector<HeadView::Field> const& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].value != b[i].value) return false;
  return true;
}

void compare_with_beast(std::string const& bytes, HeadView const& head) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(1 << 20);
  parser.body_limit(boost::none);
  parser.eager(false);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  if (error || !parser.is_header_done()) return;
  fuzz::check(parser.chunked() == head.chunked, "Beast sees the same coding");
  auto const length = parser.content_length();
  fuzz::check(head.chunked || length.value_or(0) == head.length.value_or(0), "Beast sees the same length");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const text = fuzz::text_of(data, size);
  auto const end = text.find("\r\n\r\n");
  if (end == text.npos) return 0;
  auto const bytes = text.substr(0, end + 4);
  Limits const limits;
  HeadView head;
  auto const read = read_head(bytes, limits);
  if (scan_head(bytes, limits, head)) {
    fuzz::check(std::holds_alternative<BadHead>(read), "what the scan refuses is not read");
    return 0;
  }
  fuzz::check(!(head.chunked && head.length), "one way to say how long the body is");
  fuzz::check(head.http11 || !head.chunked, "HTTP/1.0 has no chunks");
  for (auto const& [name, value] : head.fields) {
    fuzz::check(is_field_name(name) && is_field_value(value), "fields hold what fields may");
    fuzz::check(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos, "no line begins inside a value");
  }
  auto const again = write(head.method, head.target, head.http11, head.fields);
  HeadView twice;
  fuzz::check(!scan_head(again, limits, twice), "what was accepted is accepted again");
  fuzz::check(twice.method == head.method && twice.target == head.target && twice.http11 == head.http11 && same_fields(twice.fields, head.fields), "with the same words");
  fuzz::check(twice.chunked == head.chunked && twice.length == head.length && twice.keep_alive == head.keep_alive && twice.expect == head.expect, "and the same meaning");
  compare_with_beast(again, head);

  auto const* whole = std::get_if<Head>(&read);
  if (!whole) return 0;
  fuzz::check(whole->target == "*" || whole->target.starts_with('/'), "the target is in origin form");
  fuzz::check(whole->chunked == head.chunked && whole->length == head.length, "the whole reading agrees with the scan");
  fuzz::check(whole->headers.count(http::field::host) <= 1, "there is one Host at most");
  return 0;
}
