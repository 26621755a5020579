// What a search finds, as far as it may be carried elsewhere: RSS, CSV and JSON exports.
#pragma once
#include "catalog/search/index.hpp"
#include "catalog/story.hpp"
#include "catalog/vocabulary.hpp"
#include "server/app.hpp"
#include <memory>
#include <vector>

namespace tarina::server {

struct ForFeeds {
  std::vector<catalog::StoryCard> cards;  // in the search's order, with the stream keys of Use::feeds
  std::vector<char> embeddable;           // of each card: agreed to for embeds as well
  std::int64_t found = 0;                 // by the search, agreed to for feeds or not
  bool cut = false;                       // there may be more
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};

/// At most `most` stories whose tellers agreed to feeds and to the page that a feed points at, out of the first
/// 4 × `most` hits. The query's cursor, limit and moments are set here. One turn of the catalog for each hundred hits, so
/// that a long list holds nobody up. Errc::invalid as SearchIndex::search.
awaitable<result<ForFeeds>> collect_for_feeds(App& app, catalog::SearchQuery query, std::size_t most);

/// The search's own parameters as a query string in the given language: "?q=hitsaus&field=07&lang=fi"; what only a page
/// of results needs (cursor, limit) is left out, and `sort` too unless kept.
std::string passed_on_query(Request const& request, std::string_view lang, bool keep_sort);

/// <link rel="alternate"> to the feed of this search, for a page's <head>.
std::string feed_link(App const& app, Request const& request, std::string_view lang);

/// Where this search can be taken along, for web/pages/search.html: {csv, json, rss}.
nlohmann::json export_links(Request const& request, std::string_view lang);

} // namespace tarina::server
