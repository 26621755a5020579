// /admin/people: accounts of editors and coordinators, and the links they sign in with the first time.
#include "catalog/catalog.hpp"
#include "server/pages/choices.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/story_view.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

constexpr std::chrono::hours link_lifetime{7 * 24};

struct Extras {
  std::string notice;
  std::optional<Error> error;
  catalog::NewPerson typed;
  Json link; // {token, name} of a sign-in link just made, shown this once
};

Json person_view(Naming const& naming, catalog::Person const& each, catalog::Person const& viewer) {
  auto const& templates = naming.templates;
  auto const lang = naming.lang;
  char const* state = each.disabled ? "admin.state_disabled" : each.has_password ? "admin.state_active" : "admin.state_invited";
  auto const named = [&](char const* key) { return templates.text(lang, key, {{"name", each.name}}); };
  return {{"person_id", each.id},
          {"name", each.name},
          {"email", each.email},
          {"role", templates.text(lang, "admin.role_" + std::string(catalog::role_name(each.role)))},
          {"scope", each.institution.empty() ? templates.text(lang, "admin.scope_all") : joined({naming.institution(each.institution), naming.unit(each.institution, each.unit)}, ", ")},
          {"state", templates.text(lang, state)},
          {"badge", each.disabled ? "badge--danger" : each.has_password ? "badge--success" : "badge--info"},
          {"seen", each.last_sign_in_at ? format_date(*each.last_sign_in_at, lang) : templates.text(lang, "admin.never")},
          {"enabled", !each.disabled},
          {"closable", each.id != viewer.id}, // nobody locks themselves out
          {"link_label", named("admin.new_link_named")},
          {"disable_label", named("admin.disable_named")},
          {"enable_label", named("admin.enable_named")}};
}

awaitable<Response> show(App& app, Request& request, PersonPtr person, Extras extras) {
  auto const lang = page_language(request);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return std::pair(c.people(actor), c.vocabulary()); };
  auto const [people, words] = co_await app.catalog.run(call);
  Naming const naming{app.templates, *words, lang};
  auto page = studio_page("admin_people", app.templates.text(lang, "admin.people_title"), person, "people");
  auto& context = page.context;
  context["notice"] = extras.notice;
  if (extras.error) {
    show_problems(context, {error_sentence(app.templates, lang, *extras.error)});
    page.status = status_of(extras.error->code);
  }
  if (!extras.link.is_null()) {
    context["link_title"] = app.templates.text(lang, "admin.link_title", {{"name", extras.link["name"].get<std::string>()}});
    context["copy_link"] = {{"id", "sign-in-link"}, {"label", app.templates.text(lang, "invites.link")}, {"value", origin_of(app.config, request) + "/sign-in/" + extras.link["token"].get<std::string>()}};
  }
  auto& list = context["people"] = Json::array();
  for (auto const& each : people) list.push_back(person_view(naming, each, *person));
  bool const administrator = person->role == catalog::Role::administrator;
  auto const typed_role = std::string(catalog::role_name(extras.typed.role));
  auto& roles = context["roles"] = Json::array();
  roles.push_back(choice("editor", app.templates.text(lang, "admin.role_editor"), typed_role));
  if (administrator) {
    roles.push_back(choice("coordinator", app.templates.text(lang, "admin.role_coordinator"), typed_role));
    roles.push_back(choice("administrator", app.templates.text(lang, "admin.role_administrator"), typed_role));
  }
  context["place"] = place_view(*words, *person, lang, extras.typed.institution, extras.typed.unit, app.templates.text(lang, "admin.unit_all"));
  if (administrator) context["place"]["any_label"] = app.templates.text(lang, "admin.scope_all");
  context["message_languages"] = page_language_choices(app.templates, lang, extras.typed.language);
  context["form_name"] = extras.typed.name;
  context["form_email"] = extras.typed.email;
  co_return private_answer(render_page(app, request, std::move(page)));
}

awaitable<Response> show_people(App& app, Request& request, PersonPtr person) {
  Extras extras;
  extras.link = secret_of(app, request, person);
  extras.notice = notice_of(app, request, {"admin.disabled_now", "admin.enabled_now"});
  co_return co_await show(app, request, person, std::move(extras));
}

awaitable<Response> create_person(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  Extras extras;
  auto& fresh = extras.typed;
  fresh.email = form->get("email");
  fresh.name = form->get("name");
  fresh.role = catalog::role_from_name(form->get("role")).value_or(catalog::Role::editor);
  fresh.institution = form->get("institution");
  fresh.unit = form->get("unit");
  auto const& language = form->get("language");
  fresh.language = language == "sv" || language == "en" ? language : "fi";
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) -> result<std::string> {
    fresh.unit = unit_within(*c.vocabulary(), fresh.institution, fresh.unit);
    auto const created = c.create_person(actor, fresh);
    if (!created) return created.error();
    return c.create_sign_in_link(actor, created->id, link_lifetime);
  };
  auto const token = co_await app.catalog.run(call);
  if (token) {
    Json secret{{"token", *token}, {"name", fresh.name}};
    co_return done_showing(app, person, "/admin/people", std::move(secret), "link");
  }
  extras.error = token.error();
  co_return co_await show(app, request, person, std::move(extras));
}

awaitable<Response> make_link(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  std::string name;
  auto call = [&](catalog::Catalog& c) -> result<std::string> {
    auto const whose = c.person(actor, id);
    if (!whose) return whose.error();
    name = whose->name;
    return c.create_sign_in_link(actor, id, link_lifetime);
  };
  auto const token = co_await app.catalog.run(call);
  if (!token) co_return problem(request, token.error());
  Json secret{{"token", *token}, {"name", name}};
  co_return done_showing(app, person, "/admin/people", std::move(secret), "link");
}

awaitable<Response> set_disabled(App& app, Request& request, PersonPtr person, bool disabled) {
  auto const id = request.param("id");
  if (id == person->id) co_return problem(request, {Errc::conflict, "person.oneself", "nobody disables their own account"});
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.set_disabled(actor, id, disabled); };
  auto const set = co_await app.catalog.run(call);
  if (!set) co_return problem(request, set.error());
  app.identity.forget_sessions();
  co_return done("/admin/people", disabled ? "admin.disabled_now" : "admin.enabled_now");
}

awaitable<Response> disable(App& app, Request& request, PersonPtr person) { co_return co_await set_disabled(app, request, person, true); }
awaitable<Response> enable(App& app, Request& request, PersonPtr person) { co_return co_await set_disabled(app, request, person, false); }

} // namespace

void add_admin_people_routes(Router& router, App& app) {
  router.add(http::verb::get, "/admin/people", for_staff(app, show_people, Admission::coordinators));
  router.add(http::verb::post, "/admin/people", for_staff(app, create_person, Admission::coordinators));
  router.add(http::verb::post, "/admin/people/{id}/link", for_staff(app, make_link, Admission::coordinators));
  router.add(http::verb::post, "/admin/people/{id}/disable", for_staff(app, disable, Admission::coordinators));
  router.add(http::verb::post, "/admin/people/{id}/enable", for_staff(app, enable, Admission::coordinators));
}

} // namespace tarina::server
