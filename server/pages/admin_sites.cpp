// /admin/sites: which web sites may embed an institution's stories.
#include "catalog/catalog.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

std::vector<std::string> read_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto const end = text.find_first_of("\r\n");
    auto line = text.substr(0, end);
    while (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('/')) line.remove_suffix(1);
    if (!line.empty()) lines.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

struct Refused {
  std::string institution;
  std::string typed;
  Error error;
};

awaitable<Response> show(App& app, Request& request, PersonPtr person, std::optional<Refused> refused) {
  auto const lang = page_language(request);
  auto call = [](catalog::Catalog& c) { return c.vocabulary(); };
  auto const words = co_await app.catalog.run(call);
  auto page = studio_page("admin_sites", app.templates.text(lang, "admin.sites_title"), person, "sites");
  auto& context = page.context;
  context["notice"] = notice_of(app, request, {"admin.sites_saved"});
  auto& list = context["institutions"] = Json::array();
  for (auto const& institution : words->institutions) {
    if (!person->institution.empty() && person->institution != institution.code) continue;
    bool const wrong = refused && refused->institution == institution.code;
    std::string sites;
    for (auto const& site : institution.embed_sites) sites += site + "\n";
    auto const name = institution.name.in(lang);
    list.push_back({{"code", institution.code},
                    {"name", name},
                    {"sites", wrong ? refused->typed : sites},
                    {"wrong", wrong},
                    {"sites_label", app.templates.text(lang, "admin.sites_label", {{"institution", name}})},
                    {"save_label", app.templates.text(lang, "admin.sites_save_named", {{"institution", name}})}});
  }
  if (refused) {
    show_problems(context, {error_sentence(app.templates, lang, refused->error)});
    page.status = status_of(refused->error.code);
  }
  co_return render_page(app, request, std::move(page));
}

awaitable<Response> show_sites(App& app, Request& request, PersonPtr person) {
  std::optional<Refused> nothing;
  co_return co_await show(app, request, person, std::move(nothing));
}

awaitable<Response> save_sites(App& app, Request& request, PersonPtr person) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const institution = request.param("institution");
  auto const sites = read_lines(form->get("sites"));
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return c.set_embed_sites(actor, institution, sites); };
  auto const saved = co_await app.catalog.run(call);
  if (saved) co_return done("/admin/sites", "admin.sites_saved");
  if (saved.error().code != Errc::invalid) co_return problem(request, saved.error());
  Refused refused{institution, form->get("sites"), saved.error()};
  co_return co_await show(app, request, person, refused);
}

} // namespace

void add_admin_site_routes(Router& router, App& app) {
  router.add(http::verb::get, "/admin/sites", for_staff(app, show_sites, Admission::coordinators));
  router.add(http::verb::post, "/admin/sites/{institution}", for_staff(app, save_sites, Admission::coordinators));
}

} // namespace tarina::server
