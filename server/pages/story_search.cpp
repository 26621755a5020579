#include "server/pages/story_search.hpp"
#include "catalog/catalog.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <charconv>

namespace tarina::server {

namespace {

constexpr std::size_t most_values = 20;  // of one parameter; more is no person's filter
constexpr std::size_t longest_value = 250; // bytes; a tag has 60 characters

constexpr std::array<std::string_view, 4> sort_names{"relevance", "newest", "shortest", "longest"}; // in the order of SearchSort

std::vector<std::string> values(Request const& request, std::string_view name, bool split) {
  std::vector<std::string> out;
  for (auto const& value : request.query.all(name)) {
    std::string_view rest = value;
    while (!rest.empty() && out.size() < most_values) {
      auto const comma = split ? rest.find(',') : std::string_view::npos;
      auto one = with_valid_utf8(rest.substr(0, std::min(comma, longest_value)));
      if (!one.empty() && std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
  }
  return out;
}

} // namespace

std::string typed_words(Request const& request, std::string_view name) {
  auto words = request.query.get(name).substr(0, 400);
  for (char& c : words)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return with_valid_utf8(words); // the cut may split a character
}

std::string_view sort_name(catalog::SearchSort sort) { return sort_names[static_cast<std::size_t>(sort)]; }

catalog::SearchQuery search_query(Request const& request, std::string_view page_language) {
  catalog::SearchQuery query;
  query.text = typed_words(request, "q");
  for (auto const& filter : search_filters) query.*filter.values = values(request, filter.name, filter.name != "tag"); // a tag may hold a comma
  query.plain_language = request.query.get("plain") == "1";
  for (std::size_t i = 0; i < sort_names.size(); ++i)
    if (request.query.get("sort") == sort_names[i]) query.sort = static_cast<catalog::SearchSort>(i);
  query.cursor = request.query.get("cursor");
  auto const& limit = request.query.get("limit");
  std::from_chars(limit.data(), limit.data() + limit.size(), query.limit);
  query.page_language = page_language;
  return query;
}

std::string search_address(catalog::SearchQuery const& query, std::string_view path) {
  std::string out(path);
  char sign = '?';
  auto append = [&](std::string_view name, std::string_view value) {
    out += sign;
    out += name;
    out += '=';
    out += percent_encode(value);
    sign = '&';
  };
  if (!query.text.empty()) append("q", query.text);
  for (auto const& filter : search_filters)
    for (auto const& value : query.*filter.values) append(filter.name, value);
  if (query.plain_language) append("plain", "1");
  if (query.sort != catalog::SearchSort::relevance) append("sort", sort_name(query.sort));
  return out;
}

catalog::SearchQuery without(catalog::SearchQuery query, std::string_view name, std::string_view value) {
  query.cursor.clear(); // the list changes
  if (name == "plain") query.plain_language = false;
  for (auto const& filter : search_filters)
    if (filter.name == name) std::erase_if(query.*filter.values, [&](std::string const& one) { return value.empty() || one == value; });
  return query;
}

catalog::SearchQuery without_filters(catalog::SearchQuery query) {
  for (auto const& filter : search_filters) (query.*filter.values).clear();
  query.plain_language = false;
  query.cursor.clear();
  return query;
}

bool has_filters(catalog::SearchQuery const& query) {
  return query.plain_language || std::any_of(search_filters.begin(), search_filters.end(), [&](SearchFilter const& filter) { return !(query.*filter.values).empty(); });
}

result<FoundStories> find_stories(catalog::Catalog& catalog, catalog::SearchQuery const& query) {
  auto found = catalog.search(query);
  if (!found) return found.error();
  std::vector<std::string> ids;
  for (auto const& hit : found->hits) ids.push_back(hit.story);
  return FoundStories{std::move(*found), catalog.cards(ids, catalog::Use::watch), catalog.vocabulary()};
}

std::int64_t count_stories(catalog::Catalog& catalog, catalog::SearchQuery query) {
  query.limit = 1;
  query.moments = 0;
  query.cursor.clear();
  auto const found = catalog.search(query);
  return found ? found->total : 0;
}

} // namespace tarina::server
