// GET POST /lists, /lists/add: lesson lists begin here, without an account; GET /lists/{id}, /lists/{id}/print: read and printed.
#include "catalog/catalog.hpp"
#include "server/interop/embed_code.hpp"
#include "server/list_throttles.hpp"
#include "server/pages/list_form.hpp"
#include "server/pages/list_view.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/staff.hpp"
#include "server/qr_code.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

Response lists_page(App& app, Request const& request, std::string const& title, Error const* error) {
  auto const lang = page_language(request);
  Page page{.name = "lists", .title = app.templates.text(lang, "lists.title"), .context = Json::object()};
  page.description = app.templates.text(lang, "lists.lead");
  page.styles = {"list.css"};
  page.scripts = {"lists.js"};
  page.strings = {"lists."};
  page.canonical = "/lists";
  page.nav = "lists";
  page.status = error ? status_of(error->code) : 200;
  page.context = {{"list_title", title}, {"deleted", request.query.has("deleted")}};
  if (error) page.context["error"] = error_sentence(app.templates, lang, *error);
  return render_page(app, request, std::move(page));
}

awaitable<Response> show_lists(App& app, Request& request) { co_return lists_page(app, request, {}, nullptr); }

Error too_many() { return {Errc::rate_limited, "list.too_many", "too many lists from this address"}; }
Error too_many_changes() { return {Errc::rate_limited, "list.too_many_changes", "too many changes from this address"}; }

/// A new list leads to its edit page, whose address is all there is to keep.
Response made(catalog::CreatedList const& list, std::string_view notice) {
  return private_answer(redirect("/lists/edit/" + list.token + "?done=" + std::string(notice)));
}

awaitable<Response> create_list(App& app, Request& request, Throttle& throttle) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  catalog::ListContents contents;
  contents.title = form->get("title");
  contents.language = page_language(request);
  bool const may_create = throttle.take(request.remote);
  auto call = [&contents, may_create](catalog::Catalog& c) -> result<catalog::CreatedList> {
    if (!may_create) return too_many();
    return catalog::Lists(c).create(contents);
  };
  auto const list = co_await app.catalog.run(call);
  if (!list) {
    auto const error = list.error();
    co_return lists_page(app, request, contents.title, &error);
  }
  co_return made(*list, "lists.made");
}

struct Addition {
  std::string story, start, end, title, link;
};

awaitable<Response> add_page(App& app, Request& request, Addition typed, std::optional<Error> error) {
  auto const lang = page_language(request);
  auto const& id = typed.story;
  auto call = [&id](catalog::Catalog& c) { return std::pair(c.cards({id}, catalog::Use::watch), c.vocabulary()); };
  auto const [cards, vocabulary] = co_await app.catalog.run(call);
  if (cards.empty()) co_return problem(request, {Errc::not_found, "story.unknown", "no such story"});
  Naming const naming{app.templates, *vocabulary, lang};
  Page page{.name = "list_add", .title = app.templates.text(lang, "lists.add_title"), .context = Json::object()};
  page.styles = {"list.css"};
  page.scripts = {"lists.js"};
  page.strings = {"lists."};
  page.strings.push_back("error.list.");
  page.noindex = true;
  page.status = error ? status_of(error->code) : 200;
  page.context = {{"card", card_view(naming, cards.front())},
                  {"list_story", id},
                  {"list_start", typed.start},
                  {"list_end", typed.end},
                  {"list_title", typed.title},
                  {"list_link", typed.link}};
  if (error) page.context["error"] = error_sentence(app.templates, lang, *error);
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> show_add(App& app, Request& request) {
  Addition typed{request.query.get("story"), request.query.get("start"), request.query.get("end"), {}, {}};
  co_return co_await add_page(app, request, std::move(typed), std::nullopt);
}

/// Into the list of the link given, else into a new one.
awaitable<Response> add_to_list(App& app, Request& request, ListThrottles& throttles) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  Addition typed{form->get("story"), form->get("start"), form->get("end"), form->get("title"), form->get("link")};
  auto const token = token_of_link(typed.link);
  auto item = clip_of(typed.story, typed.start, typed.end);
  bool const may = (token.empty() ? throttles.make : throttles.change).take(request.remote);
  std::string const lang(page_language(request));
  auto call = [&](catalog::Catalog& c) -> result<catalog::CreatedList> {
    if (!item) return item.error();
    if (!may) return token.empty() ? too_many() : too_many_changes();
    catalog::Lists lists(c);
    if (token.empty()) return lists.create({typed.title, {}, lang, {*item}});
    auto added = lists.add(catalog::ListKeeper::by_link(token), *item);
    if (!added) return added.error();
    return catalog::CreatedList{{}, token};
  };
  auto const list = co_await app.catalog.run(call);
  if (list) co_return made(*list, token.empty() ? "lists.made" : "lists.added");
  std::optional<Error> const error = list.error();
  co_return co_await add_page(app, request, std::move(typed), error);
}

