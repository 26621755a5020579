// The HTTP layer alone, with a few handlers, on a free port.
#pragma once
#include "../media/temp_folder.hpp"
#include "server/listener.hpp"
#include <fcntl.h>
#include <fstream>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace small {

using namespace tarina;
using namespace tarina::server;

/// Bytes that differ at every offset one looks at.
inline std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 2463534242U;
  for (auto& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    byte = static_cast<char>(state);
  }
  return bytes;
}

inline awaitable<Response> echo(Request& request) {
  auto body = co_await request.body->read_all(64 * 1024);
  if (!body) co_return problem(request, body.error());
  co_return text(*body, "text/plain");
}

inline awaitable<Response> form(Request& request) {
  auto values = co_await read_form(request);
  if (!values) co_return problem(request, values.error());
  co_return text(values->get("a") + "|" + values->get("ä"), "text/plain");
}

inline awaitable<Response> parts(Request& request) {
  auto found = co_await read_multipart(request, 64 * 1024);
  if (!found) co_return problem(request, found.error());
  std::string list;
  for (auto const& part : *found) list += part.name + "=" + part.filename + "(" + part.data + ")";
  co_return text(list, "text/plain");
}

struct Server {
  explicit Server(Limits limits = {}, std::vector<std::string> proxies = {"127.0.0.1"}, Tls const* tls = nullptr) {
    spdlog::set_level(spdlog::level::off);
    std::ofstream(folder.path() / "file", std::ios::binary) << bytes;
    auto serve_file = [this](Request&) -> awaitable<Response> {
      int const fd = ::open((folder.path() / "file").c_str(), O_RDONLY | O_CLOEXEC);
      auto opened = std::make_shared<media::OpenFile const>(media::OpenFile(fd, static_cast<std::int64_t>(bytes.size())));
      co_return file(opened, "video/mp4", "\"v1\"", immutable_caching).set(http::field::last_modified, "Mon, 23 Nov 2026 10:00:00 GMT");
    };
    auto page = [](Request&) -> awaitable<Response> { co_return html("<p>" + std::string(5000, 'a')); };
    auto ignore = [](Request&) -> awaitable<Response> { co_return text("not read", "text/plain"); };
    auto fail = [](Request&) -> awaitable<Response> { throw std::runtime_error("secret internals"); };
    auto split = [](Request& r) -> awaitable<Response> { co_return text("x", "text/plain").set("X-Title", r.query.get("title")); };
    auto who = [](Request& r) -> awaitable<Response> { co_return text(r.remote + " " + r.scheme, "text/plain"); };
    auto name = [](Request& r) -> awaitable<Response> { co_return text(r.param("name") + "|" + r.param("rest"), "text/plain"); };
    auto literal = [](Request&) -> awaitable<Response> { co_return text("literal", "text/plain"); };
    using http::verb;
    router.add(verb::post, "/echo", [](Request& r) { return echo(r); });
    router.add(verb::post, "/form", [](Request& r) { return form(r); });
    router.add(verb::post, "/parts", [](Request& r) { return parts(r); });
    router.add(verb::get, "/file", serve_file);
    router.add(verb::get, "/page", page);
    router.add(verb::post, "/ignore", ignore);
    router.add(verb::get, "/fail", fail);
    router.add(verb::get, "/split", split);
    router.add(verb::get, "/who", who);
    router.add(verb::get, "/names/{name}", name);
    router.add(verb::get, "/names/literal", literal);
    router.add(verb::get, "/names/{name}/{rest...}", name);
    auto answer = [this](Request& r) { return router.route(r); };
    ListenOptions options;
    options.threads = 2;
    options.trusted_proxies = proxies;
    options.tls = tls;
    listener = std::make_unique<Listener>(options, limits, metrics, answer);
    listener->start();
  }
  std::uint16_t port() const { return listener->port(); }

  std::string bytes = pattern(5'000'003);
  TempFolder folder;
  Metrics metrics;
  Router router;
  std::unique_ptr<Listener> listener;
};

} // namespace small
