// Pages for signed-in people: who may enter, and what is the same on all of them.
#pragma once
#include "catalog/person.hpp"
#include "server/page.hpp"
#include "server/router.hpp"

namespace tarina::server {

enum class Admission { everyone, coordinators, administrators }; // administrators are admitted everywhere

using StaffHandler = awaitable<Response> (*)(App&, Request&, PersonPtr);

/// A handler that only sees signed-in people of a role. A visitor without a session is sent to sign in and back (for a
/// page) or gets 401 (for anything else); the wrong role gets 404. Answers are never cached.
Handler for_staff(App& app, StaffHandler handler, Admission admission = Admission::everyone);

/// A page of the studio; `section` names the entry of its menu: "queue", "invites", "people", "sites", "health".
Page studio_page(std::string_view name, std::string title, PersonPtr person, std::string_view section);

/// The sentence "error.<key>", or a general one that asks to try again.
std::string error_sentence(Templates const& templates, std::string_view lang, Error const& error);

/// Shows errors on a page made of parts/notice.html.
void show_problems(nlohmann::json& context, std::vector<std::string> const& sentences);

/// Back to `path` with ?done=key: the page there says in one sentence that it is done. `fragment` without '#'.
Response done(std::string const& path, std::string_view key, std::string_view fragment = {});
/// Back to `path` with ?shown=key: the page there shows `secret` once, by secret_of.
Response done_showing(App& app, PersonPtr const& person, std::string const& path, nlohmann::json secret, std::string_view fragment);
/// What ?shown=… still has to show this person; else null.
nlohmann::json secret_of(App& app, Request const& request, PersonPtr const& person);
/// The sentence for ?done=…; only the keys in `allowed` are believed.
std::string notice_of(App& app, Request const& request, std::initializer_list<std::string_view> allowed);

/// For pages whose address is a personal link: never cached, never indexed, never in a Referer.
Response private_answer(Response response);

/// Scripts that ask for JSON get it from /…/state; anything else 401.
Response not_signed_in(Request const& request);

} // namespace tarina::server
