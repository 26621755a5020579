// Any request target: whatever a handler gets of it names nothing outside the place it was meant for.
#include "check.hpp"
#include "media/store.hpp"
#include "server/router.hpp"
#include "server/url.hpp"
#include <boost/asio/co_spawn.hpp>
#include <algorithm>
#include <filesystem>

namespace {

using namespace tarina::server;
using fuzz::check;

void check_segments(std::string_view path) {
  check(path.find('\0') == path.npos && is_utf8(path), "a path is text");
  while (!path.empty()) {
    auto const part = fuzz::cut(path, '/');
    check(part != ".." && part != ".", "nothing climbs");
  }
}

void check_name(std::string const& name) {
  if (!tarina::media::is_output_name(name)) return;
  check(name.size() <= 80 && name.front() != '/', "a file's name is short and relative");
  auto const path = (std::filesystem::path("/store/package") / name).lexically_normal();
  check(path == std::filesystem::path("/store/package/" + name) && path.native().starts_with("/store/package/"), "a file lies in its package");
}

awaitable<Response> note(Request& request) {
  for (auto const& [name, value] : request.params) {
    check(!value.empty(), "a part of a path is not empty");
    check_segments(value);
    if (name != "rest") check(value.find('/') == value.npos, "a slash that was escaped makes no new part");
    check_name(value);
  }
  co_return no_content();
}

Router const& router() {
  static Router const one = [] {
    Router made;
    for (auto const* pattern : {"/", "/stories/{id}", "/stories/{id}/edit", "/stories/new", "/stream/{key}/{rest...}", "/lists/{id}/items/{item}"})
      made.add(http::verb::get, pattern, note);
    return made;
  }();
  return one;
}

void check_form(std::string_view encoded) {
  FormValues const values(encoded);
  std::string again;
  for (auto const& [name, value] : values.pairs()) {
    check(is_utf8(name) && is_utf8(value), "form values are text");
    again += (again.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  }
  check(FormValues(again).pairs() == values.pairs(), "form values written again are the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const text = fuzz::text_of(data, size);
  if (auto const decoded = percent_decode(text)) {
    check(decoded->find('\0') == decoded->npos && is_utf8(*decoded), "what is decoded is text");
    check(percent_decode(percent_encode(*decoded)) == decoded, "encoding and decoding undo each other");
  }
  check_name(std::string(text));
  check_form(text);

  Request request;
  request.target = "/" + std::string(text);
  asio::io_context context;
  Response response;
  asio::co_spawn(context, router().route(request), [&response](std::exception_ptr failure, Response made) {
    check(!failure, "routing never throws");
    response = std::move(made);
  });
  context.run();
  check(response.status == 204 || response.status == 404, "a target is routed or unknown");
  return 0;
}
