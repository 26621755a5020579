// Signing in with e-mail and password, or once with a link that asks for a password; signing out.
#include "catalog/catalog.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"

namespace tarina::server {

namespace {

/// Only our own studio: the address to go on to comes from the link that was followed.
std::string safe_next(std::string const& next) {
  bool const ours = next == "/studio" || next.starts_with("/studio/") || next.starts_with("/studio?") || next == "/admin" || next.starts_with("/admin/");
  return ours ? next : "/studio";
}

Page entry_page(App& app, Request const& request, std::string_view name, std::string_view title) {
  Page page{.name = name, .title = app.templates.text(page_language(request), title), .context = nlohmann::json::object()};
  page.styles = {"studio.css"};
  page.noindex = true;
  page.header_search = false;
  return page;
}

awaitable<Response> show_sign_in(App& app, Request& request) {
  auto const next = safe_next(request.query.get("next"));
  if (co_await app.identity.person(request)) co_return redirect(next);
  auto page = entry_page(app, request, "sign_in", "signin.title");
  page.context["next"] = next;
  page.context["needed"] = request.query.has("next");
  auto response = render_page(app, request, std::move(page));
  response.set(http::field::cache_control, no_store);
  co_return response;
}

awaitable<Response> sign_in(App& app, Request& request) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const signed_in = co_await app.identity.sign_in(request, form->get("email"), form->get("password"));
  if (!signed_in) {
    auto page = entry_page(app, request, "sign_in", "signin.title");
    page.context["next"] = safe_next(form->get("next"));
    page.context["email"] = form->get("email");
    show_problems(page.context, {error_sentence(app.templates, page_language(request), signed_in.error())});
    page.status = status_of(signed_in.error().code);
    auto response = render_page(app, request, std::move(page));
    response.set(http::field::cache_control, no_store);
    co_return response;
  }
  auto response = redirect(safe_next(form->get("next")));
  response.set(http::field::set_cookie, signed_in->set_cookie);
  response.set(http::field::cache_control, no_store);
  co_return response;
}

Response show_once(App& app, Request const& request, std::optional<Error> const& error) {
  auto page = entry_page(app, request, "sign_in_once", "signin.once_title");
  if (error) {
    show_problems(page.context, {error_sentence(app.templates, page_language(request), *error)});
    page.status = status_of(error->code);
  }
  return private_answer(render_page(app, request, std::move(page)));
}

// Looking at the link does not use it up: mail programs open links to check them.
awaitable<Response> show_once_page(App& app, Request& request) {
  auto const owner = co_await app.identity.sign_in_link(request, request.param("token"));
  if (!owner) co_return show_once(app, request, owner.error());
  co_return show_once(app, request, std::nullopt);
}

awaitable<Response> sign_in_once(App& app, Request& request) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const& password = form->get("password");
  // The link is looked at before the costly hash, and used up only after the password was judged.
  auto const owner = co_await app.identity.sign_in_link(request, request.param("token"));
  if (!owner) co_return show_once(app, request, owner.error());
  if (password != form->get("repeat")) co_return show_once(app, request, Error{Errc::invalid, "password.mismatch", "the two passwords differ"});
  auto const hash = co_await app.identity.hash_password(password);
  if (!hash) co_return show_once(app, request, hash.error());
  auto const link = co_await app.identity.sign_in_once(request, request.param("token"));
  if (!link) co_return show_once(app, request, link.error());
  auto const person = link->person;
  auto set = [&](catalog::Catalog& c) { return c.set_password(person->id, *hash); };
  if (auto const set_now = co_await app.catalog.run(set); !set_now) co_return problem(request, set_now.error());
  app.identity.forget_sessions();
  // A new password ends every session, also the one the link opened.
  auto const signed_in = co_await app.identity.sign_in(request, person->email, password);
  if (!signed_in) co_return redirect("/sign-in");
  auto response = redirect("/studio");
  response.set(http::field::set_cookie, signed_in->set_cookie);
  co_return private_answer(std::move(response));
}

awaitable<Response> sign_out(App& app, Request& request) {
  auto const cookie = co_await app.identity.sign_out(request);
  auto response = redirect("/sign-in");
  response.set(http::field::set_cookie, cookie);
  response.set(http::field::cache_control, no_store);
  response.set("Clear-Site-Data", "\"cache\"");
  co_return response;
}

} // namespace

void add_sign_in_routes(Router& router, App& app) {
  router.add(http::verb::get, "/sign-in", [&app](Request& r) { return show_sign_in(app, r); });
  router.add(http::verb::post, "/sign-in", [&app](Request& r) { return sign_in(app, r); });
  router.add(http::verb::get, "/sign-in/{token}", [&app](Request& r) { return show_once_page(app, r); });
  router.add(http::verb::post, "/sign-in/{token}", [&app](Request& r) { return sign_in_once(app, r); });
  router.add(http::verb::post, "/sign-out", [&app](Request& r) { return sign_out(app, r); });
}

} // namespace tarina::server