/// What a collection tells those who link to it (https://ogp.me), and where its embed is described (https://oembed.com).
std::string list_head(Naming const& naming, ShownList const& shown, std::string const& origin, std::string const& address, std::string const& description) {
  auto const& title = shown.list.contents.title;
  std::string out;
  auto property = [&out](std::string_view name, std::string const& value) {
    if (!value.empty()) out += "<meta property=\"" + std::string(name) + "\" content=\"" + escape_html(value) + "\">\n";
  };
  if (shown.list.kind == catalog::ListKind::collection) {
    property("og:type", "website");
    property("og:site_name", naming.templates.text(naming.lang, "site.name"));
    property("og:title", title);
    property("og:description", description);
    property("og:url", address);
    for (auto const& [item, card] : shown.items)
      if (auto const poster = poster_address(card.stream_key, card.poster); !poster.empty()) {
        property("og:image", origin + poster);
        property("og:image:alt", local_text(card.title, naming.lang)["text"].get<std::string>());
        break;
      }
  }
  if (shown.items.empty()) return out;
  auto const about = escape_html(origin + "/oembed?url=" + percent_encode(address));
  for (auto const& [type, format] : {std::pair("application/json+oembed", "json"), std::pair("text/xml+oembed", "xml")})
    out += std::string("<link rel=\"alternate\" type=\"") + type + "\" href=\"" + about + "&amp;format=" + format + "\" title=\"" + escape_html(title) + "\">\n";
  return out;
}

awaitable<Response> show_list(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return find_shown_list(c, id, catalog::Use::watch); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return problem(request, shown.error());
  auto const lang = page_language(request);
  bool const collection = shown->list.kind == catalog::ListKind::collection;
  if (collection && !request.path.starts_with("/collections/")) co_return redirect("/collections/" + id, 301);
  if (!collection && request.path.starts_with("/collections/")) co_return problem(request, {Errc::not_found, "list.unknown", "no such collection"});
  auto const origin = origin_of(app.config, request);
  Naming const naming{app.templates, *shown->vocabulary, lang};
  Page page{.name = "list", .title = shown->list.contents.title, .context = list_view(naming, *shown, origin)};
  page.styles = {"list.css"};
  page.scripts = {"lists.js"};
  page.strings = {"lists.", "share."};
  page.noindex = !collection || shown->items.empty(); // a teacher's list is for whoever got its address
  auto const& words = shown->list.contents.description;
  page.description = !words.empty() ? words.substr(0, words.find('\n')) : page.context["count_words"].get<std::string>() + ", " + page.context["length_words"].get<std::string>();
  if (collection) page.canonical = "/collections/" + id;
  page.context["embed_code"] = list_embed_code(origin, id, shown->list.contents.title, list_embed_size(0, 0));
  page.head = list_head(naming, *shown, origin, page.context["address"].get<std::string>(), page.description);
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> print_list(App& app, Request& request) {
  auto const id = request.param("id");
  auto call = [&id](catalog::Catalog& c) { return find_shown_list(c, id, catalog::Use::watch); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return problem(request, shown.error());
  auto const lang = page_language(request);
  auto const origin = origin_of(app.config, request);
  Naming const naming{app.templates, *shown->vocabulary, lang};
  Page page{.name = "list_print", .title = shown->list.contents.title, .context = list_view(naming, *shown, origin)};
  page.styles = {"list.css"};
  page.scripts = {"lists.js"};
  page.noindex = true;
  page.quiet = true;
  page.header_search = false;
  page.context["qr"] = qr_svg(page.context["address"].get<std::string>());
  for (auto& item : page.context["items"]) item["qr"] = qr_svg(origin + item["href"].get<std::string>());
  page.context["read_href"] = page.context["address"];
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> show_collections(App& app, Request& request) {
  auto const lang = page_language(request);
  auto call = [&](catalog::Catalog& c) {
    auto const vocabulary = c.vocabulary();
    return collection_views({app.templates, *vocabulary, lang}, c, catalog::Lists(c).published_collections(200));
  };
  auto collections = co_await app.catalog.run(call);
  Page page{.name = "collections", .title = app.templates.text(lang, "collections.title"), .context = Json::object()};
  page.description = app.templates.text(lang, "collections.lead");
  page.styles = {"list.css"};
  page.canonical = "/collections";
  page.context = {{"any", !collections.empty()}, {"collections", std::move(collections)}};
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_list_routes(Router& router, App& app, std::shared_ptr<ListThrottles> throttles) {
  router.add(http::verb::get, "/lists", [&app](Request& r) { return show_lists(app, r); });
  router.add(http::verb::post, "/lists", [&app, throttles](Request& r) { return create_list(app, r, throttles->make); });
  router.add(http::verb::get, "/lists/add", [&app](Request& r) { return show_add(app, r); });
  router.add(http::verb::post, "/lists/add", [&app, throttles](Request& r) { return add_to_list(app, r, *throttles); });
  router.add(http::verb::get, "/lists/{id}", [&app](Request& r) { return show_list(app, r); });
  router.add(http::verb::get, "/lists/{id}/print", [&app](Request& r) { return print_list(app, r); });
}

void add_collection_routes(Router& router, App& app) {
  router.add(http::verb::get, "/collections", [&app](Request& r) { return show_collections(app, r); });
  router.add(http::verb::get, "/collections/{id}", [&app](Request& r) { return show_list(app, r); });
}

} // namespace tarina::server
