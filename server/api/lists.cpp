// /api/v1/lists: lesson lists for programs, and for the page that adds a clip without leaving the story.
//   POST   /api/v1/lists             {title, description?, language?, items?} → 201 {id, edit_token, edit_url, url}
//   GET    /api/v1/lists/{id}        → the list as everybody reads it; also published collections
//   PUT    /api/v1/lists/{id}        {title, description, language, revision, items} → {revision}; 409 list.changed_meanwhile
//   POST   /api/v1/lists/{id}/items  one item → 201 {id}, the item's
//   DELETE /api/v1/lists/{id}        → 204
// PUT replaces everything: it needs `items`, which may be [].
// An item: {id?, story, start_ms?, end_ms?, note?, question?}; with the id of one that is there, its story stays.
// PUT, POST items and DELETE carry the edit token: Authorization: Bearer {edit_token} (RFC 6750). Bodies up to 1 MiB.
#include "catalog/catalog.hpp"
#include "server/api/list_body.hpp"
#include "server/json_body.hpp"
#include "server/list_throttles.hpp"
#include "server/pages/list_view.hpp"
#include "server/pages/public_routes.hpp"
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;
using catalog::ListKeeper;

namespace {

Error body_invalid(char const* detail) { return {Errc::invalid, "list.body_invalid", detail}; }

struct Body { // Json itself converts from too much for a result
  Json json;
};

awaitable<result<Body>> read_json(Request& request) {
  auto const body = co_await request.body->read_all();
  if (!body) co_return body.error();
  auto value = parse_json(*body);
  if (value.is_discarded()) co_return body_invalid("the body is no JSON");
  co_return Body{std::move(value)};
}

/// The list of the token, if it is the list of the address.
result<catalog::List> kept(catalog::Catalog& c, std::string const& id, ListKeeper const& keeper) {
  if (keeper.token.empty()) return Error{Errc::unauthenticated, "list.link_unknown", "send the edit token as Authorization: Bearer"};
  auto list = catalog::Lists(c).open(keeper);
  if (list && list->id != id) return Error{Errc::not_found, "list.link_unknown", "the token is of another list"};
  return list;
}

ListKeeper keeper_of(Request const& request) {
  auto const given = request.header(http::field::authorization);
  constexpr std::string_view scheme = "Bearer "; // in any case: RFC 9110, 11.1
  auto const begin = given.substr(0, scheme.size());
  return ListKeeper::by_link(boost::beast::iequals({begin.data(), begin.size()}, {scheme.data(), scheme.size()}) ? std::string(given.substr(scheme.size())) : std::string());
}

Json list_json(Naming const& naming, ShownList const& shown, std::string const& origin) {
  auto const& list = shown.list;
  auto items = Json::array();
  auto const time = [](auto const& value) { return value ? Json(value->count()) : Json(); };
  for (auto const& [item, card] : shown.items)
    items.push_back({{"id", item.id},
                     {"story", item.story},
                     {"title", card.title.in(naming.lang)},
                     {"start_ms", time(item.start)},
                     {"end_ms", time(item.end)},
                     {"duration_ms", card.duration.count()},
                     {"note", item.note},
                     {"question", item.question},
                     {"url", origin + clip_href(item)}});
  bool const collection = list.kind == catalog::ListKind::collection;
  return {{"id", list.id},
          {"kind", collection ? "collection" : "lesson"},
          {"title", list.contents.title},
          {"description", list.contents.description},
          {"language", list.contents.language},
          {"institution", list.institution.empty() ? Json() : Json(list.institution)},
          {"revision", list.revision},
          {"changed", catalog::to_iso8601(list.changed_at)},
          {"items", std::move(items)},
          {"url", origin + (collection ? "/collections/" : "/lists/") + list.id}};
}

awaitable<Response> create_list(App& app, Request& request, Throttle& throttle) {
  auto const body = co_await read_json(request);
  if (!body) co_return problem(request, body.error());
  auto const contents = read_list_contents(body->json, page_language(request), false);
  if (!contents) co_return problem(request, contents.error());
  if (!throttle.take(request.remote)) co_return problem(request, {Errc::rate_limited, "list.too_many", "too many lists from this address"});
  auto call = [&contents](catalog::Catalog& c) { return catalog::Lists(c).create(*contents); };
  auto const made = co_await app.catalog.run(call);
  if (!made) co_return problem(request, made.error());
  auto const origin = origin_of(app.config, request);
  auto response = json({{"id", made->id}, {"edit_token", made->token}, {"edit_url", origin + "/lists/edit/" + made->token}, {"url", origin + "/lists/" + made->id}}, 201);
  response.set(http::field::location, "/api/v1/lists/" + made->id);
  response.set(http::field::cache_control, no_store);
  co_return response;
}

awaitable<Response> show_list(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return find_shown_list(c, id, catalog::Use::watch); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return problem(request, shown.error());
  co_return json(list_json({app.templates, *shown->vocabulary, page_language(request)}, *shown, origin_of(app.config, request)));
}

Error too_many_changes() { return {Errc::rate_limited, "list.too_many_changes", "too many changes from this address"}; }

awaitable<Response> put_list(App& app, Request& request, Throttle& throttle) {
  auto const body = co_await read_json(request);
  if (!body) co_return problem(request, body.error());
  if (!throttle.take(request.remote)) co_return problem(request, too_many_changes());
  auto const contents = read_list_contents(body->json, page_language(request), true);
  if (!contents) co_return problem(request, contents.error());
  auto const revision = body->json.find("revision");
  auto const expected = revision == body->json.end() ? std::nullopt : integer_of(*revision);
  if (!expected) co_return problem(request, body_invalid("revision is missing"));
  auto const id = request.param("id");
  auto const keeper = keeper_of(request);
  auto call = [&](catalog::Catalog& c) -> result<std::int64_t> {
    auto const list = kept(c, id, keeper);
    if (!list) return list.error();
    return catalog::Lists(c).save(keeper, *contents, *expected);
  };
  auto const saved = co_await app.catalog.run(call);
  if (!saved) co_return problem(request, saved.error());
  co_return json({{"revision", *saved}});
}

awaitable<Response> add_item(App& app, Request& request, Throttle& throttle) {
  auto const body = co_await read_json(request);
  if (!body) co_return problem(request, body.error());
  if (!throttle.take(request.remote)) co_return problem(request, too_many_changes());
  auto const item = read_list_item(body->json);
  if (!item) co_return problem(request, item.error());
  auto const id = request.param("id");
  auto const keeper = keeper_of(request);
  auto call = [&](catalog::Catalog& c) -> result<std::string> {
    auto const list = kept(c, id, keeper);
    if (!list) return list.error();
    return catalog::Lists(c).add(keeper, *item);
  };
  auto const added = co_await app.catalog.run(call);
  if (!added) co_return problem(request, added.error());
  co_return json({{"id", *added}}, 201);
}

awaitable<Response> delete_list(App& app, Request& request) {
  auto const id = request.param("id");
  auto const keeper = keeper_of(request);
  auto call = [&](catalog::Catalog& c) -> result<void> {
    auto const list = kept(c, id, keeper);
    if (!list) return list.error();
    return catalog::Lists(c).remove(keeper);
  };
  auto const removed = co_await app.catalog.run(call);
  if (!removed) co_return problem(request, removed.error());
  co_return no_content();
}

} // namespace

void add_list_api_routes(Router& router, App& app, std::shared_ptr<ListThrottles> throttles) {
  router.add(http::verb::post, "/api/v1/lists", [&app, throttles](Request& r) { return create_list(app, r, throttles->make); });
  router.add(http::verb::get, "/api/v1/lists/{id}", [&app](Request& r) { return show_list(app, r); });
  router.add(http::verb::put, "/api/v1/lists/{id}", [&app, throttles](Request& r) { return put_list(app, r, throttles->change); });
  router.add(http::verb::delete_, "/api/v1/lists/{id}", [&app](Request& r) { return delete_list(app, r); });
  router.add(http::verb::post, "/api/v1/lists/{id}/items", [&app, throttles](Request& r) { return add_item(app, r, throttles->change); });
}

} // namespace tarina::server
