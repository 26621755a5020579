// POST /studio/stories/{id}/poster: which still stands for the story.
#include "catalog/catalog.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/pages/studio_story_view.hpp"

namespace tarina::server {

namespace {

awaitable<Response> choose_poster(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.choose_poster(actor, id, form->get("poster")); };
  auto const chosen = co_await app.catalog.run(call);
  if (chosen) co_return done("/studio/stories/" + id, "edit.poster_changed", "poster");
  if (chosen.error().code != Errc::invalid) co_return problem(request, chosen.error());
  StudioStoryExtras extras;
  extras.problems = {error_sentence(app.templates, page_language(request), chosen.error())};
  extras.status = status_of(chosen.error().code);
  co_return co_await studio_story_page(app, request, person, std::move(extras));
}

} // namespace

void add_studio_poster_routes(Router& router, App& app) {
  router.add(http::verb::post, "/studio/stories/{id}/poster", for_staff(app, choose_poster));
}

} // namespace tarina::server
