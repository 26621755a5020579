// GET /sitemap.xml (sitemaps.org, with Google's video extension and hreflang alternates) and /robots.txt.
// A sitemap is an open catalog: it names only stories whose tellers agreed to feeds, and streams under that use's key of
// those agreed to for embeds too. Collections are named while anything in them may be watched.
// Up to 1000 stories make one sitemap; more make a sitemap index, whose parts are /sitemap.xml?part=1, 2, …: a sitemap
// may only name addresses below its own folder, so all stay at the root.
#include "catalog/catalog.hpp"
#include "catalog/lists.hpp"
#include "server/interop/interop_routes.hpp"
#include "server/interop/xml.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace tarina::server {

namespace {

/// Four addresses each, about 5 MB a file; sitemaps.org allows 50 000 addresses and 50 MB.
constexpr int stories_a_part = 1000;
constexpr int most_collections = 200;
constexpr std::array<std::string_view, 3> languages{"fi", "sv", "en"};

struct Listed {
  std::vector<catalog::StoryCard> cards; // with the stream keys of Use::feeds
  std::vector<char> embeddable;
  int total = 0;
  std::vector<catalog::ListSummary> collections; // in the first part
};

std::vector<catalog::ListSummary> listed_collections(catalog::Catalog& c) {
  catalog::Lists const lists(c);
  auto all = lists.published_collections(most_collections);
  std::erase_if(all, [&](catalog::ListSummary const& one) {
    auto const list = lists.list(one.id);
    if (!list) return true;
    std::vector<std::string> stories;
    for (auto const& item : list->contents.items)
      if (!item.story.empty()) stories.push_back(item.story);
    return c.cards(stories, catalog::Use::watch).empty();
  });
  return all;
}

/// The page that a sitemap points at needs its own consent.
Listed listed_stories(catalog::Catalog& c, int part) {
  auto list = c.published({.institution = {}, .field = {}, .use = catalog::Use::feeds, .limit = stories_a_part, .offset = (part - 1) * stories_a_part});
  Listed out{std::move(list.items), {}, list.total, {}};
  std::erase_if(out.cards, [&](catalog::StoryCard const& card) { return !c.access(card.id, catalog::Use::watch); });
  for (auto const& card : out.cards) out.embeddable.push_back(c.access(card.id, catalog::Use::embed) ? 1 : 0);
  if (part <= 1) out.collections = listed_collections(c);
  return out;
}

/// The same for each of a page's addresses: every version names all, itself included
/// (https://developers.google.com/search/docs/specialty/international/localized-versions).
std::string alternates(std::string const& address) {
  std::string out;
  for (auto const lang : languages) out += fmt::format("<xhtml:link rel=\"alternate\" hreflang=\"{}\" href=\"{}?lang={}\"/>", lang, address, lang);
  return out + fmt::format("<xhtml:link rel=\"alternate\" hreflang=\"x-default\" href=\"{}\"/>", address);
}

/// Google's video element, in its order. Nothing without a picture to show, and nothing when the teller did not agree to
/// embeds: Google wants a stream or a player (https://developers.google.com/search/docs/crawling-indexing/sitemaps/video-sitemaps).
std::string video(Templates const& templates, std::string const& origin, catalog::StoryCard const& card, bool embeddable, std::string_view lang) {
  auto const poster = poster_address(card.stream_key, card.poster);
  if (poster.empty() || !embeddable) return {};
  auto const& title = card.title.in(lang);
  auto const& summary = card.summary.in(lang);
  std::string out = "<video:video>";
  add_element(out, "video:thumbnail_loc", origin + poster);
  add_element(out, "video:title", title);
  add_element(out, "video:description", summary.empty() ? title : summary);
  add_element(out, "video:content_loc", origin + "/stream/" + card.stream_key + "/main.m3u8");
  add_element(out, "video:player_loc", origin + "/embed/" + card.id);
  if (auto const seconds = card.duration.count() / 1000; seconds > 0 && seconds <= 28800) add_element(out, "video:duration", std::to_string(seconds));
  if (card.published_at) add_element(out, "video:publication_date", catalog::to_iso8601(*card.published_at));
  add_element(out, "video:family_friendly", "yes");
  add_element(out, "video:requires_subscription", "no");
  add_element(out, "video:uploader", templates.text(lang, "site.name"), {{"info", origin + "/"}});
  add_element(out, "video:live", "no");
  return out + "</video:video>";
}

/// One <url> without a language, for whom none is known of, and one in each.
std::string story_entries(Templates const& templates, std::string const& origin, catalog::StoryCard const& card, bool embeddable) {
  auto const address = origin + "/stories/" + card.id;
  auto const others = alternates(address);
  auto const changed = catalog::to_iso8601(card.changed_at);
  auto entry = [&](std::string const& loc, std::string_view lang) {
    return fmt::format("<url><loc>{}</loc><lastmod>{}</lastmod>{}{}</url>\n", loc, changed, video(templates, origin, card, embeddable, lang), others);
  };
  auto out = entry(address, "fi");
  for (auto const lang : languages) out += entry(fmt::format("{}?lang={}", address, lang), lang);
  return out;
}

std::string page_entry(std::string const& address, std::string const& lastmod = {}) {
  auto const others = alternates(address);
  auto out = fmt::format("<url><loc>{}</loc>{}{}</url>\n", address, lastmod, others);
  for (auto const lang : languages) out += fmt::format("<url><loc>{}?lang={}</loc>{}{}</url>\n", address, lang, lastmod, others);
  return out;
}

std::string page_entries(std::string const& origin, std::vector<catalog::ListSummary> const& collections) {
  std::string out;
  for (std::string_view page : {"/", "/stories", "/collections", "/fields", "/institutions", "/join", "/about"}) out += page_entry(origin + std::string(page));
  for (auto const& one : collections) out += page_entry(origin + "/collections/" + one.id, fmt::format("<lastmod>{}</lastmod>", catalog::to_iso8601(one.changed_at)));
  return out;
}

std::string sitemap_index(std::string const& origin, int parts) {
  std::string out(xml_declaration);
  out += "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
  for (int part = 1; part <= parts; ++part) out += fmt::format("<sitemap><loc>{}/sitemap.xml?part={}</loc></sitemap>\n", origin, part);
  return out + "</sitemapindex>\n";
}

awaitable<Response> show_sitemap(App& app, Request& request) {
  auto const& asked = request.query.get("part");
  int part = 0;
  std::from_chars(asked.data(), asked.data() + asked.size(), part);
  if (!asked.empty() && (part < 1 || part > 50000)) co_return problem(request, Error{Errc::not_found, "page.unknown", "no such part of the sitemap"});
  auto call = [part](catalog::Catalog& c) { return listed_stories(c, std::max(part, 1)); };
  auto const listed = co_await app.catalog.run(call);
  int const parts = std::max(1, (listed.total + stories_a_part - 1) / stories_a_part);
  if (part > parts) co_return problem(request, Error{Errc::not_found, "page.unknown", "no such part of the sitemap"});
  auto const origin = origin_of(app.config, request);
  if (part == 0 && parts > 1) co_return text(sitemap_index(origin, parts), "application/xml; charset=utf-8");

  std::string out(xml_declaration);
  out += "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
         "xmlns:video=\"http://www.google.com/schemas/sitemap-video/1.1\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n";
  if (part <= 1) out += page_entries(origin, listed.collections);
  for (std::size_t i = 0; i < listed.cards.size(); ++i) out += story_entries(app.templates, origin, listed.cards[i], listed.embeddable[i] != 0);
  co_return text(out + "</urlset>\n", "application/xml; charset=utf-8");
}

awaitable<Response> show_robots(App& app, Request& request) {
  // Personal links carry a secret in their address: no crawler may keep them. Exports of a search cost much and say
  // nothing that the sitemap does not.
  co_return text("User-agent: *\nDisallow: /invite/\nDisallow: /mine/\nDisallow: /lists/edit/\nDisallow: /studio\nDisallow: /admin\nDisallow: /stories.csv\nDisallow: /stories.json\n\nSitemap: " +
                     origin_of(app.config, request) + "/sitemap.xml\n",
                 "text/plain; charset=utf-8");
}

} // namespace

void add_sitemap_routes(Router& router, App& app) {
  router.add(http::verb::get, "/sitemap.xml", [&app](Request& r) { return show_sitemap(app, r); });
  router.add(http::verb::get, "/robots.txt", [&app](Request& r) { return show_robots(app, r); });
}

} // namespace tarina::server
