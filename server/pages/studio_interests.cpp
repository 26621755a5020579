// /studio/interests: who wrote on /join and waits for an answer.
#include "catalog/catalog.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/story_view.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

namespace {

awaitable<Response> show_interests(App& app, Request& request, PersonPtr person) {
  auto const lang = page_language(request);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return std::pair(c.interests(actor), c.vocabulary()); };
  auto const [interests, words] = co_await app.catalog.run(call);
  Naming const naming{app.templates, *words, lang};
  auto page = studio_page("studio_interests", app.templates.text(lang, "interests.title"), person, "interests");
  page.context["notice"] = notice_of(app, request, {"interests.removed"});
  auto& list = page.context["interests"] = nlohmann::json::array();
  for (auto const& each : interests)
    list.push_back({{"interest_id", each.id},
                    {"person_name", each.name},
                    {"contact", each.contact},
                    {"message", each.message},
                    {"where", each.institution.empty() ? app.templates.text(lang, "interests.any") : naming.institution(each.institution)},
                    {"sent", app.templates.text(lang, "interests.sent", {{"when", format_date_time(each.sent_at, lang)}})},
                    {"answered_label", app.templates.text(lang, "interests.answered_named", {{"name", each.name}})}});
  page.context["has_interests"] = !interests.empty();
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> remove_interest(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.remove_interest(actor, id); };
  auto const removed = co_await app.catalog.run(call);
  if (!removed) co_return problem(request, removed.error());
  co_return done("/studio/interests", "interests.removed");
}

} // namespace

void add_studio_interest_routes(Router& router, App& app) {
  router.add(http::verb::get, "/studio/interests", for_staff(app, show_interests, Admission::coordinators));
  router.add(http::verb::post, "/studio/interests/{id}/answered", for_staff(app, remove_interest, Admission::coordinators));
}

} // namespace tarina::server
