#include "server/api/uploads.hpp"
#include "server/api/upload_draft.hpp"
#include "server/api/upload_tus.hpp"
#include <algorithm>

namespace tarina::server {
namespace {

/// Pages of the sites that the operator named may send videos and read what comes of it. Never with our cookies.
void open_to_named_sites(Config const& config, Request const& request, Response& response) {
  auto const origin = request.header(http::field::origin);
  if (origin.empty() || std::find(config.upload_origins.begin(), config.upload_origins.end(), origin) == config.upload_origins.end()) return;
  response.set(http::field::access_control_allow_origin, origin);
  response.set(http::field::vary, "Origin");
  response.set("Cross-Origin-Resource-Policy", "cross-origin");
  response.set(http::field::access_control_expose_headers,
               "Location, Upload-Offset, Upload-Length, Upload-Defer-Length, Upload-Metadata, Upload-Concat, Upload-Expires, Upload-Complete, "
               "Upload-Limit, Tus-Version, Tus-Resumable, Tus-Max-Size, Tus-Extension, Tus-Checksum-Algorithm");
  if (request.method != http::verb::options) return;
  response.set(http::field::access_control_allow_methods, "POST, HEAD, PATCH, DELETE, OPTIONS");
  response.set(http::field::access_control_allow_headers,
               "Content-Type, Tus-Resumable, Upload-Offset, Upload-Length, Upload-Defer-Length, Upload-Metadata, Upload-Concat, Upload-Checksum, "
               "Upload-Complete, Upload-Draft-Interop-Version, X-HTTP-Method-Override, X-Requested-With, X-Request-ID");
  response.set(http::field::access_control_max_age, "86400");
}

Response options(Config const& config) {
  auto response = no_content();
  describe_tus(config, response);
  describe_draft(config, response);
  response.set("Tus-Resumable", tus_version);
  return response;
}

/// Every request passes here: the method a client means, the protocol, and the headers every answer carries.
awaitable<Response> dispatch(Uploads& uploads, Request& request) {
  auto method = request.method;
  if (auto const override = request.header("X-HTTP-Method-Override"); !override.empty())
    method = http::string_to_verb({override.data(), override.size()});
  Response response;
  if (method == http::verb::options)
    response = options(uploads.app.config);
  else if (is_draft_request(request))
    response = co_await answer_draft(uploads, request, method);
  else
    response = co_await answer_tus(uploads, request, method);
  response.set(http::field::cache_control, no_store);
  open_to_named_sites(uploads.app.config, request, response);
  co_return response;
}

} // namespace

void add_upload_routes(Router& router, App& app) {
  using http::verb;
  auto uploads = std::make_shared<Uploads>(app);
  auto handle = [uploads](Request& r) { return dispatch(*uploads, r); };
  for (auto method : {verb::options, verb::head, verb::post, verb::patch, verb::delete_, verb::get, verb::put}) {
    router.add(method, uploads_path, handle);
    router.add(method, std::string(uploads_path) + "/{id}", handle);
  }
}

} // namespace tarina::server
