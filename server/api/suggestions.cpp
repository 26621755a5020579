// GET /api/v1/suggestions: what somebody may mean who has typed so far; for search fields, ours and other people's.
#include "catalog/catalog.hpp"
#include "server/page.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/story_search.hpp"
#include "server/url.hpp"
#include <charconv>

namespace tarina::server {

using Json = nlohmann::json;
using Kind = catalog::Suggestion::Kind;

namespace {

std::string_view kind_name(Kind kind) {
  switch (kind) {
  case Kind::story: return "story";
  case Kind::occupation: return "occupation";
  case Kind::field: return "field";
  case Kind::word: return "word";
  }
  return {};
}

/// Where choosing it leads.
std::string address_of(catalog::Suggestion const& suggestion) {
  if (suggestion.kind == Kind::story) return "/stories/" + suggestion.code;
  catalog::SearchQuery query;
  if (suggestion.kind == Kind::field) query.fields = {suggestion.code};
  else query.text = suggestion.text;
  return search_address(query);
}

awaitable<Response> list_suggestions(App& app, Request& request) {
  auto const lang = page_language(request);
  catalog::SuggestionQuery query;
  query.text = typed_words(request, "q");
  query.page_language = lang;
  auto const& limit = request.query.get("limit");
  std::from_chars(limit.data(), limit.data() + limit.size(), query.limit);
  auto call = [&query](catalog::Catalog& c) { return c.suggestions(query); };
  auto const found = co_await app.catalog.run(call);
  auto const origin = origin_of(app.config, request);
  auto list = Json::array();
  for (auto const& one : found)
    list.push_back({{"kind", kind_name(one.kind)},
                    {"text", one.text},
                    {"code", one.code.empty() ? Json() : Json(one.code)},
                    {"stories", one.stories},
                    {"url", origin + address_of(one)}});
  auto response = json({{"suggestions", std::move(list)}});
  // The same letters are asked for again and again while people type; a withdrawn story's title may not stay long.
  response.set(http::field::cache_control, "public, max-age=15");
  if (request.query.get("lang") != lang) response.set(http::field::vary, "Accept-Language, Cookie");
  co_return response;
}

} // namespace

void add_suggestion_routes(Router& router, App& app) {
  router.add(http::verb::get, "/api/v1/suggestions", [&app](Request& r) { return list_suggestions(app, r); });
}

} // namespace tarina::server
