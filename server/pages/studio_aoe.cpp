// GET /studio/stories/{id}/aoe: a story's record for the Library of Open Educational Resources (aoe.fi), ready to copy into
// its form, in the order of that form. There a material may be a link, so the video stays here.
#include "catalog/catalog.hpp"
#include "server/interop/accessibility.hpp"
#include "server/pages/staff.hpp"
#include "server/pages/story_view.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;

namespace {

struct Record {
  catalog::LocalText title;             // in any state, for the heading
  std::optional<catalog::Story> story;  // only while it may be told to open catalogs
  std::shared_ptr<catalog::Vocabulary const> words;
};

result<Record> load(catalog::Catalog& catalog, catalog::Actor const& actor, std::string const& id) {
  auto const own = catalog.story(actor, id);
  if (!own) return own.error();
  Record record{own->details.title, std::nullopt, catalog.vocabulary()};
  if (!catalog.access(id, catalog::Use::watch)) return record; // the page that the record would lead to
  if (auto open = catalog.public_story(id, catalog::Use::feeds)) record.story = std::move(*open);
  return record;
}

/// Steps of AOE's form, each with the fields that Tarina knows something for, and the whole as one text.
class AoeForm {
public:
  explicit AoeForm(Naming const& n) : naming(n) {}

  void step(std::string_view key) {
    steps.push_back({{"title", words(key)}, {"fields", Json::array()}});
    whole += (whole.empty() ? "" : "\n") + words(key) + "\n";
  }
  void field(std::string_view key, std::string const& value, std::string_view language = {}) {
    if (value.empty()) return;
    auto label = words(key);
    if (!language.empty()) label += " (" + language_name(language, naming.lang) + ")";
    whole += label + ": " + value + "\n";
    steps.back()["fields"].push_back({{"id", "aoe-" + std::to_string(++count)}, {"label", label}, {"value", value}, {"lang", language.empty() ? Json() : Json(language)}, {"long", value.size() > 48 || value.find('\n') != std::string::npos}});
  }
  void texts(std::string_view key, catalog::LocalText const& text) {
    field(key, text.fi, "fi");
    field(key, text.sv, "sv");
    field(key, text.en, "en");
  }
  std::string const& words(std::string_view key) const { return naming.templates.text(naming.lang, "aoe." + std::string(key)); }

  Json steps = Json::array();
  std::string whole;

private:
  Naming const& naming;
  int count = 0;
};

/// "6 min", as the form's own example; at least one.
std::string minutes_of(catalog::milliseconds length) {
  return std::to_string(std::max<std::int64_t>(1, (length.count() + 30'000) / 60'000)) + " min";
}

std::string keywords_of(Naming const& naming, catalog::StoryDetails const& d) {
  std::vector<std::string> words = d.tags;
  words.push_back(naming.occupation(d.occupation, d.occupation_text));
  for (auto const& code : d.fields) words.push_back(naming.field(code));
  return joined(words, ", ");
}

void fill(AoeForm& form, Naming const& naming, catalog::Story const& story, std::string const& origin) {
  auto const& d = story.details;
  auto const* institution = naming.vocabulary.find_institution(d.institution);
  form.step("step_files");
  form.texts("name", d.title);
  form.field("link", origin + "/stories/" + story.id);
  form.field("language", language_list(d.languages, naming.lang));

  form.step("step_basic");
  form.field("author", d.shown_name);
  if (institution) form.field("organisation", institution->name.in(naming.lang));
  form.field("keywords", keywords_of(naming, d));
  form.field("type", form.words(story.width > 0 ? "type_video" : "type_audio"));
  form.field("audience", form.words("audience_value"));
  form.field("use", form.words("use_value"));
  form.texts("description", d.summary.empty() ? d.description : d.summary);

  form.step("step_education");
  form.field("level", naming.templates.text(naming.lang, "feeds.level"));
  form.field("qualification", naming.qualification(d.qualification));

  form.step("step_more");
  std::vector<std::string> features;
  for (auto const& feature : accessibility_features(story.tracks)) features.push_back(form.words("feature_" + feature));
  form.field("accessibility", joined(features, ", "));
  form.field("time", minutes_of(story.duration));
  form.field("publisher", naming.templates.text(naming.lang, "site.name"));

  form.step("step_licence");
  form.field("licence", form.words("licence_value"));
}

awaitable<Response> show_record(App& app, Request& request, PersonPtr person) {
  auto const id = request.param("id");
  auto const actor = catalog::Actor::of(*person);
  auto call = [&](catalog::Catalog& c) { return load(c, actor, id); };
  auto const record = co_await app.catalog.run(call);
  if (!record) co_return problem(request, record.error());
  auto const lang = page_language(request);
  Naming const naming{app.templates, *record->words, lang};

  auto page = studio_page("studio_aoe", app.templates.text(lang, "aoe.title"), person, "queue");
  page.context["id"] = id;
  page.context["story"] = local_text(record->title, lang);
  page.context["open"] = record->story.has_value();
  if (record->story) {
    AoeForm form(naming);
    fill(form, naming, *record->story, origin_of(app.config, request));
    page.context["steps"] = std::move(form.steps);
    page.context["whole"] = form.whole;
  }
  co_return render_page(app, request, std::move(page));
}

} // namespace

void add_studio_aoe_routes(Router& router, App& app) {
  router.add(http::verb::get, "/studio/stories/{id}/aoe", for_staff(app, show_record));
}

} // namespace tarina::server
