#include "server/interop/for_feeds.hpp"
#include "catalog/catalog.hpp"
#include "server/page.hpp"
#include "server/pages/story_search.hpp"
#include "server/templates.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

namespace {

struct Part {
  std::vector<catalog::StoryCard> cards;
  std::vector<char> embeddable;
  std::string next;
};

result<Part> read_part(catalog::Catalog& catalog, catalog::SearchQuery const& query) {
  auto const page = catalog.search(query);
  if (!page) return page.error();
  std::vector<std::string> ids;
  for (auto const& hit : page->hits) ids.push_back(hit.story);
  Part part{catalog.cards(ids, catalog::Use::feeds), {}, page->next};
  std::erase_if(part.cards, [&](catalog::StoryCard const& card) { return !catalog.access(card.id, catalog::Use::watch); });
  for (auto const& card : part.cards) part.embeddable.push_back(catalog.access(card.id, catalog::Use::embed) ? 1 : 0);
  return part;
}

} // namespace

awaitable<result<ForFeeds>> collect_for_feeds(App& app, catalog::SearchQuery query, std::size_t most) {
  ForFeeds out;
  query.cursor.clear();
  query.limit = 100;
  query.moments = 0;
  std::size_t const most_hits = 4 * most;
  for (std::size_t seen = 0;; seen += static_cast<std::size_t>(query.limit)) {
    auto call = [&query](catalog::Catalog& c) { return std::pair(read_part(c, query), c.vocabulary()); };
    auto [part, vocabulary] = co_await app.catalog.run(call);
    if (!part) co_return part.error();
    out.vocabulary = std::move(vocabulary);
    std::move(part->cards.begin(), part->cards.end(), std::back_inserter(out.cards));
    out.embeddable.insert(out.embeddable.end(), part->embeddable.begin(), part->embeddable.end());
    query.cursor = part->next;
    bool const full = out.cards.size() >= most || seen + static_cast<std::size_t>(query.limit) >= most_hits;
    if (query.cursor.empty() || full) break;
  }
  out.cut = out.cards.size() > most || !query.cursor.empty();
  if (out.cards.size() > most) {
    out.cards.resize(most);
    out.embeddable.resize(most);
  }
  co_return out;
}

std::string address_in(std::string_view lang, catalog::SearchQuery const& query, std::string_view path) {
  auto out = search_address(query, path);
  out += out.find('?') == std::string::npos ? "?lang=" : "&lang=";
  return out.append(lang);
}

std::string feed_address(std::string_view lang, catalog::SearchQuery query) {
  query.sort = catalog::SearchSort::relevance; // says nothing in an address
  return address_in(lang, query, "/feeds/stories.rss");
}

std::string feed_link(App const& app, std::string_view lang, catalog::SearchQuery const& query) {
  return fmt::format("<link rel=\"alternate\" type=\"application/rss+xml\" title=\"{}\" href=\"{}\">\n", escape_html(app.templates.text(lang, "feeds.link")),
                     escape_html(feed_address(lang, query)));
}

nlohmann::json export_links(std::string_view lang, catalog::SearchQuery const& query) {
  return {{"csv", address_in(lang, query, "/stories.csv")}, {"json", address_in(lang, query, "/stories.json")}, {"rss", feed_address(lang, query)}};
}

} // namespace tarina::server
