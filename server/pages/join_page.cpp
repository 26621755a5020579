// /join: interest in taking part, kept for the coordinator of the institution.
#include "catalog/catalog.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include "server/throttle.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

Response join_page(App& app, Request const& request, catalog::Vocabulary const& vocabulary, catalog::NewInterest const& given, Error const* error) {
  auto const lang = page_language(request);
  auto institutions = Json::array();
  for (auto const& institution : vocabulary.institutions)
    if (institution.valid_to.empty())
      institutions.push_back({{"code", institution.code}, {"name", institution.name.in(lang)}, {"selected", institution.code == given.institution}});
  Page page{.name = "join", .title = app.templates.text(lang, "nav.join"), .context = Json::object()};
  page.canonical = "/join";
  page.nav = "join";
  page.status = error ? status_of(error->code) : 200;
  page.context = {{"institutions", std::move(institutions)},
                  {"name", given.name},
                  {"contact", given.contact},
                  {"message", given.message},
                  {"sent", request.query.has("sent")}};
  if (error) {
    page.context["error"] = app.templates.text(lang, "error." + error->key);
    page.context["error_name"] = error->key == "interest.name_missing";
    page.context["error_contact"] = error->key == "interest.contact_missing";
  }
  return render_page(app, request, std::move(page));
}

std::shared_ptr<catalog::Vocabulary const> words(catalog::Catalog& c) { return c.vocabulary(); }

awaitable<Response> show_join(App& app, Request& request) {
  auto const vocabulary = co_await app.catalog.run(words);
  catalog::NewInterest given;
  given.institution = request.query.get("institution");
  co_return join_page(app, request, *vocabulary, given, nullptr);
}

awaitable<Response> send_join(App& app, Request& request, Throttle& throttle) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  catalog::NewInterest given;
  given.name = form->get("name");
  given.contact = form->get("contact");
  given.institution = form->get("institution");
  given.message = form->get("message");
  given.language = page_language(request);
  if (!form->get("website").empty()) co_return redirect("/join?sent=1"); // a field no person sees: a machine filled it
  bool const may_send = throttle.take(request.remote);
  auto call = [&given, may_send](catalog::Catalog& c) {
    result<void> kept = Error{Errc::rate_limited, "interest.too_many", "too many messages from this address"};
    if (may_send) kept = c.add_interest(given);
    return std::pair(std::move(kept), c.vocabulary());
  };
  auto const [kept, vocabulary] = co_await app.catalog.run(call);
  if (!kept) {
    auto const error = kept.error();
    co_return join_page(app, request, *vocabulary, given, &error);
  }
  co_return redirect("/join?sent=1");
}

} // namespace

void add_join_routes(Router& router, App& app) {
  router.add(http::verb::get, "/join", [&app](Request& r) { return show_join(app, r); });
  // A classroom shares one address: twenty at once, then one each half a minute.
  auto throttle = std::make_shared<Throttle>(20, std::chrono::seconds(30));
  router.add(http::verb::post, "/join", [&app, throttle](Request& r) { return send_join(app, r, *throttle); });
}

} // namespace tarina::server
