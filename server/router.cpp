#include "server/router.hpp"
#include "catalog/database.hpp"
#include "server/url.hpp"
#include "server/work_pool.hpp"
#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

namespace tarina::server {
namespace {

struct Route {
  Handler handler;
  std::string pattern;
  std::vector<std::string> names; // of the {name} parts, in order
};

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    auto const slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

} // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> any;  // {name}
  std::unique_ptr<Node> rest; // {name...}
  std::map<http::verb, Route> routes;
  using Parts = std::vector<std::string>;

  /// The best node for parts[at...]; values of {name} parts are appended.
  Node const* find(Parts const& parts, std::size_t at, Parts& values) const {
    if (at == parts.size()) return routes.empty() ? nullptr : this;
    if (auto const literal = literals.find(parts[at]); literal != literals.end())
      if (auto const* found = literal->second->find(parts, at + 1, values)) return found;
    auto const mark = values.size();
    if (any && !parts[at].empty()) {
      values.push_back(parts[at]);
      if (auto const* found = any->find(parts, at + 1, values)) return found;
      values.resize(mark);
    }
    if (rest) {
      std::string all = parts[at];
      for (auto i = at + 1; i < parts.size(); ++i) all += "/" + parts[i];
      if (all.empty()) return nullptr;
      values.push_back(std::move(all));
      return rest.get();
    }
    return nullptr;
  }

  std::string allow() const {
    std::string list;
    for (auto const& [verb, route] : routes) {
      auto const name = http::to_string(verb);
      list += (list.empty() ? "" : ", ") + std::string(name.data(), name.size());
    }
    if (routes.contains(http::verb::get) && !routes.contains(http::verb::head)) list += ", HEAD";
    if (!routes.contains(http::verb::options)) list += ", OPTIONS";
    return list;
  }
};

void Router::add(http::verb method, std::string_view pattern, Handler handler) {
  if (!root_) root_ = std::make_shared<Node>();
  Node* node = root_.get();
  Route route{std::move(handler), std::string(pattern), {}};
  auto enter = [](std::unique_ptr<Node>& child) {
    if (!child) child = std::make_unique<Node>();
    return child.get();
  };
  for (auto part : split_path(pattern)) {
    if (part.starts_with('{') && part.ends_with("...}")) {
      route.names.emplace_back(part.substr(1, part.size() - 5));
      node = enter(node->rest);
    } else if (part.starts_with('{') && part.ends_with('}')) {
      route.names.emplace_back(part.substr(1, part.size() - 2));
      node = enter(node->any);
    } else {
      node = enter(node->literals[std::string(part)]);
    }
  }
  if (!node->routes.emplace(method, std::move(route)).second)
    throw std::logic_error("two handlers for " + std::string(pattern));
}

awaitable<Response> Router::route(Request& request) const {
  // Segments are split before they are decoded, so that %2F never makes a new one.
  std::string_view raw = request.target.empty() ? request.path : request.target;
  raw = raw.substr(0, raw.find('?'));
  std::vector<std::string> parts;
  for (auto part : split_path(raw)) {
    auto decoded = percent_decode(part);
    if (!decoded || *decoded == "." || *decoded == ".." || decoded->find('/') != std::string::npos)
      co_return problem(request, {Errc::not_found, "page.not_found", "no such resource"});
    parts.push_back(std::move(*decoded));
  }
  std::vector<std::string> values;
  Node const* node = root_ ? root_->find(parts, 0, values) : nullptr;
  if (!node) co_return problem(request, {Errc::not_found, "page.not_found", "no such resource"});

  auto found = node->routes.find(request.method);
  if (found == node->routes.end() && request.method == http::verb::head) found = node->routes.find(http::verb::get);
  if (found == node->routes.end()) {
    request.route = node->routes.begin()->second.pattern;
    if (request.method == http::verb::options) co_return no_content().set(http::field::allow, node->allow());
    auto response = problem(request, 405, {Errc::invalid, "request.method_not_allowed", "the method is not allowed here"});
    response.set(http::field::allow, node->allow());
    co_return response;
  }
  Route const& route = found->second;
  request.route = route.pattern;
  for (std::size_t i = 0; i < route.names.size(); ++i) request.params[route.names[i]] = values[i];

  // Cannot co_await or co_return a problem inside a catch block with GCC 12 without care: note the failure, answer below.
  unsigned status = 500;
  try {
    co_return co_await route.handler(request);
  } catch (Overloaded const&) {
    status = 503;
  } catch (boost::system::system_error const& failure) {
    // Mostly a client that went away or stalled in its body.
    spdlog::info("{} {}: {}", request.request_id, request.route, failure.what());
    status = 500;
  } catch (catalog::DatabaseError const& failure) {
    spdlog::error("{} {}: {}", request.request_id, request.route, failure.what());
    if (failure.disk_full()) status = 507;
  } catch (std::exception const& failure) {
    spdlog::error("{} {}: {}", request.request_id, request.route, failure.what());
  }
  auto response = status == 503   ? problem(request, {Errc::unavailable, "server.busy", "too much work is waiting"})
                  : status == 507 ? problem(request, {Errc::no_space, "store.no_space", "the record's disk is full"})
                                  : problem(request, 500, {Errc::unavailable, "server.internal", "something broke on our side"});
  response.close = true;
  co_return response;
}

} // namespace tarina::server
