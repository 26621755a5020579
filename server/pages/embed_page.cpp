// GET /embed/{id}: the player for other sites. It runs in <iframe sandbox="allow-scripts"> too, where its origin is
// opaque: no cookies, no storage, every address open to any origin.
#include "catalog/catalog.hpp"
#include "server/answer.hpp"
#include "server/pages/player_view.hpp"
#include "server/pages/public_routes.hpp"
#include "server/templates.hpp"
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

/// The page's language without cookies: ?lang=, else Accept-Language by page_language, which reads a cookie only when
/// the browser sends one (it does not in a third-party or sandboxed frame).
Page embed_base(std::string_view name, std::string title) {
  Page page{.name = name, .title = std::move(title), .context = Json::object()};
  page.styles = {"embed.css"};
  page.noindex = true;
  page.bare = true;
  return page;
}

/// The site's policy, with `sites` allowed to frame the page in place of nobody.
void allow_frames(Response& response, Request const& request, std::string const& sites) {
  auto const own = response.headers["Content-Security-Policy"];
  std::string policy = own.empty() ? default_policy(request) : std::string(own.data(), own.size());
  std::string_view const directive = "frame-ancestors ";
  if (auto const at = policy.find(directive); at != std::string::npos) {
    auto const from = at + directive.size();
    auto const end = std::min(policy.find(';', from), policy.size());
    policy.replace(from, end - from, sites);
  } else {
    policy += "; frame-ancestors " + sites;
  }
  response.set("Content-Security-Policy", policy);
  response.set(http::field::cache_control, "no-cache");
  response.set("Cross-Origin-Resource-Policy", "cross-origin");
  response.headers.erase("X-Frame-Options");
  response.headers.erase(http::field::set_cookie);
}

/// "https://www.osao.fi" of "https://www.osao.fi/etusivu"; empty when it is no plain web address.
std::string origin_part(std::string const& website) {
  auto const scheme_end = website.find("://");
  if (scheme_end == std::string::npos || !website.starts_with("http")) return {};
  auto const origin = website.substr(0, website.find_first_of("/?#", scheme_end + 3));
  bool const plain = origin.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:/") == std::string::npos;
  return plain && origin.size() > scheme_end + 3 ? origin : std::string{};
}

/// Who may frame an institution's stories: this site and those it named; while it named none, its own web site.
std::string allowed_sites(catalog::Institution const* institution) {
  std::string sites = "'self'";
  if (!institution) return sites;
  if (!institution->embed_sites.empty()) return sites + " " + joined(institution->embed_sites, " ");
  auto const own = origin_part(institution->website);
  return own.empty() ? sites : sites + " " + own;
}

/// The same size as the player that stood here, with words instead of a picture.
Response gone_card(App& app, Request const& request, unsigned status) {
  auto const lang = page_language(request);
  auto page = embed_base("embed-gone", app.templates.text(lang, "embed.gone_title"));
  page.status = status;
  page.context = {{"withdrawn", status == 410}};
  auto response = render_page(app, request, std::move(page));
  allow_frames(response, request, "*");
  return response;
}

awaitable<Response> show_embed(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return load_story(c, id, catalog::Use::embed); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return gone_card(app, request, status_of(shown.error().code));
  auto const lang = page_language(request);
  Naming const naming{app.templates, *shown->vocabulary, lang};

  auto page = embed_base("embed", shown->story.details.title.in(lang));
  page.scripts = {"embed.js"};
  page.strings = {"player.", "embed."};
  page.context = {{"player", player_view(naming, *shown, catalog::Use::embed, true)},
                  {"byline", joined({shown->story.details.shown_name, naming.institution(shown->story.details.institution)})},
                  {"title_shown", request.query.get("title") != "0"},
                  {"watchable", shown->story.uses.watch},
                  {"watch_href", origin_of(app.config, request) + "/stories/" + shown->story.id}};
  if (auto const start = start_time(request)) page.context["start"] = fmt::format("{}", *start);
  auto response = render_page(app, request, std::move(page));

  allow_frames(response, request, allowed_sites(shown->vocabulary->find_institution(shown->story.details.institution)));
  co_return response;
}

} // namespace

void add_embed_routes(Router& router, App& app) {
  router.add(http::verb::get, "/embed/{id}", [&app](Request& r) { return show_embed(app, r); });
}

} // namespace tarina::server
