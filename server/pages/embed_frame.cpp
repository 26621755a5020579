#include "server/pages/embed_frame.hpp"
#include "server/answer.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"

namespace tarina::server {

namespace {

/// "https://www.osao.fi" of "https://www.osao.fi/etusivu"; empty when it is no plain web address.
std::string origin_part(std::string const& website) {
  auto const scheme_end = website.find("://");
  if (scheme_end == std::string::npos || !website.starts_with("http")) return {};
  auto const origin = website.substr(0, website.find_first_of("/?#", scheme_end + 3));
  bool const plain = origin.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:/") == std::string::npos;
  return plain && origin.size() > scheme_end + 3 ? origin : std::string{};
}

} // namespace

Page embed_base(std::string_view name, std::string title) {
  Page page{.name = name, .title = std::move(title), .context = nlohmann::json::object()};
  page.styles = {"embed.css"};
  page.noindex = true;
  page.bare = true;
  return page;
}

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

std::vector<std::string> embed_origins(catalog::Institution const* institution) {
  if (!institution) return {};
  if (!institution->embed_sites.empty()) return institution->embed_sites;
  auto own = origin_part(institution->website);
  return own.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(own)};
}

std::string frame_sites(catalog::Institution const* institution) {
  auto const origins = embed_origins(institution);
  return origins.empty() ? "'self'" : "'self' " + joined(origins, " ");
}

Response gone_card(App& app, Request const& request, unsigned status) {
  auto const lang = page_language(request);
  auto page = embed_base("embed-gone", app.templates.text(lang, "embed.gone_title"));
  page.status = status;
  page.context = {{"withdrawn", status == 410}};
  auto response = render_page(app, request, std::move(page));
  allow_frames(response, request, "*");
  return response;
}

} // namespace tarina::server
