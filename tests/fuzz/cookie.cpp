// Any Cookie headers, the first line being the name asked for: what is found stands there, and alone is found again.
#include "check.hpp"
#include "server/request.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tarina::server;
  auto text = fuzz::text_of(data, size);
  auto const name = std::string(fuzz::cut(text, '\n'));
  std::string sent(text);
  Request request;
  while (!text.empty()) {
    auto const line = fuzz::cut(text, '\n');
    request.headers.insert(http::field::cookie, {line.data(), line.size()});
  }
  auto const value = request.cookie(name);
  if (!value) return 0;
  fuzz::check(value->find_first_of(";\n") == value->npos, "a value ends at its semicolon");
  auto const pair = name + "=" + *value;
  auto const at = sent.find(pair);
  fuzz::check(at != sent.npos, "the pair was sent");
  Request alone;
  alone.headers.insert(http::field::cookie, "other=1; " + pair + ";" + name + "=later");
  // A name with a mark of the syntax in it cannot be asked for that way.
  if (name.find_first_of("=; \t") == name.npos && name != "other") fuzz::check(alone.cookie(name) == value, "the first of a name is found");
  return 0;
}
