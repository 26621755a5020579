// What is done to a story with one button: publish, take back, try processing again, make a link, withdraw, undo that, erase.
#include "server/pages/studio_routes.hpp"
#include "server/pages/studio_story_view.hpp"
#include "server/templates.hpp"
#include "server/work.hpp"

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

/// The id typed to confirm is not the story's.
awaitable<Response> ask_again(App& app, Request& request, PersonPtr person) {
  StudioStoryExtras extras;
  extras.withdraw_open = true;
  extras.problems = {app.templates.text(page_language(request), "edit.withdraw_mismatch")};
  extras.status = 400;
  co_return co_await studio_story_page(app, request, person, std::move(extras));
}

awaitable<Response> withdraw(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const id = request.param("id");
  if (form->get("confirm") != id) co_return co_await ask_again(app, request, person);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.withdraw(actor, id); };
  auto const withdrawn = co_await app.catalog.run(call);
  if (!withdrawn) co_return problem(request, withdrawn.error());
  co_return done("/studio", "edit.withdrawn_now");
}

awaitable<Response> undo_withdrawal(App& app, Request& request, PersonPtr person) {
  Action const action = [](catalog::Catalog& c, catalog::Actor const& actor, std::string const& id) { return c.undo_withdrawal(actor, id); };
  auto answer = co_await act(app, request, person, action, "edit.undone_now");
  app.work.tasks.ring(); // a video in the making is made anew
  co_return answer;
}

awaitable<Response> erase_now(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const id = request.param("id");
  if (form->get("confirm") != id) co_return co_await ask_again(app, request, person);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.erase_now(actor, id); };
  auto const asked = co_await app.catalog.run(call);
  if (!asked && asked.error().code != Errc::conflict) co_return problem(request, asked.error());
  co_return redirect("/studio/stories/" + id); // which says what is happening
}

} // namespace

void add_studio_action_routes(Router& router, App& app) {
  router.add(http::verb::post, "/studio/stories/{id}/publish", for_staff(app, publish));
  router.add(http::verb::post, "/studio/stories/{id}/unpublish", for_staff(app, unpublish));
  router.add(http::verb::post, "/studio/stories/{id}/retry", for_staff(app, retry));
  router.add(http::verb::post, "/studio/stories/{id}/mine", for_staff(app, make_link, Admission::coordinators));
  router.add(http::verb::post, "/studio/stories/{id}/withdraw", for_staff(app, withdraw, Admission::coordinators));
  router.add(http::verb::post, "/studio/stories/{id}/undo", for_staff(app, undo_withdrawal, Admission::coordinators));
  router.add(http::verb::post, "/studio/stories/{id}/erase", for_staff(app, erase_now, Admission::coordinators));
}

} // namespace tarina::server
