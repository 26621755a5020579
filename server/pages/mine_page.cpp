// /mine/{token}: the alumnus's own page. State, upload, details, consents, withdrawal and its receipt.
#include "catalog/catalog.hpp"
#include "server/pages/consent_view.hpp"
#include "server/pages/processing_view.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/state_words.hpp"
#include "server/pages/story_view.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include "server/work.hpp"
#include <charconv>

namespace tarina::server {

using Json = nlohmann::json;
using catalog::StoryState;

namespace {

struct Own {
  catalog::Story story;
  std::vector<catalog::Consent> consents;
  std::optional<catalog::Upload> unfinished;
  std::optional<catalog::Tombstone> tombstone;
  std::shared_ptr<catalog::Vocabulary const> words;
};

result<Own> load(catalog::Catalog& c, std::string const& token) {
  auto const id = c.story_of_mine(token);
  if (!id) return id.error();
  auto const teller = catalog::Actor::teller(*id);
  auto story = c.story(teller, *id);
  if (!story) return story.error();
  Own own{std::move(*story), {}, {}, {}, c.vocabulary()};
  if (auto consents = c.consents(teller, *id)) own.consents = std::move(*consents);
  if (own.story.state == StoryState::withdrawn) {
    if (auto tombstone = c.tombstone(*id)) own.tombstone = std::move(*tombstone);
  } else {
    own.unfinished = unfinished_upload(c, *id);
  }
  return own;
}

struct Typed {
  std::string title, summary, shown_name, year;
};

struct Extras {
  std::string notice;
  std::vector<std::string> problems;
  std::optional<Typed> typed; // details as typed, when they could not be saved
  unsigned status = 200;
};

/// The status card's own sentence: of the video while one is awaited, else of the story.
std::string state_sentence(Templates const& templates, std::string_view lang, catalog::Story const& story, std::string const& phase) {
  std::string key(catalog::state_name(story.state));
  if (phase == "uploading") key = "uploading";
  else if (phase == "failed" && story.package.empty()) key = "failed"; // an earlier video still stands when only its replacement failed
  else if (story.state == StoryState::published && !shown_publicly(story)) key = "unseen";
  return templates.text(lang, "mine.state_" + key);
}

std::string consent_line(Templates const& templates, std::string_view lang, catalog::Consent const& consent) {
  return templates.text(lang, "mine.history_version", {{"version", consent.text_version}, {"language", language_name(consent.language, lang)}});
}

Response show_receipt(App& app, Request const& request, std::string const& token, Own const& own) {
  auto const lang = page_language(request);
  Page page{.name = "mine_receipt", .title = app.templates.text(lang, "mine.receipt_title"), .context = Json::object()};
  page.styles = {"studio.css"};
  page.noindex = true;
  page.header_search = false;
  page.quiet = true;
  auto& context = page.context;
  context["id"] = own.story.id;
  if (own.story.withdrawn_at) context["withdrawn"] = format_date_time(*own.story.withdrawn_at, lang);
  auto const when = [&](std::optional<catalog::Time> const& time) { return time ? format_date_time(*time, lang) : std::string(); };
  auto const erased = own.tombstone ? when(own.tombstone->erased_at) : std::string();
  auto const erases = own.tombstone ? when(own.tombstone->erases_at) : std::string();
  context["action"] = "/mine/" + token;
  context["erased"] = erased;
  context["erases"] = erases;
  context["erasing"] = erased.empty() && erases.empty();
  context["undo_text"] = erases.empty() ? std::string() : app.templates.text(lang, "mine.undo_text", {{"when", erases}});
  auto& list = context["consents"] = Json::array();
  for (auto const& consent : own.consents)
    list.push_back({{"given", format_date_time(consent.given_at, lang)},
                    {"uses", uses_in_words(app.templates, lang, consent.uses)},
                    {"ended", consent.withdrawn ? app.templates.text(lang, "mine.history_withdrawn", {{"when", when(consent.ended_at)}}) : std::string()},
                    {"text", consent_line(app.templates, lang, consent)}});
  return private_answer(render_page(app, request, std::move(page)));
}

Response show(App& app, Request const& request, std::string const& token, Own const& own, Extras extras) {
  if (own.story.state == StoryState::withdrawn) return show_receipt(app, request, token, own);
  auto const lang = page_language(request);
  auto const& templates = app.templates;
  auto const& story = own.story;
  auto const base = "/mine/" + token;
  bool const published = story.state == StoryState::published;
  Page page{.name = "mine", .title = templates.text(lang, "mine.title"), .context = Json::object()};
  page.styles = {"studio.css"};
  page.scripts = {"invite.js"};
  page.strings = {"uploadscript.", "mine.state_uploading"};
  page.noindex = true;
  page.header_search = false;
  page.quiet = true;
  page.status = extras.status;
  auto& context = page.context;
  context["heading"] = story.details.title.empty() ? Json{{"text", templates.text(lang, "mine.title")}, {"lang", nullptr}} : local_text(story.details.title, lang);
  context["action"] = base;
  context["notice"] = extras.notice;
  show_problems(context, extras.problems);
  auto const state = processing_state(app, lang, story, own.unfinished);
  auto const phase = state["phase"].get<std::string>();
  context["state_sentence"] = state_sentence(templates, lang, story, phase);
  context["processing"] = processing_view(state, base + "/state", base + "/retry");
  if (shown_publicly(story)) context["public_url"] = "/stories/" + story.id;

  bool const video_missing = phase == "empty" || phase == "uploading" || phase == "failed";
  if (!published) context["upload"] = upload_view(app, lang, {story.id, token, base, has_video(story)}, own.unfinished);
  context["upload_first"] = !published && video_missing;
  context["upload_later"] = !published && !video_missing;
  context["upload_title"] = templates.text(lang, phase == "failed" ? "mine.send_again" : !video_missing ? "mine.send_other" : own.unfinished ? "upload.resume" : "upload.title");
  context["copy_link"] = {{"id", "mine-link"}, {"label", templates.text(lang, "mine.link_label")}, {"value", origin_of(app.config, request) + base}};

  context["editable"] = !published;
  context["revision"] = story.revision;
  Typed const stored{story.details.title.in(lang), story.details.summary.in(lang), story.details.shown_name,
                     story.details.graduation_year > 0 ? std::to_string(story.details.graduation_year) : std::string()};
  auto const& typed = extras.typed ? *extras.typed : stored;
  context["title_text"] = typed.title;
  context["summary_text"] = typed.summary;
  context["shown_name"] = typed.shown_name;
  context["year"] = typed.year;

  auto const* institution = own.words->find_institution(story.details.institution);
  context["privacy_controller"] = templates.text(lang, "consent.privacy_controller", {{"institution", institution ? institution->name.in(lang) : story.details.institution}});
  context["uses"] = consent_uses_view(templates, lang, story.consent_in_force ? story.uses : catalog::Uses{});
  if (story.consent_in_force && !own.consents.empty())
    context["consents_given"] = templates.text(lang, "mine.consents_given", {{"date", format_date_time(own.consents.back().given_at, lang)}});
  return private_answer(render_page(app, request, std::move(page)));
}

awaitable<Response> page_with(App& app, Request& request, Extras extras) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) { return load(c, token); };
  auto const own = co_await app.catalog.run(call);
  if (!own) co_return private_answer(problem(request, own.error()));
  co_return show(app, request, token, *own, std::move(extras));
}

