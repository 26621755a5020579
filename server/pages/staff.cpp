#include "server/pages/staff.hpp"
#include "server/answer.hpp"
#include "server/shown_once.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"
#include <algorithm>

namespace tarina::server {

namespace {

bool admits(Admission admission, catalog::Role role) {
  switch (admission) {
  case Admission::everyone: return true;
  case Admission::coordinators: return role != catalog::Role::editor;
  case Admission::administrators: return role == catalog::Role::administrator;
  }
  return false;
}

awaitable<Response> admit(App& app, Request& request, StaffHandler handler, Admission admission) {
  auto person = co_await app.identity.person(request);
  if (!person) co_return not_signed_in(request);
  if (!admits(admission, person->role)) co_return problem(request, {Errc::not_found, "page.unknown", "no such page"});
  auto response = co_await handler(app, request, std::move(person));
  response.set(http::field::cache_control, no_store);
  co_return response;
}

} // namespace

Handler for_staff(App& app, StaffHandler handler, Admission admission) {
  return [&app, handler, admission](Request& request) { return admit(app, request, handler, admission); };
}

Response not_signed_in(Request const& request) {
  if (request.method == http::verb::get && prefers_html(request)) {
    auto response = redirect("/sign-in?next=" + percent_encode(request.target));
    response.set(http::field::cache_control, no_store);
    return response;
  }
  return problem(request, {Errc::unauthenticated, "session.missing", "sign in first"});
}

Page studio_page(std::string_view name, std::string title, PersonPtr person, std::string_view section) {
  Page page{.name = name, .title = std::move(title), .context = nlohmann::json::object()};
  page.styles = {"studio.css"};
  page.scripts = {"studio.js"};
  page.noindex = true;
  page.header_search = false;
  page.studio = true;
  page.person = std::move(person);
  page.context["section"][std::string(section)] = true;
  return page;
}

std::string error_sentence(Templates const& templates, std::string_view lang, Error const& error) {
  auto const key = "error." + error.key;
  return templates.text(lang, templates.has_text(key) ? key : "form.try_again");
}

void show_problems(nlohmann::json& context, std::vector<std::string> const& sentences) {
  context["problems"] = sentences;
  context["has_problems"] = !sentences.empty();
}

Response done(std::string const& path, std::string_view key, std::string_view fragment) {
  auto address = path + "?done=" + std::string(key);
  if (!fragment.empty()) address.append("#").append(fragment);
  return redirect(address);
}

Response done_showing(App& app, PersonPtr const& person, std::string const& path, nlohmann::json secret, std::string_view fragment) {
  return private_answer(redirect(path + "?shown=" + app.shown_once.keep(person->id, std::move(secret)) + "#" + std::string(fragment)));
}

nlohmann::json secret_of(App& app, Request const& request, PersonPtr const& person) {
  auto const& key = request.query.get("shown");
  return key.empty() ? nlohmann::json() : app.shown_once.take(person->id, key);
}

std::string notice_of(App& app, Request const& request, std::initializer_list<std::string_view> allowed) {
  auto const& key = request.query.get("done");
  if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) return {};
  return app.templates.text(page_language(request), key);
}

Response private_answer(Response response) {
  response.set(http::field::cache_control, no_store);
  response.set("X-Robots-Tag", "noindex");
  // Not "no-referrer": with it browsers send "Origin: null" with our own forms, and those too old for Sec-Fetch-Site
  // (Safari 15 on phones that get no newer one) could not give or withdraw consent. The path never leaves either way.
  response.set("Referrer-Policy", "strict-origin");
  return response;
}

} // namespace tarina::server
