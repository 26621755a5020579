// GET /api/v1/openapi.json: what /api/v1 answers, for programs that write their own clients (OpenAPI 3.1). The text is
// interop/openapi.json; tests hold every route and every answer against it.
#include "server/answer.hpp"
#include "server/digest.hpp"
#include "server/interop/embedded.hpp"
#include "server/interop/interop_routes.hpp"

namespace tarina::server {

namespace {

awaitable<Response> show_description() {
  auto const description = embedded_file("openapi.json");
  auto response = text(std::string(description), "application/json");
  response.set(http::field::etag, "\"" + sha256_of(description).substr(0, 32) + "\"");
  open_to_other_sites(response);
  co_return response;
}

} // namespace

void add_openapi_routes(Router& router, App&) {
  router.add(http::verb::get, "/api/v1/openapi.json", [](Request&) { return show_description(); });
}

} // namespace tarina::server
