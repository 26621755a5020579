// /admin: the queue, what failed, the disk, what verification found, and the latest changes.
#include "catalog/fixity.hpp"
#include "media/store.hpp"
#include "server/fixity/nightly.hpp"
#include "server/pages/fixity_view.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/state_words.hpp"
#include "server/pages/story_view.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/pages/studio_story_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

/// Its title; before there is one, whose story it is and which.
Json name_of(Templates const& templates, std::string_view lang, catalog::LocalText const& title, std::string const& shown_name, std::string const& id) {
  return title_view(templates, lang, title, joined({shown_name, id}, ", "));
}

awaitable<Response> show_health(App& app, Request& request, PersonPtr person) {
  auto const lang = page_language(request);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) {
    std::vector<catalog::StoryCard> failed;
    catalog::StudioFilter filter;
    filter.missing = "publish.processing_unfinished";
    filter.limit = 200;
    for (auto& card : c.list_stories(actor, filter).items)
      if (card.processing.state == catalog::ProcessingState::failed) failed.push_back(std::move(card));
    auto audit = c.audit_log(actor, 50);
    AuditNames names;
    for (auto const& each : c.people(actor)) names.people[each.id] = each.name;
    for (auto const& entry : audit)
      if (!entry.story.empty() && !names.stories.contains(entry.story))
        if (auto const story = c.story(actor, entry.story)) names.stories[entry.story] = name_of(app.templates, lang, story->details.title, story->details.shown_name, entry.story);
    catalog::Fixity const fixity(c);
    auto findings = fixity.findings();
    for (auto const& finding : findings)
      if (!names.stories.contains(finding.story))
        if (auto const story = c.story(actor, finding.story)) names.stories[finding.story] = name_of(app.templates, lang, story->details.title, story->details.shown_name, finding.story);
    return std::tuple(c.figures(), c.reserved_bytes(), std::move(failed), std::move(audit), std::move(names), c.vocabulary(), fixity.figures(), std::move(findings));
  };
  auto const [figures, reserved, failed, audit, names, words, fixity, findings] = co_await app.catalog.run(call);
  Naming const naming{app.templates, *words, lang};
  auto look = [&app] { return app.store.free_bytes(); };
  auto const free = co_await app.files.run(look);

  auto page = studio_page("admin", app.templates.text(lang, "admin.health_title"), person, "health");
  auto& context = page.context;
  context["notice"] = notice_of(app, request, {"phase.retry_started", "admin.fixity_started", "admin.fixity_repair_wanted"});
  context["waiting"] = figures.tasks_waiting;
  context["leased"] = figures.tasks_leased;
  context["quarantined"] = figures.tasks_quarantined;
  context["unfinished"] = figures.uploads_unfinished;
  context["free"] = format_size(free, lang);
  context["reserved"] = format_size(reserved, lang);
  context["disk_low"] = free - reserved < app.config.disk_floor_bytes;
  context["fixity"] = fixity_view(app.templates, lang, fixity);
  context["findings"] = findings_view(app.templates, lang, findings, names.stories);
  auto& stories = context["stories"] = Json::array();
  for (auto const& [state, count] : figures.stories) stories.push_back({{"label", state_word(app.templates, lang, state)}, {"count", count}});
  auto& list = context["failed"] = Json::array();
  for (auto const& card : failed) {
    auto const name = name_of(app.templates, lang, card.title, card.shown_name, card.id);
    list.push_back({{"story", card.id},
                    {"name", name},
                    {"why", error_sentence(app.templates, lang, {Errc::invalid, card.processing.error_key, {}})},
                    {"retry_label", app.templates.text(lang, "admin.retry_named", {{"name", name["text"].get<std::string>()}})}});
  }
  context["has_failed"] = !failed.empty();
  auto& changes = context["audit"] = Json::array();
  for (auto const& entry : audit) changes.push_back(audit_line(naming, entry, names));
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> retry(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.retry_processing(actor, id); };
  auto const again = co_await app.catalog.run(call);
  if (!again && again.error().code != Errc::conflict) co_return problem(request, again.error());
  co_return done("/admin", "phase.retry_started", "failed");
}

awaitable<Response> verify(App& app, Request&, PersonPtr) {
  app.fixity.verify_now();
  co_return done("/admin", "admin.fixity_started", "fixity");
}

awaitable<Response> repair(App& app, Request& request, PersonPtr person) {
  auto const package = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return catalog::Fixity(c).want_repair(actor, package); };
  auto const wanted = co_await app.catalog.run(call);
  if (!wanted && wanted.error().key != "fixity.nothing_to_repair") co_return problem(request, wanted.error()); // done meanwhile
  app.fixity.look_now();
  co_return done("/admin", "admin.fixity_repair_wanted", "fixity");
}

} // namespace

void add_admin_health_routes(Router& router, App& app) {
  router.add(http::verb::get, "/admin", for_staff(app, show_health, Admission::administrators));
  router.add(http::verb::post, "/admin/stories/{id}/retry", for_staff(app, retry, Admission::administrators));
  router.add(http::verb::post, "/admin/fixity/verify", for_staff(app, verify, Admission::administrators));
  router.add(http::verb::post, "/admin/fixity/packages/{id}/repair", for_staff(app, repair, Admission::administrators));
}

} // namespace tarina::server
