#include "server/interop/for_feeds.hpp"
#include "catalog/catalog.hpp"
#include "server/page.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tarina::server {

namespace {

struct Part {
  std::vector<catalog::StoryCard> cards;
  std::vector<char> embeddable;
  std::int64_t found = 0;
  std::string next;
};

result<Part> read_part(catalog::Catalog& catalog, catalog::SearchQuery const& query) {
  auto const page = catalog.search(query);
  if (!page) return page.error();
  std::vector<std::string> ids;
  for (auto const& hit : page->hits) ids.push_back(hit.story);
  Part part{catalog.cards(ids, catalog::Use::feeds), {}, page->total, page->next};
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
    if (seen == 0) out.found = part->found;
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

std::string passed_on_query(Request const& request, std::string_view lang, bool keep_sort) {
  static constexpr std::array<std::string_view, 10> names{"q", "field", "institution", "unit", "language", "tag", "captions", "length", "year", "plain"};
  std::string out;
  for (auto const& [name, value] : request.query.pairs()) {
    bool const ours = std::find(names.begin(), names.end(), name) != names.end() || (keep_sort && name == "sort");
    if (ours && !value.empty()) out += (out.empty() ? "?" : "&") + percent_encode(name) + "=" + percent_encode(with_valid_utf8(value));
  }
  out += out.empty() ? "?lang=" : "&lang=";
  return out.append(lang);
}

std::string feed_link(App const& app, Request const& request, std::string_view lang) {
  return fmt::format("<link rel=\"alternate\" type=\"application/rss+xml\" title=\"{}\" href=\"{}\">\n", escape_html(app.templates.text(lang, "feeds.link")),
                     escape_html("/feeds/stories.rss" + passed_on_query(request, lang, false)));
}

nlohmann::json export_links(Request const& request, std::string_view lang) {
  auto const query = passed_on_query(request, lang, true);
  return {{"csv", "/stories.csv" + query}, {"json", "/stories.json" + query}, {"rss", "/feeds/stories.rss" + passed_on_query(request, lang, false)}};
}

} // namespace tarina::server
