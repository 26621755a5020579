// /studio/collections: editors gather published stories into collections that everybody may browse.
#include "catalog/catalog.hpp"
#include "server/pages/list_form.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;
using catalog::ListKeeper;

namespace {

struct Refused {
  Error error;
  std::string title, institution;
};

/// Own institution only, or any and none for those who see all of them.
Json institution_choices(Naming const& naming, catalog::Person const& person, std::string const& chosen) {
  auto choices = Json::array();
  bool const all = person.institution.empty() || person.role == catalog::Role::administrator;
  if (all) choices.push_back({{"code", ""}, {"name", naming.templates.text(naming.lang, "collections.everybody")}, {"selected", chosen.empty()}});
  for (auto const& institution : naming.vocabulary.institutions)
    if (institution.valid_to.empty() && (all || institution.code == person.institution))
      choices.push_back({{"code", institution.code}, {"name", institution.name.in(naming.lang)}, {"selected", institution.code == chosen}});
  return choices;
}

awaitable<Response> collections_page(App& app, Request& request, PersonPtr person, std::optional<Refused> refused) {
  auto const lang = page_language(request);
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return std::pair(catalog::Lists(c).collections(actor), c.vocabulary()); };
  auto const [collections, words] = co_await app.catalog.run(call);
  Naming const naming{app.templates, *words, lang};
  auto page = studio_page("studio_collections", app.templates.text(lang, "collections.title"), person, "collections");
  page.context["notice"] = notice_of(app, request, {"collections.deleted"});
  auto& list = page.context["collections"] = Json::array();
  for (auto const& one : collections)
    list.push_back({{"href", "/studio/collections/" + one.id},
                    {"list_title", one.title},
                    {"by", one.institution.empty() ? app.templates.text(lang, "collections.everybody") : naming.institution(one.institution)},
                    {"count_words", app.templates.count(lang, "lists.clips", one.items)},
                    {"changed", format_date(one.changed_at, lang)},
                    {"is_published", one.published}});
  page.context["any"] = !collections.empty();
  page.context["institutions"] = institution_choices(naming, *person, refused ? refused->institution : person->institution);
  if (refused) {
    page.context["list_title"] = refused->title;
    show_problems(page.context, {error_sentence(app.templates, lang, refused->error)});
    page.status = status_of(refused->error.code);
  }
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> show_collections(App& app, Request& request, PersonPtr person) {
  co_return co_await collections_page(app, request, std::move(person), std::nullopt);
}

awaitable<Response> create_collection(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  catalog::ListContents contents;
  contents.title = form->get("title");
  contents.language = page_language(request);
  auto const institution = form->get("institution");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return catalog::Lists(c).create_collection(actor, institution, contents); };
  auto const made = co_await app.catalog.run(call);
  if (made) co_return done("/studio/collections/" + *made, "collections.made");
  std::optional<Refused> refused = Refused{made.error(), contents.title, institution};
  co_return co_await collections_page(app, request, std::move(person), std::move(refused));
}

