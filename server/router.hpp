// From method and path to a handler.
#pragma once
#include "server/response.hpp"
#include <functional>

namespace tarina::server {

using Handler = std::function<awaitable<Response>(Request&)>;

/// Routes are literal segments and {name} segments; a last {name...} takes the rest of the path, slashes included.
/// Literal beats {name} beats {name...}. HEAD falls back to GET; OPTIONS is answered from the methods known;
/// an unknown path is 404, a known path with another method 405 with Allow.
class Router {
public:
  void add(http::verb method, std::string_view pattern, Handler handler);
  /// The answer is never an exception: what a handler throws is logged with the request id and becomes a 500 problem.
  awaitable<Response> route(Request& request) const;

private:
  struct Node;
  std::shared_ptr<Node> root_;
};

} // namespace tarina::server
