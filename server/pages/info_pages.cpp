// /about, /accessibility, /privacy: pages of words only.
#include "server/page.hpp"
#include "server/pages/public_routes.hpp"
#include "server/templates.hpp"

namespace tarina::server {

namespace {

awaitable<Response> show_info(App& app, Request& request, std::string_view name) {
  Page page{.name = name, .title = app.templates.text(page_language(request), std::string(name) + ".title"), .context = nlohmann::json::object()};
  page.canonical = "/" + std::string(name);
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_info_routes(Router& router, App& app) {
  router.add(http::verb::get, "/about", [&app](Request& r) { return show_info(app, r, "about"); });
  router.add(http::verb::get, "/accessibility", [&app](Request& r) { return show_info(app, r, "accessibility"); });
  router.add(http::verb::get, "/privacy", [&app](Request& r) { return show_info(app, r, "privacy"); });
}

} // namespace tarina::server
