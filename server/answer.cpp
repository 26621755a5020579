#include "server/answer.hpp"
#include <spdlog/spdlog.h>

namespace tarina::server {
namespace {

bool has(Response const& response, http::field name) { return response.headers.find(name) != response.headers.end(); }
bool has(Response const& response, std::string_view name) {
  return response.headers.find(boost::beast::string_view(name.data(), name.size())) != response.headers.end();
}

/// Subtitles for other sites are those agreed to for other sites, asked for as such: the embed's tracks say ?use=embed.
bool is_for_other_sites_by_use(Request const& request) {
  auto const& use = request.query.get("use");
  return use == "embed" || use == "feeds";
}

/// What the embed, which runs in a sandbox without an origin, and other people's programs load from us. Streams are
/// open only under the keys of some uses: their handler says so.
bool is_for_other_sites(Request const& request) {
  std::string_view const path = request.path;
  if (path.starts_with("/api/v1/stories/") && path.find("/subtitles/") != std::string_view::npos) return is_for_other_sites_by_use(request);
  for (std::string_view prefix : {"/assets/", "/api/v1/stories", "/api/v1/suggestions", "/oembed"})
    if (path.starts_with(prefix)) return true;
  return false;
}

void secure(Request const& request, Response& response) {
  response.set("X-Content-Type-Options", "nosniff");
  // Invitations and personal links are in the address: no other site may learn it.
  if (!has(response, "Referrer-Policy")) response.set("Referrer-Policy", "same-origin");
  auto const type = response.headers[http::field::content_type];
  if (!has(response, "Content-Security-Policy")) {
    if (type.starts_with("text/html"))
      response.set("Content-Security-Policy", default_policy(request));
    else if (type.ends_with("json") || type.ends_with("xml"))
      response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
  if (type.starts_with("text/html")) {
    response.set("Cross-Origin-Opener-Policy", "same-origin");
    response.set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=()");
  }
  // An ended embed hears why: an error tells nothing of the video.
  bool const stream_error = response.error && request.path.starts_with("/stream/");
  if (is_for_other_sites(request) || stream_error) {
    open_to_other_sites(response);
  } else if (!has(response, "Cross-Origin-Resource-Policy")) {
    response.set("Cross-Origin-Resource-Policy", "same-origin");
  }
  if (request.scheme == "https") response.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  if (!has(response, http::field::cache_control))
    response.set(http::field::cache_control, request.headers.find(http::field::cookie) == request.headers.end() ? "no-cache" : no_store);
}

/// A browser asks before a cross-site GET with headers of its own (Range): players do.
bool is_preflight(Request const& request) {
  return request.method == http::verb::options && !request.header(http::field::access_control_request_method).empty();
}

Response preflight() {
  auto response = no_content();
  response.set(http::field::access_control_allow_origin, "*");
  response.set(http::field::access_control_allow_methods, "GET, HEAD");
  response.set(http::field::access_control_allow_headers, "Range, If-Range, If-None-Match");
  response.set(http::field::access_control_max_age, "86400");
  return response;
}

} // namespace

void open_to_other_sites(Response& response) {
  response.set(http::field::access_control_allow_origin, "*");
  response.set(http::field::access_control_expose_headers, "Content-Length, Content-Range, ETag");
  response.set("Cross-Origin-Resource-Policy", "cross-origin");
}

std::string default_policy(Request const& request) {
  // Styles inline: the player's elements carry theirs in their shadow trees.
  return "default-src 'self'; script-src 'self' 'nonce-" + request.nonce +
         "'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; "
         "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}

bool prefers_html(Request const& request) {
  auto const accept = request.header(http::field::accept);
  auto const html = accept.find("text/html");
  return html != std::string_view::npos && html < accept.find("json");
}

awaitable<Response> answer(App& app, Router const& router, Request& request) {
  Response response;
  if (is_preflight(request) && (is_for_other_sites(request) || request.path.starts_with("/stream/"))) {
    response = preflight();
  } else if (auto allowed = app.identity.check_origin(request); !allowed) {
    response = problem(request, allowed.error());
  } else {
    response = co_await router.route(request);
  }
  bool const machine = request.path.starts_with("/api/") || request.path.starts_with("/stream/") || request.path.starts_with("/assets/");
  if (response.error && !machine && prefers_html(request)) {
    try {
      auto page = error_page(app, request, response.status, *response.error);
      page.status = response.status;
      page.close = response.close;
      for (auto name : {http::field::allow, http::field::retry_after})
        if (has(response, name)) page.headers.set(name, response.headers[name]);
      response = std::move(page);
      response.set(http::field::cache_control, no_store);
    } catch (std::exception const& failure) {
      spdlog::error("{} the error page: {}", request.request_id, failure.what()); // the problem itself goes out
    }
  }
  secure(request, response);
  co_return response;
}

} // namespace tarina::server