awaitable<Response> show_mine(App& app, Request& request) {
  Extras extras;
  extras.notice = notice_of(app, request, {"mine.consents_saved", "mine.edit_saved", "mine.undone", "phase.retry_started"});
  co_return co_await page_with(app, request, std::move(extras));
}

awaitable<Response> mine_state(App& app, Request& request) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) { return load(c, token); };
  auto const own = co_await app.catalog.run(call);
  if (!own) co_return private_answer(problem(request, own.error()));
  auto const lang = page_language(request);
  auto state = processing_state(app, lang, own->story, own->unfinished);
  state["story_sentence"] = state_sentence(app.templates, lang, own->story, state["phase"].get<std::string>());
  co_return private_answer(json(state));
}

awaitable<Response> change_consents(App& app, Request& request) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const uses = read_uses(*form);
  if (!uses.any()) {
    Extras extras;
    extras.problems = {app.templates.text(page_language(request), "mine.consents_none")};
    extras.status = 400;
    co_return co_await page_with(app, request, std::move(extras));
  }
  auto const token = request.param("token");
  auto const consent = consent_to(app.templates, page_language(request), uses);
  auto call = [&](catalog::Catalog& c) -> result<void> {
    auto const id = c.story_of_mine(token);
    if (!id) return id.error();
    return c.give_consent(catalog::Actor::teller(*id), *id, consent);
  };
  auto const given = co_await app.catalog.run(call);
  if (!given && given.error().code == Errc::gone) co_return private_answer(redirect("/mine/" + token));
  if (!given) co_return private_answer(problem(request, given.error()));
  co_return private_answer(done("/mine/" + token, "mine.consents_saved"));
}

/// The words of the page's language are changed, the others kept.
void put(catalog::LocalText& text, std::string_view lang, std::string const& words) {
  auto const shown = text.in(lang);
  if (words == shown) return;
  (lang == "sv" ? text.sv : lang == "en" ? text.en : text.fi) = words;
}

