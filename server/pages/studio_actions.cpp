// What is done to a story with one button: publish, take back, try processing again, make a link, withdraw.
#include "server/pages/studio_routes.hpp"
#include "server/pages/studio_story_view.hpp"
#include "server/templates.hpp"

namespace tarina::server {

namespace {

using Action = result<void> (*)(catalog::Catalog&, catalog::Actor const&, std::string const&);

/// Runs one action and goes back to the story, or shows there why not.
awaitable<Response> act(App& app, Request& request, PersonPtr person, Action action, std::string_view notice) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return action(c, actor, id); };
  auto const acted = co_await app.catalog.run(call);
  if (acted) co_return done("/studio/stories/" + id, notice);
  if (acted.error().code != Errc::conflict && acted.error().code != Errc::invalid) co_return problem(request, acted.error());
  StudioStoryExtras extras;
  extras.problems = {error_sentence(app.templates, page_language(request), acted.error())};
  extras.status = status_of(acted.error().code);
  co_return co_await studio_story_page(app, request, person, std::move(extras));
}

awaitable<Response> publish(App& app, Request& request, PersonPtr person) {
  Action const action = [](catalog::Catalog& c, catalog::Actor const& actor, std::string const& id) { return c.publish(actor, id); };
  co_return co_await act(app, request, person, action, "edit.published_now");
}

awaitable<Response> unpublish(App& app, Request& request, PersonPtr person) {
  Action const action = [](catalog::Catalog& c, catalog::Actor const& actor, std::string const& id) { return c.unpublish(actor, id); };
  co_return co_await act(app, request, person, action, "edit.unpublished_now");
}

awaitable<Response> retry(App& app, Request& request, PersonPtr person) {
  Action const action = [](catalog::Catalog& c, catalog::Actor const& actor, std::string const& id) { return c.retry_processing(actor, id); };
  co_return co_await act(app, request, person, action, "phase.retry_started");
}

awaitable<Response> make_link(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.issue_mine_token(actor, id); };
  auto const token = co_await app.catalog.run(call);
  if (!token) co_return problem(request, token.error());
  nlohmann::json secret{{"token", *token}, {"story", id}};
  co_return done_showing(app, person, "/studio/stories/" + id, std::move(secret), "mine");
}

awaitable<Response> withdraw(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const id = request.param("id");
  if (form->get("confirm") != id) {
    StudioStoryExtras extras;
    extras.withdraw_open = true;
    extras.problems = {app.templates.text(page_language(request), "edit.withdraw_mismatch")};
    extras.status = 400;
    co_return co_await studio_story_page(app, request, person, std::move(extras));
  }
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.withdraw(actor, id); };
  auto const withdrawn = co_await app.catalog.run(call);
  if (!withdrawn) co_return problem(request, withdrawn.error());
  co_return done("/studio", "edit.withdrawn_now");
}

} // namespace

void add_studio_action_routes(Router& router, App& app) {
  router.add(http::verb::post, "/studio/stories/{id}/publish", for_staff(app, publish));
  router.add(http::verb::post, "/studio/stories/{id}/unpublish", for_staff(app, unpublish));
  router.add(http::verb::post, "/studio/stories/{id}/retry", for_staff(app, retry));
  router.add(http::verb::post, "/studio/stories/{id}/mine", for_staff(app, make_link, Admission::coordinators));
  router.add(http::verb::post, "/studio/stories/{id}/withdraw", for_staff(app, withdraw, Admission::coordinators));
}

} // namespace tarina::server
