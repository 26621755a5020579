// /lists/edit/{token}: the page behind a lesson list's edit link. Whoever has the address is the keeper.
#include "catalog/catalog.hpp"
#include "server/list_throttles.hpp"
#include "server/pages/list_form.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/staff.hpp"
#include "server/templates.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

/// The page, with the record's words or (after a refused save) those that were typed.
awaitable<Response> edit_page(App& app, Request& request, std::optional<SentList> typed) {
  auto const keeper = catalog::ListKeeper::by_link(request.param("token"));
  auto call = [&keeper](catalog::Catalog& c) -> result<ListKnowledge> {
    auto list = catalog::Lists(c).open(keeper);
    if (!list) return list.error();
    return know_list(c, std::move(*list));
  };
  auto const known = co_await app.catalog.run(call);
  if (!known) co_return private_answer(problem(request, known.error()));
  auto const lang = page_language(request);
  auto const origin = origin_of(app.config, request);
  Naming const naming{app.templates, *known->vocabulary, lang};
  auto const& list = known->list;
  Page page{.name = "list_edit", .title = app.templates.text(lang, "lists.edit_title", {{"title", list.contents.title}}), .context = Json::object()};
  page.context = list_form_view(naming, *known, typed ? &*typed : nullptr);
  page.styles = {"list.css"};
  page.scripts = {"lists.js"};
  page.strings = {"lists."};
  page.noindex = true;
  page.header_search = true;
  auto& context = page.context;
  context["list"] = list.id;
  context["token"] = keeper.token;
  context["saved_title"] = list.contents.title;
  context["action"] = "/lists/edit/" + keeper.token;
  context["edit_address"] = origin + "/lists/edit/" + keeper.token;
  context["read_address"] = origin + "/lists/" + list.id;
  context["read_href"] = "/lists/" + list.id;
  context["class_href"] = "/class/list/" + list.id;
  context["print_href"] = "/lists/" + list.id + "/print";
  context["notice"] = notice_of(app, request, {"lists.made", "lists.added", "lists.saved"});
  if (typed && typed->error) {
    show_problems(context, {error_sentence(app.templates, lang, *typed->error)});
    page.status = status_of(typed->error->code);
  }
  co_return private_answer(render_page(app, request, std::move(page)));
}

awaitable<Response> show_edit(App& app, Request& request) { co_return co_await edit_page(app, request, std::nullopt); }

awaitable<Response> save_list(App& app, Request& request, Throttle& throttle) {
  auto const form = co_await read_form(request);
  if (!form) co_return private_answer(problem(request, form.error()));
  auto sent = read_list_form(*form);
  auto const keeper = catalog::ListKeeper::by_link(request.param("token"));
  if (!sent.error && !throttle.take(request.remote)) sent.error = Error{Errc::rate_limited, "list.too_many_changes", "too many changes from this address"};
  if (!sent.error) {
    auto call = [&](catalog::Catalog& c) { return catalog::Lists(c).save(keeper, sent.contents, sent.revision); };
    auto const saved = co_await app.catalog.run(call);
    if (saved) co_return private_answer(done("/lists/edit/" + keeper.token, "lists.saved", sent.touched.empty() ? "list" : "item-" + sent.touched));
    sent.error = saved.error();
  }
  co_return co_await edit_page(app, request, std::move(sent));
}

awaitable<Response> delete_list(App& app, Request& request) {
  auto const keeper = catalog::ListKeeper::by_link(request.param("token"));
  auto call = [&keeper](catalog::Catalog& c) { return catalog::Lists(c).remove(keeper); };
  auto const removed = co_await app.catalog.run(call);
  if (!removed) co_return private_answer(problem(request, removed.error()));
  co_return private_answer(redirect("/lists?deleted=1"));
}

} // namespace

void add_list_edit_routes(Router& router, App& app, std::shared_ptr<ListThrottles> throttles) {
  router.add(http::verb::get, "/lists/edit/{token}", [&app](Request& r) { return show_edit(app, r); });
  router.add(http::verb::post, "/lists/edit/{token}", [&app, throttles](Request& r) { return save_list(app, r, throttles->change); });
  router.add(http::verb::post, "/lists/edit/{token}/delete", [&app](Request& r) { return delete_list(app, r); });
}

} // namespace tarina::server
