// RFC 9457 problem details: the only place where errors become statuses.
#include "server/response.hpp"
#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

namespace tarina::server {

unsigned status_of(Errc code) {
  switch (code) {
  case Errc::invalid: return 400;
  case Errc::unauthenticated: return 401;
  case Errc::forbidden: return 403;
  case Errc::not_found: return 404;
  case Errc::conflict: return 409;
  case Errc::gone: return 410;
  case Errc::precondition_failed: return 412;
  case Errc::too_large: return 413;
  case Errc::unsupported: return 415;
  case Errc::rate_limited: return 429;
  case Errc::unavailable: return 503;
  case Errc::no_space: return 507;
  }
  return 500;
}

Response problem(Request const& request, unsigned status, Error const& error) {
  auto const title = http::obsolete_reason(static_cast<http::status>(status));
  nlohmann::json body{{"type", "urn:tarina:problem:" + error.key},
                      {"title", std::string(title.data(), title.size())},
                      {"status", status},
                      {"detail", error.detail},
                      {"key", error.key},
                      {"request_id", request.request_id}};
  Response response = json(body, status);
  response.set(http::field::content_type, "application/problem+json");
  response.set(http::field::cache_control, no_store);
  if (status == 429 || status == 503) response.set(http::field::retry_after, status == 429 ? "30" : "2");
  response.error = error;
  return response;
}

Response problem(Request const& request, Error const& error) { return problem(request, status_of(error.code), error); }

} // namespace tarina::server
