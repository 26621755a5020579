// /invite/{token}: what the alumnus is asked, and the consent that begins a story.
#include "catalog/catalog.hpp"
#include "server/pages/consent_view.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"

namespace tarina::server {

namespace {

struct Answers {
  catalog::Uses uses;
  std::string show_name; // "yes", "no" or not answered
  std::string shown_name;
  bool age = false;
  bool sent = false; // the form was sent and is shown again
};

/// In the language of the invitation, unless the reader chose another.
void prefer_language(Request& request, std::string const& language) {
  if (request.query.has("lang") || request.cookie("lang")) return;
  request.query = FormValues(request.target.find('?') == std::string::npos ? "lang=" + language : request.target.substr(request.target.find('?') + 1) + "&lang=" + language);
}

Response show(App& app, Request const& request, catalog::Invite const& invite, catalog::Vocabulary const& words, Answers const& answers) {
  auto const lang = page_language(request);
  auto const& templates = app.templates;
  Page page{.name = "invite", .title = templates.text(lang, "invite.title"), .context = nlohmann::json::object()};
  page.styles = {"studio.css"};
  page.scripts = {"invite.js"};
  page.noindex = true;
  page.header_search = false;
  page.quiet = true;
  auto& context = page.context;
  context["action"] = request.path;
  context["used"] = invite.accepted_at.has_value();
  auto const* institution = words.find_institution(invite.institution);
  auto const name = institution ? institution->name.in(lang) : invite.institution;
  context["hello"] = templates.text(lang, "invite.hello", {{"institution", name}});
  context["privacy_controller"] = templates.text(lang, "consent.privacy_controller", {{"institution", name}});
  context["uses"] = consent_uses_view(templates, lang, answers.uses);
  context["name_yes"] = answers.show_name == "yes";
  context["name_no"] = answers.show_name == "no";
  context["shown_name"] = answers.shown_name;
  context["age"] = answers.age;
  if (answers.sent) {
    std::vector<std::string> problems;
    bool const nameless = answers.show_name.empty() || (answers.show_name == "yes" && answers.shown_name.empty());
    context["uses_wrong"] = !answers.uses.any();
    context["name_wrong"] = nameless;
    context["age_wrong"] = !answers.age;
    if (!answers.uses.any()) problems.push_back(templates.text(lang, "invite.nothing_ticked"));
    if (nameless) problems.push_back(templates.text(lang, "invite.name_missing"));
    if (!answers.age) problems.push_back(templates.text(lang, "invite.age_missing"));
    show_problems(context, problems);
    page.status = 400;
  }
  return private_answer(render_page(app, request, std::move(page)));
}

awaitable<Response> open_invite(App& app, Request& request, Answers answers) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) { return std::pair(c.invite(token), c.vocabulary()); };
  auto const [invite, words] = co_await app.catalog.run(call);
  if (!invite) co_return private_answer(problem(request, invite.error()));
  prefer_language(request, invite->language);
  co_return show(app, request, *invite, *words, answers);
}

awaitable<Response> show_invite(App& app, Request& request) {
  Answers none; // named: see the house rule in server/async.hpp
  co_return co_await open_invite(app, request, none);
}

awaitable<Response> accept_invite(App& app, Request& request) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  Answers answers{read_uses(*form), form->get("show_name"), form->get("shown_name"), form->has("age"), true};
  bool const named = answers.show_name == "yes" && !answers.shown_name.empty();
  bool const complete = answers.uses.any() && answers.age && (named || answers.show_name == "no");
  if (!complete) co_return co_await open_invite(app, request, std::move(answers));
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) -> result<catalog::AcceptedInvite> {
    auto const invite = c.invite(token);
    if (!invite) return invite.error();
    prefer_language(request, invite->language);
    return c.accept_invite(token, {consent_to(app.templates, page_language(request), answers.uses), named ? answers.shown_name : std::string()});
  };
  auto const accepted = co_await app.catalog.run(call);
  if (accepted) co_return private_answer(redirect("/mine/" + accepted->mine_token));
  // Sent twice, or from two tabs: the first one counts, and the page leads on to it.
  Answers none;
  if (accepted.error().code == Errc::conflict) co_return co_await open_invite(app, request, none);
  co_return private_answer(problem(request, accepted.error()));
}

/// The invitation opened again, perhaps on another device: on to one's own page.
awaitable<Response> continue_invite(App& app, Request& request) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) { return c.continue_invite(token); };
  auto const mine = co_await app.catalog.run(call);
  if (!mine) co_return private_answer(problem(request, mine.error()));
  co_return private_answer(redirect("/mine/" + *mine));
}

} // namespace

void add_invite_routes(Router& router, App& app) {
  router.add(http::verb::get, "/invite/{token}", [&app](Request& r) { return show_invite(app, r); });
  router.add(http::verb::post, "/invite/{token}", [&app](Request& r) { return accept_invite(app, r); });
  router.add(http::verb::post, "/invite/{token}/continue", [&app](Request& r) { return continue_invite(app, r); });
}

} // namespace tarina::server
