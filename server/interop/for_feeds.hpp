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
  bool cut = false;                       // there may be more
  std::shared_ptr<catalog::Vocabulary const> vocabulary;
};

/// At most `most` stories whose tellers agreed to feeds and to the page that a feed points at, out of the first
/// 4 × `most` hits. The query's cursor, limit and moments are set here. One turn of the catalog for each hundred hits, so
/// that a long list holds nobody up. Errc::invalid as SearchIndex::search.
awaitable<result<ForFeeds>> collect_for_feeds(App& app, catalog::SearchQuery query, std::size_t most);

/// The address of a search in one language: "/stories.csv?q=hitsaus&field=07&lang=fi".
std::string address_in(std::string_view lang, catalog::SearchQuery const& query, std::string_view path);
/// Of its feed, which is in an order of its own: the newest first.
std::string feed_address(std::string_view lang, catalog::SearchQuery query);

/// <link rel="alternate"> to the feed of this search, for a page's <head>.
std::string feed_link(App const& app, std::string_view lang, catalog::SearchQuery const& query);

/// Where this search can be taken along, for web/pages/search.html: {csv, json, rss}.
nlohmann::json export_links(std::string_view lang, catalog::SearchQuery const& query);

} // namespace tarina::server
