// GET /feeds/stories.rss: the newest stories of a search. RSS 2.0 (rssboard.org), Media RSS 1.5.1, Atom's self link and
// Dublin Core's creator and language.
#include "catalog/catalog.hpp"
#include "media/sound_data.hpp"
#include "server/answer.hpp"
#include "server/conditional.hpp"
#include "server/digest.hpp"
#include "server/interop/for_feeds.hpp"
#include "server/interop/interop_routes.hpp"
#include "server/interop/xml.hpp"
#include "server/pages/story_search.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>

namespace tarina::server {

namespace {

constexpr std::size_t most_items = 50;

/// RFC 822 with a year of four digits, as RSS wants; an HTTP date is one.
std::string rss_date(catalog::Time time) { return http_date(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count()); }

/// The teller agreed that others show title, description, picture and link, so a player is named only where embeds are
/// agreed to as well, and then ours: never a stream, which a reader could keep.
void add_media(std::string& out, Naming const& naming, catalog::StoryCard const& card, std::string const& origin, bool embeddable) {
  auto const width = std::to_string(card.width ? card.width : media::cover_width);
  auto const height = std::to_string(card.height ? card.height : media::cover_height);
  if (embeddable) {
    auto const player = origin + "/embed/" + card.id;
    auto const seconds = std::to_string(std::max<std::int64_t>(1, card.duration.count() / 1000));
    auto const language = card.languages.empty() ? std::string() : card.languages.front();
    add_element(out, "media:content", "", {{"url", player}, {"type", "text/html"}, {"medium", card.width ? "video" : "audio"}, {"expression", "full"}, {"duration", seconds}, {"width", width}, {"height", height}, {"lang", language}});
    add_element(out, "media:player", "", {{"url", player}, {"width", width}, {"height", height}});
  }
  add_element(out, "media:title", card.title.in(naming.lang), {{"type", "plain"}});
  add_filled(out, "media:description", card.summary.in(naming.lang), {{"type", "plain"}});
  if (auto const poster = poster_address(card.stream_key, card.poster); !poster.empty()) add_element(out, "media:thumbnail", "", {{"url", origin + poster}, {"width", width}, {"height", height}});
}

std::string item(Naming const& naming, catalog::StoryCard const& card, std::string const& origin, bool embeddable) {
  auto const address = origin + "/stories/" + card.id;
  auto const& summary = card.summary.in(naming.lang);
  std::string out = "<item>";
  add_element(out, "title", card.title.in(naming.lang));
  add_element(out, "link", address);
  add_element(out, "guid", address, {{"isPermaLink", "true"}});
  if (card.published_at) add_element(out, "pubDate", rss_date(*card.published_at));
  // Readers take a description for HTML: what is escaped once more stays text.
  add_filled(out, "description", escape_html(summary));
  add_filled(out, "dc:creator", card.shown_name);
  for (auto const& language : card.languages) add_element(out, "dc:language", language);
  for (auto const& code : card.fields) add_filled(out, "category", naming.field(code), {{"domain", origin + "/stories?field=" + code}});
  add_media(out, naming, card, origin, embeddable);
  return out + "</item>\n";
}

/// "Tarina: hitsaus, Tekniikan alat, OSAO".
std::string channel_title(Naming const& naming, catalog::SearchQuery const& query) {
  std::vector<std::string> parts{query.text};
  for (auto const& code : query.fields) parts.push_back(naming.field(code));
  for (auto const& code : query.institutions) parts.push_back(naming.institution(code));
  for (auto const& code : query.languages) parts.push_back(language_name(code, naming.lang));
  auto const words = joined(parts, ", ");
  auto const& site = naming.templates.text(naming.lang, "site.name");
  return words.empty() ? site + ": " + naming.templates.text(naming.lang, "front.newest") : site + ": " + words;
}

/// When the record last changed in any way: no feed has changed since. Nothing when that was just now, for a date of
/// whole seconds could not tell a further change from it (RFC 9110, 8.8.2.2).
std::optional<std::string> last_change(catalog::Catalog& catalog) {
  auto const entries = catalog.audit_log(catalog::Actor::system(), 1);
  if (entries.empty() || catalog::system_clock()() - entries.front().at < std::chrono::seconds(2)) return std::nullopt;
  return rss_date(entries.front().at);
}

awaitable<Response> show_feed(App& app, Request& request) {
  auto const lang = page_language(request);
  auto query = search_query(request, lang);
  query.sort = catalog::SearchSort::newest;
  // Asked before the list is read: a change in between only makes the date too old, never too new.
  auto const changed = co_await app.catalog.run(last_change);
  auto const found = co_await collect_for_feeds(app, query, most_items);
  if (!found) co_return problem(request, found.error());
  Naming const naming{app.templates, *found->vocabulary, lang};
  auto const origin = origin_of(app.config, request);

  std::string out(xml_declaration);
  out += "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n";
  add_element(out, "title", channel_title(naming, query));
  add_element(out, "link", address_in(lang, query, origin + "/stories"));
  add_element(out, "description", app.templates.text(lang, "site.tagline"));
  add_element(out, "language", lang);
  add_element(out, "copyright", app.templates.text(lang, "feeds.rights"));
  add_element(out, "docs", "https://www.rssboard.org/rss-specification");
  add_element(out, "ttl", "60");
  add_element(out, "atom:link", "", {{"href", origin + feed_address(lang, query)}, {"rel", "self"}, {"type", "application/rss+xml"}});
  if (!found->cards.empty()) {
    auto const newest = std::max_element(found->cards.begin(), found->cards.end(), [](auto const& a, auto const& b) { return a.changed_at < b.changed_at; });
    add_element(out, "lastBuildDate", rss_date(newest->changed_at));
  }
  out += "\n";
  for (std::size_t i = 0; i < found->cards.size(); ++i) out += item(naming, found->cards[i], origin, found->embeddable[i] != 0);
  out += "</channel>\n</rss>\n";

  auto const etag = "\"" + sha256_of(out).substr(0, 32) + "\"";
  auto response = text(std::move(out), "application/rss+xml; charset=utf-8");
  response.set(http::field::etag, etag);
  if (changed) response.set(http::field::last_modified, *changed);
  response.set(http::field::cache_control, "no-cache"); // a withdrawn consent must end this too
  response.set(http::field::vary, "Accept-Language, Cookie");
  open_to_other_sites(response);
  co_return response;
}

} // namespace

void add_feed_routes(Router& router, App& app) {
  router.add(http::verb::get, "/feeds/stories.rss", [&app](Request& r) { return show_feed(app, r); });
}

} // namespace tarina::server
