// GET /sitemap.xml (sitemaps.org, with Google's video extension and hreflang alternates) and /robots.txt.
// A sitemap is an open catalog: it names only stories whose tellers agreed to feeds, and streams under that use's key.
#include "catalog/catalog.hpp"
#include "server/interop/interop_routes.hpp"
#include "server/pages/story_view.hpp"
#include <fmt/format.h>

namespace tarina::server {

namespace {

constexpr int most_stories = 1000; // sitemaps.org allows 50000; the catalog's list gives at most this many

std::string alternates(std::string const& address) {
  std::string out;
  for (std::string_view lang : {"fi", "sv", "en"})
    out += fmt::format("<xhtml:link rel=\"alternate\" hreflang=\"{}\" href=\"{}?lang={}\"/>", lang, address, lang);
  return out;
}

std::string entry(std::string const& origin, catalog::StoryCard const& card) {
  auto const address = origin + "/stories/" + card.id;
  auto out = fmt::format("<url><loc>{}</loc><lastmod>{}</lastmod>{}", address, catalog::to_iso8601(card.changed_at), alternates(address));
  auto const poster = poster_address(card.stream_key, card.poster);
  if (!poster.empty()) {
    auto const& title = card.title.in("fi");
    auto const& summary = card.summary.in("fi");
    out += fmt::format("<video:video><video:thumbnail_loc>{}{}</video:thumbnail_loc><video:title>{}</video:title>"
                       "<video:description>{}</video:description><video:content_loc>{}/stream/{}/main.m3u8</video:content_loc>",
                       origin, poster, escape_html(title), escape_html(summary.empty() ? title : summary), origin, card.stream_key);
    if (auto const seconds = card.duration.count() / 1000; seconds > 0) out += fmt::format("<video:duration>{}</video:duration>", seconds);
    if (card.published_at) out += fmt::format("<video:publication_date>{}</video:publication_date>", catalog::to_iso8601(*card.published_at));
    out += "</video:video>";
  }
  return out + "</url>\n";
}

/// Cards with the stream keys of Use::feeds. The page they point at needs its own consent.
std::vector<catalog::StoryCard> listed_stories(catalog::Catalog& c) {
  auto cards = c.published({.institution = {}, .field = {}, .use = catalog::Use::feeds, .limit = most_stories}).items;
  std::erase_if(cards, [&](catalog::StoryCard const& card) { return !c.access(card.id, catalog::Use::watch); });
  return cards;
}

awaitable<Response> show_sitemap(App& app, Request& request) {
  auto const stories = co_await app.catalog.run(listed_stories);
  auto const origin = origin_of(app.config, request);
  std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                    "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
                    "xmlns:video=\"http://www.google.com/schemas/sitemap-video/1.1\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n";
  for (std::string_view page : {"/", "/stories", "/fields", "/institutions", "/join", "/about"}) {
    auto const address = origin + std::string(page);
    out += fmt::format("<url><loc>{}</loc>{}</url>\n", address, alternates(address));
  }
  for (auto const& card : stories) out += entry(origin, card);
  co_return text(out + "</urlset>\n", "application/xml; charset=utf-8");
}

awaitable<Response> show_robots(App& app, Request& request) {
  // Personal links carry a secret in their address: no crawler may keep them.
  co_return text("User-agent: *\nDisallow: /invite/\nDisallow: /mine/\nDisallow: /studio\nDisallow: /admin\n\nSitemap: " +
                     origin_of(app.config, request) + "/sitemap.xml\n",
                 "text/plain; charset=utf-8");
}

} // namespace

void add_sitemap_routes(Router& router, App& app) {
  router.add(http::verb::get, "/sitemap.xml", [&app](Request& r) { return show_sitemap(app, r); });
  router.add(http::verb::get, "/robots.txt", [&app](Request& r) { return show_robots(app, r); });
}

} // namespace tarina::server