awaitable<Response> collection_page(App& app, Request& request, PersonPtr person, std::optional<SentList> typed) {
  auto const keeper = ListKeeper::curator(catalog::Actor::of(*person), request.param("id"));
  auto call = [&keeper](catalog::Catalog& c) -> result<ListKnowledge> {
    auto list = catalog::Lists(c).open(keeper);
    if (!list) return list.error();
    return know_list(c, std::move(*list));
  };
  auto const known = co_await app.catalog.run(call);
  if (!known) co_return problem(request, known.error());
  auto const lang = page_language(request);
  Naming const naming{app.templates, *known->vocabulary, lang};
  auto const& list = known->list;
  auto page = studio_page("studio_collection", list.contents.title, person, "collections");
  page.scripts = {"studio.js", "lists.js"};
  page.styles = {"studio.css", "list.css"};
  page.strings = {"lists."};
  page.context.update(list_form_view(naming, *known, typed ? &*typed : nullptr));
  auto& context = page.context;
  context["action"] = "/studio/collections/" + list.id;
  context["saved_title"] = list.contents.title;
  context["by"] = list.institution.empty() ? app.templates.text(lang, "collections.everybody") : naming.institution(list.institution);
  context["is_published"] = list.published;
  context["read_href"] = "/collections/" + list.id;
  context["notice"] = notice_of(app, request, {"collections.made", "lists.saved", "collections.published", "collections.unpublished"});
  if (typed && typed->error) {
    show_problems(context, {error_sentence(app.templates, lang, *typed->error)});
    page.status = status_of(typed->error->code);
  }
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> show_collection(App& app, Request& request, PersonPtr person) {
  co_return co_await collection_page(app, request, std::move(person), std::nullopt);
}

awaitable<Response> save_collection(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto sent = read_list_form(*form);
  auto const keeper = ListKeeper::curator(catalog::Actor::of(*person), request.param("id"));
  if (!sent.error) {
    auto call = [&](catalog::Catalog& c) { return catalog::Lists(c).save(keeper, sent.contents, sent.revision); };
    auto const saved = co_await app.catalog.run(call);
    if (saved) co_return done("/studio/collections/" + keeper.collection, "lists.saved", sent.touched.empty() ? "list" : "item-" + sent.touched);
    sent.error = saved.error();
  }
  co_return co_await collection_page(app, request, std::move(person), std::move(sent));
}

awaitable<Response> set_published(App& app, Request& request, PersonPtr person, bool published) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return catalog::Lists(c).set_published(actor, id, published); };
  auto const set = co_await app.catalog.run(call);
  if (set) co_return done("/studio/collections/" + id, published ? "collections.published" : "collections.unpublished");
  if (set.error().code != Errc::conflict) co_return problem(request, set.error());
  auto keeper = ListKeeper::curator(actor, id);
  auto again = [&keeper](catalog::Catalog& c) { return catalog::Lists(c).open(keeper); };
  auto const list = co_await app.catalog.run(again);
  if (!list) co_return problem(request, list.error());
  SentList unchanged;
  unchanged.contents = list->contents;
  unchanged.revision = list->revision;
  unchanged.error = set.error();
  co_return co_await collection_page(app, request, std::move(person), std::move(unchanged));
}

awaitable<Response> publish_collection(App& app, Request& request, PersonPtr person) { co_return co_await set_published(app, request, std::move(person), true); }
awaitable<Response> unpublish_collection(App& app, Request& request, PersonPtr person) { co_return co_await set_published(app, request, std::move(person), false); }

awaitable<Response> delete_collection(App& app, Request& request, PersonPtr person) {
  auto const keeper = ListKeeper::curator(catalog::Actor::of(*person), request.param("id"));
  auto call = [&keeper](catalog::Catalog& c) { return catalog::Lists(c).remove(keeper); };
  auto const removed = co_await app.catalog.run(call);
  if (!removed) co_return problem(request, removed.error());
  co_return done("/studio/collections", "collections.deleted");
}

} // namespace

void add_studio_collection_routes(Router& router, App& app) {
  router.add(http::verb::get, "/studio/collections", for_staff(app, show_collections));
  router.add(http::verb::post, "/studio/collections", for_staff(app, create_collection));
  router.add(http::verb::get, "/studio/collections/{id}", for_staff(app, show_collection));
  router.add(http::verb::post, "/studio/collections/{id}", for_staff(app, save_collection));
  router.add(http::verb::post, "/studio/collections/{id}/publish", for_staff(app, publish_collection));
  router.add(http::verb::post, "/studio/collections/{id}/unpublish", for_staff(app, unpublish_collection));
  router.add(http::verb::post, "/studio/collections/{id}/delete", for_staff(app, delete_collection));
}

} // namespace tarina::server
