// /studio/invites: personal links for alumni, as text, message and QR code.
#include "catalog/catalog.hpp"
#include "server/pages/choices.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/story_view.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/qr_code.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

/// The page's own clock: an invite's age is judged by the catalog, this is only for showing.
catalog::Time now() { return catalog::system_clock()(); }

Json invite_view(Naming const& naming, catalog::Invite const& invite) {
  auto const& templates = naming.templates;
  auto const lang = naming.lang;
  bool const expired = now() >= invite.expires_at;
  char const* state = invite.accepted_at ? "invites.state_accepted" : invite.revoked ? "invites.state_revoked" : expired ? "invites.state_expired" : "invites.state_open";
  bool const open = !invite.accepted_at && !invite.revoked && !expired;
  auto const name = invite.teller.empty() ? templates.text(lang, "invites.nameless") : invite.teller;
  return {{"invite_id", invite.id},
          {"teller_name", name},
          {"institution", joined({naming.institution(invite.institution), naming.unit(invite.institution, invite.unit)}, ", ")},
          {"made", format_date(invite.created_at, lang)},
          {"state", templates.text(lang, state)},
          {"badge", invite.accepted_at ? "badge--success" : open ? "badge--info" : ""},
          {"until", open ? templates.text(lang, "invites.until", {{"date", format_date(invite.expires_at, lang)}}) : std::string()},
          {"story", invite.story},
          {"revocable", open},
          {"revoke_label", templates.text(lang, "invites.revoke_named", {{"name", name}})}};
}

struct Extras {
  std::string notice;
  std::optional<Error> error;
  catalog::NewInvite typed;
  Json created; // {token, language, institution} of an invitation just made, shown this once
};

awaitable<Response> show(App& app, Request& request, PersonPtr person, Extras extras) {
  auto const lang = page_language(request);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return std::pair(c.invites(actor), c.vocabulary()); };
  auto const [invites, words] = co_await app.catalog.run(call);
  Naming const naming{app.templates, *words, lang};
  auto page = studio_page("studio_invites", app.templates.text(lang, "invites.title"), person, "invites");
  auto& context = page.context;
  context["notice"] = extras.notice;
  if (extras.error) {
    show_problems(context, {error_sentence(app.templates, lang, *extras.error)});
    page.status = status_of(extras.error->code);
  }
  context["place"] = place_view(*words, *person, lang, extras.typed.institution.empty() ? person->institution : extras.typed.institution,
                                extras.typed.unit.empty() ? person->unit : extras.typed.unit, app.templates.text(lang, "edit.unit_none"));
  context["teller"] = extras.typed.teller;
  context["message_languages"] = page_language_choices(app.templates, lang, extras.typed.language);
  auto& list = context["invites"] = Json::array();
  for (auto const& invite : invites) list.push_back(invite_view(naming, invite));
  context["has_invites"] = !invites.empty();
  context["created"] = nullptr;
  if (!extras.created.is_null()) {
    auto const link = origin_of(app.config, request) + "/invite/" + extras.created["token"].get<std::string>();
    auto const language = extras.created["language"].get<std::string>();
    Naming const theirs{app.templates, *words, language};
    context["created"] = {{"qr", qr_svg(link)},
                          {"message", app.templates.text(language, "invites.message_text", {{"link", link}, {"institution", theirs.institution(extras.created["institution"].get<std::string>())}})},
                          {"message_language", language},
                          {"copy_link", {{"id", "invite-link"}, {"label", app.templates.text(lang, "invites.link")}, {"value", link}}}};
  }
  co_return private_answer(render_page(app, request, std::move(page)));
}

awaitable<Response> show_invites(App& app, Request& request, PersonPtr person) {
  Extras extras;
  extras.created = secret_of(app, request, person);
  extras.notice = notice_of(app, request, {"invites.revoked"});
  co_return co_await show(app, request, person, std::move(extras));
}

awaitable<Response> create_invite(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  Extras extras;
  auto& invite = extras.typed;
  invite.institution = form->get("institution");
  invite.unit = form->get("unit");
  invite.teller = form->get("teller");
  auto const& language = form->get("language");
  invite.language = language == "sv" || language == "en" ? language : "fi";
  auto const& days = form->get("days");
  invite.expires_at = now() + std::chrono::days(days == "30" ? 30 : days == "365" ? 365 : 90);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) {
    invite.unit = unit_within(*c.vocabulary(), invite.institution, invite.unit);
    if (invite.unit.empty()) invite.unit = person->unit;
    return c.create_invite(actor, invite);
  };
  auto const created = co_await app.catalog.run(call);
  if (created) {
    Json secret{{"token", created->token}, {"language", created->invite.language}, {"institution", created->invite.institution}};
    co_return done_showing(app, person, "/studio/invites", std::move(secret), "created");
  }
  extras.error = created.error();
  co_return co_await show(app, request, person, std::move(extras));
}

awaitable<Response> revoke_invite(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.revoke_invite(actor, id); };
  auto const revoked = co_await app.catalog.run(call);
  if (revoked) co_return done("/studio/invites", "invites.revoked");
  if (revoked.error().code != Errc::conflict) co_return problem(request, revoked.error());
  Extras extras;
  extras.error = revoked.error();
  co_return co_await show(app, request, person, std::move(extras));
}

} // namespace

void add_studio_invite_routes(Router& router, App& app) {
  router.add(http::verb::get, "/studio/invites", for_staff(app, show_invites, Admission::coordinators));
  router.add(http::verb::post, "/studio/invites", for_staff(app, create_invite, Admission::coordinators));
  router.add(http::verb::post, "/studio/invites/{id}/revoke", for_staff(app, revoke_invite, Admission::coordinators));
}

} // namespace tarina::server
