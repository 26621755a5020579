// GET /studio: every story in the person's scope, with what is missing.
#include "catalog/catalog.hpp"
#include "server/pages/choices.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/state_words.hpp"
#include "server/pages/story_view.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"
#include "server/wording.hpp"
#include <array>
#include <charconv>

namespace tarina::server {

using Json = nlohmann::json;
using catalog::StoryState;

namespace {

constexpr int page_size = 50;
constexpr std::array states{StoryState::review, StoryState::processing, StoryState::draft, StoryState::published, StoryState::withdrawn};
constexpr std::array gate_keys{"publish.consent_missing", "publish.processing_unfinished", "publish.title_missing",
                               "publish.field_missing",   "publish.language_missing",      "publish.captions_missing"};

int read_offset(std::string const& text) {
  int offset = 0;
  std::from_chars(text.data(), text.data() + text.size(), offset);
  return offset > 0 ? std::min(offset, 1'000'000) : 0;
}

/// /studio with these conditions; empty ones are left out.
std::string address(std::string const& state, catalog::StudioFilter const& filter, int offset) {
  std::string query;
  auto const add = [&query](std::string_view name, std::string const& value) {
    if (!value.empty()) query += (query.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
  };
  add("state", state);
  add("q", filter.words);
  add("missing", filter.missing);
  add("institution", filter.institution);
  if (offset > 0) add("from", std::to_string(offset));
  return "/studio" + query;
}

Json item_view(App& app, Naming const& naming, catalog::StoryCard const& card) {
  auto const& templates = naming.templates;
  auto const lang = naming.lang;
  auto missing = Json::array();
  for (auto const& key : card.missing) missing.push_back(missing_word(templates, lang, key));
  bool const open = card.state != StoryState::published && card.state != StoryState::withdrawn;
  bool const failed = open && card.processing.state == catalog::ProcessingState::failed;
  std::string poster;
  if (!card.package.empty() && !card.poster.empty() && card.state != StoryState::withdrawn)
    poster = app.identity.preview_prefix(card.package) + card.poster;
  return {{"id", card.id},
          {"title", title_view(templates, lang, card.title, card.id)},
          {"who", joined({card.shown_name, naming.occupation(card.occupation, card.occupation_text), naming.institution(card.institution),
                          naming.unit(card.institution, card.unit)})},
          {"changed", templates.text(lang, "queue.changed", {{"when", format_date_time(card.changed_at, lang)}})},
          {"state", state_word(templates, lang, card.state)},
          {"badge", state_badge(card.state)},
          {"unseen", card.state == StoryState::published && !card.watchable},
          {"poster", poster},
          {"progress", card.processing.state == catalog::ProcessingState::running ? std::to_string(card.processing.percent) + " %" : std::string()},
          {"failure", failed ? error_sentence(templates, lang, {Errc::invalid, card.processing.error_key, {}}) : std::string()},
          {"missing", open ? missing : Json::array()},
          {"has_missing", open && !missing.empty()},
          {"ready", open && missing.empty()}};
}

awaitable<Response> show_queue(App& app, Request& request, PersonPtr person) {
  auto const lang = page_language(request);
  auto const& state = request.query.get("state");
  catalog::StudioFilter filter;
  filter.state = catalog::state_from_name(state);
  filter.institution = request.query.get("institution");
  filter.missing = request.query.get("missing");
  filter.words = request.query.get("q");
  filter.limit = page_size;
  filter.offset = read_offset(request.query.get("from"));
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return std::tuple(c.list_stories(actor, filter), c.count_stories(actor), c.vocabulary()); };
  auto const [list, counts, words] = co_await app.catalog.run(call);
  Naming const naming{app.templates, *words, lang};

  auto page = studio_page("studio", app.templates.text(lang, "queue.title"), person, "queue");
  auto& context = page.context;
  int in_the_works = 0;
  auto tabs = Json::array();
  for (auto const each : states) {
    auto const found = counts.find(each);
    int const count = found == counts.end() ? 0 : found->second;
    if (each != StoryState::withdrawn) in_the_works += count;
    tabs.push_back({{"label", state_word(app.templates, lang, each)},
                    {"count", count},
                    {"href", address(std::string(catalog::state_name(each)), filter, 0)},
                    {"current", filter.state == each}});
  }
  tabs.insert(tabs.begin(), Json{{"label", app.templates.text(lang, "queue.all")}, {"count", in_the_works}, {"href", address({}, filter, 0)}, {"current", !filter.state}});
  context["states"] = tabs;
  context["state"] = filter.state ? state : std::string();
  context["words"] = filter.words;
  auto& missing = context["missing_choices"] = Json::array();
  for (auto const* key : gate_keys)
    missing.push_back({{"key", key}, {"label", missing_word(app.templates, lang, key)}, {"selected", filter.missing == key}});
  context["many_institutions"] = person->institution.empty();
  context["institutions"] = institution_choices(*words, *person, lang, filter.institution);
  auto& items = context["items"] = Json::array();
  for (auto const& card : list.items) items.push_back(item_view(app, naming, card));
  context["has_items"] = !list.items.empty();
  context["filtered"] = filter.state || !filter.words.empty() || !filter.missing.empty() || !filter.institution.empty();
  context["total"] = app.templates.count(lang, "stories.count", list.total);
  std::string const shown_state = filter.state ? state : std::string();
  if (filter.offset > 0) context["previous"] = address(shown_state, filter, std::max(0, filter.offset - page_size));
  if (filter.offset + page_size < list.total) context["next"] = address(shown_state, filter, filter.offset + page_size);
  context["has_pager"] = context.contains("previous") || context.contains("next");
  context["notice"] = notice_of(app, request, {"edit.withdrawn_now"});
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_studio_queue_routes(Router& router, App& app) { router.add(http::verb::get, "/studio", for_staff(app, show_queue)); }

} // namespace tarina::server
