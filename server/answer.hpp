// From a parsed request to the response that leaves: same-origin check, routing, error pages, security headers.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

awaitable<Response> answer(App& app, Router const& router, Request& request);

/// An error as a page for people, in the request's language (server/pages/error_page.cpp).
Response error_page(App& app, Request const& request, unsigned status, Error const& error);

/// True when the client would rather have HTML than JSON.
bool prefers_html(Request const& request);

/// Lets any page load this answer: CORS for all, and the cross-origin resource policy.
void open_to_other_sites(Response& response);

/// The site's Content-Security-Policy with the request's nonce. Handlers that set their own header keep it (/embed).
std::string default_policy(Request const& request);

} // namespace tarina::server