awaitable<Response> change_details(App& app, Request& request) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  auto const token = request.param("token");
  auto const lang = page_language(request);
  Typed typed{form->get("title"), form->get("summary"), form->get("shown_name"), form->get("year")};
  std::erase(typed.summary, '\r');
  auto call = [&](catalog::Catalog& c) -> result<std::int64_t> {
    auto const id = c.story_of_mine(token);
    if (!id) return id.error();
    auto const teller = catalog::Actor::teller(*id);
    auto const story = c.story(teller, *id);
    if (!story) return story.error();
    auto details = story->details;
    put(details.title, lang, typed.title);
    put(details.summary, lang, typed.summary);
    details.shown_name = typed.shown_name;
    int year = 0;
    auto const [end, failed] = std::from_chars(typed.year.data(), typed.year.data() + typed.year.size(), year);
    details.graduation_year = typed.year.empty() ? 0 : failed == std::errc() && end == typed.year.data() + typed.year.size() ? year : -1;
    std::int64_t revision = -1;
    auto const& expected = form->get("revision");
    std::from_chars(expected.data(), expected.data() + expected.size(), revision);
    return c.edit_story(teller, *id, details, revision);
  };
  auto const saved = co_await app.catalog.run(call);
  if (saved) co_return private_answer(done("/mine/" + token, "mine.edit_saved"));
  if (saved.error().code != Errc::conflict && saved.error().code != Errc::invalid) co_return private_answer(problem(request, saved.error()));
  Extras extras;
  extras.typed = typed;
  extras.status = status_of(saved.error().code);
  extras.problems = {saved.error().key == "story.changed_meanwhile" ? app.templates.text(lang, "mine.edit_conflict") : error_sentence(app.templates, lang, saved.error())};
  co_return co_await page_with(app, request, std::move(extras));
}

awaitable<Response> retry(App& app, Request& request) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) -> result<void> {
    auto const id = c.story_of_mine(token);
    if (!id) return id.error();
    return c.retry_processing(catalog::Actor::teller(*id), *id);
  };
  auto const again = co_await app.catalog.run(call);
  if (again) co_return private_answer(done("/mine/" + token, "phase.retry_started"));
  if (again.error().code != Errc::conflict) co_return private_answer(problem(request, again.error()));
  co_return private_answer(redirect("/mine/" + token));
}

awaitable<Response> withdraw(App& app, Request& request) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) -> result<void> {
    auto const id = c.story_of_mine(token);
    if (!id) return id.error();
    return c.withdraw(catalog::Actor::teller(*id), *id);
  };
  auto const withdrawn = co_await app.catalog.run(call);
  if (!withdrawn) co_return private_answer(problem(request, withdrawn.error()));
  co_return private_answer(redirect("/mine/" + token));
}

/// Undone or erased already, by a second tap or on another device: the page tells how things stand.
Response back_to_page(Request& request, result<void> const& acted, std::string_view notice) {
  auto const page = "/mine/" + request.param("token");
  if (acted && !notice.empty()) return private_answer(done(page, notice));
  if (acted || acted.error().code == Errc::conflict || acted.error().code == Errc::gone) return private_answer(redirect(page));
  return private_answer(problem(request, acted.error()));
}

awaitable<Response> undo_withdrawal(App& app, Request& request) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) -> result<void> {
    auto const id = c.story_of_mine(token);
    if (!id) return id.error();
    return c.undo_withdrawal(catalog::Actor::teller(*id), *id);
  };
  auto const undone = co_await app.catalog.run(call);
  if (undone) app.work.tasks.ring(); // a video in the making is made anew
  co_return back_to_page(request, undone, "mine.undone");
}

awaitable<Response> erase_now(App& app, Request& request) {
  auto const token = request.param("token");
  auto call = [&](catalog::Catalog& c) -> result<void> {
    auto const id = c.story_of_mine(token);
    if (!id) return id.error();
    return c.erase_now(catalog::Actor::teller(*id), *id);
  };
  auto const asked = co_await app.catalog.run(call);
  co_return back_to_page(request, asked, {});
}

} // namespace

void add_mine_routes(Router& router, App& app) {
  router.add(http::verb::get, "/mine/{token}", [&app](Request& r) { return show_mine(app, r); });
  router.add(http::verb::get, "/mine/{token}/state", [&app](Request& r) { return mine_state(app, r); });
  router.add(http::verb::post, "/mine/{token}/consents", [&app](Request& r) { return change_consents(app, r); });
  router.add(http::verb::post, "/mine/{token}/details", [&app](Request& r) { return change_details(app, r); });
  router.add(http::verb::post, "/mine/{token}/retry", [&app](Request& r) { return retry(app, r); });
  router.add(http::verb::post, "/mine/{token}/withdraw", [&app](Request& r) { return withdraw(app, r); });
  router.add(http::verb::post, "/mine/{token}/undo", [&app](Request& r) { return undo_withdrawal(app, r); });
  router.add(http::verb::post, "/mine/{token}/erase", [&app](Request& r) { return erase_now(app, r); });
}

} // namespace tarina::server
