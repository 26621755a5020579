// /studio/stories/new and /studio/stories/{id}: making a story and editing its details.
#include "server/pages/story_form.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/pages/studio_story_view.hpp"
#include "server/templates.hpp"
#include <charconv>

namespace tarina::server {

namespace {

std::int64_t read_revision(std::string const& text) {
  std::int64_t revision = -1;
  std::from_chars(text.data(), text.data() + text.size(), revision);
  return revision;
}

Response show_new(App& app, Request const& request, PersonPtr person, catalog::Vocabulary const& words, catalog::StoryDetails const& details, std::optional<Error> const& error) {
  auto const lang = page_language(request);
  Naming const naming{app.templates, words, lang};
  auto page = studio_page("studio_new", app.templates.text(lang, "edit.new_title"), person, "queue");
  page.context["form"] = story_form_view(naming, *person, details);
  if (error) {
    show_problems(page.context, {error_sentence(app.templates, lang, *error)});
    page.status = status_of(error->code);
  }
  return render_page(app, request, std::move(page));
}

awaitable<Response> new_story(App& app, Request& request, PersonPtr person) {
  auto call = [](catalog::Catalog& c) { return c.vocabulary(); };
  auto const words = co_await app.catalog.run(call);
  catalog::StoryDetails details;
  details.institution = person->institution;
  details.unit = person->unit;
  details.languages = {"fi"};
  co_return show_new(app, request, person, *words, details, std::nullopt);
}

awaitable<Response> create_story(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const actor = catalog::Actor::of(*person);
  catalog::StoryDetails details;
  auto call = [&](catalog::Catalog& c) {
    auto words = c.vocabulary();
    details = read_story_form(*form, *words);
    return std::pair(c.create_story(actor, details), words);
  };
  auto const [created, words] = co_await app.catalog.run(call);
  if (created) co_return redirect("/studio/stories/" + created->id);
  if (created.error().code != Errc::invalid) co_return problem(request, created.error());
  co_return show_new(app, request, person, *words, details, created.error());
}

awaitable<Response> show_story(App& app, Request& request, PersonPtr person) {
  StudioStoryExtras extras;
  extras.notice = notice_of(app, request, {"edit.saved", "edit.published_now", "edit.unpublished_now", "edit.undone_now", "phase.retry_started", "edit.poster_changed", "subs.saved", "subs.restored"});
  auto const secret = secret_of(app, request, person);
  if (secret.is_null() || secret["story"] != request.param("id")) co_return co_await studio_story_page(app, request, person, std::move(extras));
  extras.mine_link = origin_of(app.config, request) + "/mine/" + secret["token"].get<std::string>();
  co_return private_answer(co_await studio_story_page(app, request, person, std::move(extras)));
}

awaitable<Response> save_story(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const actor = catalog::Actor::of(*person);
  auto const id = request.param("id");
  catalog::StoryDetails details;
  auto call = [&](catalog::Catalog& c) {
    details = read_story_form(*form, *c.vocabulary());
    return c.edit_story(actor, id, details, read_revision(form->get("revision")));
  };
  auto const saved = co_await app.catalog.run(call);
  if (saved) co_return done("/studio/stories/" + id, "edit.saved", "details");
  auto const& error = saved.error();
  if (error.code != Errc::invalid && error.code != Errc::conflict) co_return problem(request, error);
  // Refused: the page comes back with every word that was typed.
  StudioStoryExtras extras;
  extras.typed = details;
  extras.status = status_of(error.code);
  extras.conflict = error.key == "story.changed_meanwhile";
  if (!extras.conflict) extras.problems = {error_sentence(app.templates, page_language(request), error)};
  co_return co_await studio_story_page(app, request, person, std::move(extras));
}

} // namespace

void add_studio_story_routes(Router& router, App& app) {
  router.add(http::verb::get, "/studio/stories/new", for_staff(app, new_story));
  router.add(http::verb::post, "/studio/stories", for_staff(app, create_story));
  router.add(http::verb::get, "/studio/stories/{id}", for_staff(app, show_story));
  router.add(http::verb::post, "/studio/stories/{id}", for_staff(app, save_story));
}

} // namespace tarina::server
