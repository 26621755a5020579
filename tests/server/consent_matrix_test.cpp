// Every combination of uses, in every state: which doors show a story. One table says it for all of them.
#include "worker_fixture.hpp"
#include <set>

using namespace fixture;

namespace {

/// Every asset that the web build would make, under its plain name.
void name_all_assets(server::Config& config) {
  nlohmann::json manifest{{"mark.svg", "/assets/mark.svg"}, {"text.woff2", "/assets/text.woff2"}};
  auto const web = fs::path(tarina_source_dir) / "web";
  for (auto const& [folder, ending] : {std::pair("src", ".js"), std::pair("styles", ".css")})
    for (auto const& entry : fs::directory_iterator(web / folder))
      if (entry.is_regular_file()) {
        auto const name = entry.path().stem().native() + ending;
        manifest[name] = "/assets/" + name;
      }
  std::ofstream(config.web / "dist" / "manifest.json") << manifest;
}

/// A door shows a story when the answer at `path` is 200 and holds `sign`; "{id}" stands for the story.
struct Door {
  std::string name;
  std::string path;
  std::string sign;
  std::function<bool(catalog::Uses const&)> agreed;
};

bool watch(catalog::Uses const& u) { return u.watch; }
bool in_class(catalog::Uses const& u) { return u.class_download; }
bool embed(catalog::Uses const& u) { return u.embed; }
bool feeds(catalog::Uses const& u) { return u.feeds && u.watch; } // what catalogs point at is the watch page
bool feeds_and_embed(catalog::Uses const& u) { return feeds(u) && u.embed; }
bool watch_and_embed(catalog::Uses const& u) { return u.watch && u.embed; }

std::vector<Door> const doors{
    {"watch page", "/stories/{id}", "<h1", watch},
    {"search page", "/stories", "href=\"/stories/{id}\"", watch},
    {"search API", "/api/v1/stories?limit=100", "\"id\":\"{id}\"", watch},
    {"story API", "/api/v1/stories/{id}", "\"id\":\"{id}\"", watch},
    {"moments API", "/api/v1/stories/{id}/moments?q=hoitaja", "{\"moments\"", watch},
    {"class page", "/class/{id}", "<video", in_class},
    {"embed", "/embed/{id}", "<video", embed},
    {"oEmbed JSON", "/oembed?url=http://localhost/stories/{id}", "/embed/{id}", embed},
    {"oEmbed XML", "/oembed?format=xml&url=http://localhost/stories/{id}", "/embed/{id}", embed},
    {"oEmbed discovery", "/stories/{id}", "application/json+oembed", watch_and_embed},
    {"JSON-LD", "/stories/{id}", "application/ld+json", feeds},
    {"JSON-LD player", "/stories/{id}", "\"embedUrl\"", feeds_and_embed},
    {"JSON-LD stream", "/stories/{id}", "/main.m3u8\",\"", feeds_and_embed},
    {"OpenGraph player", "/stories/{id}", "property=\"og:video\"", feeds_and_embed},
    {"RSS", "/feeds/stories.rss", "/stories/{id}</link>", feeds},
    {"RSS player", "/feeds/stories.rss", "/embed/{id}\"", feeds_and_embed},
    {"sitemap", "/sitemap.xml", "/stories/{id}</loc>", feeds},
    {"sitemap player", "/sitemap.xml", "/embed/{id}</video:player_loc>", feeds_and_embed},
    {"CSV", "/stories.csv", "/stories/{id}\"", feeds},
    {"JSON export", "/stories.json", "\"id\":\"{id}\"", feeds},
    {"OAI-PMH", "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc", "<header><identifier>oai:tarina.localhost:{id}</identifier>", feeds},
};
constexpr char forget_sign[] = "<header status=\"deleted\"><identifier>oai:tarina.localhost:{id}</identifier>";

std::string filled(std::string text, std::string const& id) {
  for (auto at = text.find("{id}"); at != std::string::npos; at = text.find("{id}")) text.replace(at, 4, id);
  return text;
}

std::set<std::string> open_doors(Site& site, std::string const& id) {
  std::set<std::string> open;
  for (auto const& door : doors) {
    auto const answer = fetch(site.port(), "GET", filled(door.path, id));
    CHECK(answer.status < 500);
    if (answer.status == 200 && answer.body.find(filled(door.sign, id)) != std::string::npos) open.insert(door.name);
  }
  return open;
}

std::set<std::string> agreed_doors(catalog::Uses const& uses) {
  std::set<std::string> agreed;
  for (auto const& door : doors)
    if (door.agreed(uses)) agreed.insert(door.name);
  return agreed;
}

bool told_to_forget(Site& site, std::string const& id) {
  auto const answer = fetch(site.port(), "GET", "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc");
  return answer.body.find(filled(forget_sign, id)) != std::string::npos;
}

struct Case {
  catalog::Uses uses;
  std::string id;
};

void agree(Site& site, std::string const& id, catalog::Uses const& uses) {
  catalog::NewConsent consent;
  consent.uses = uses;
  consent.text_version = "1";
  consent.text_hash = std::string(64, 'a');
  consent.language = "fi";
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(id), id, consent));
}

std::vector<Case> make_cases(Site& site) {
  std::vector<Case> cases;
  for (unsigned bits = 1; bits < 16; ++bits) {
    Case made{{.watch = (bits & 1) != 0, .class_download = (bits & 2) != 0, .embed = (bits & 4) != 0, .feeds = (bits & 8) != 0}, uploaded_story(site)};
    Worker(site).work_until_ready();
    cases.push_back(std::move(made));
  }
  return cases;
}

std::string words_for(catalog::Uses const& uses) {
  std::string words;
  for (auto const use : catalog::consent_uses)
    if (uses.allows(use)) words += std::string(catalog::use_name(use)) + " ";
  return words;
}

} // namespace

TEST_CASE("every door shows exactly the stories that are published and agreed to for it") {
  Site site(name_all_assets);
  auto const cases = make_cases(site);
  auto const system = catalog::Actor::system();
  std::set<std::string> const none;
  catalog::Uses const only_watch{.watch = true};
  for (auto const& one : cases) {
    INFO("in review, agreed to: " << words_for(one.uses));
    agree(site, one.id, one.uses);
    CHECK(open_doors(site, one.id) == none);
    agree(site, one.id, only_watch); // nothing is published that may not be watched; the other uses may outlive that one
    REQUIRE(site.catalog().publish(system, one.id));
    agree(site, one.id, one.uses);
  }
  for (auto const& one : cases) {
    INFO("published, agreed to: " << words_for(one.uses));
    CHECK(open_doors(site, one.id) == agreed_doors(one.uses));
    CHECK_FALSE(told_to_forget(site, one.id));
    REQUIRE(site.catalog().unpublish(system, one.id));
  }
  for (auto const& one : cases) {
    INFO("taken back, agreed to: " << words_for(one.uses));
    CHECK(open_doors(site, one.id) == none);
    CHECK(told_to_forget(site, one.id) == feeds(one.uses)); // who never heard of it hears nothing now
    REQUIRE(site.catalog().publish(system, one.id).has_value() == one.uses.watch);
    CHECK(open_doors(site, one.id) == (one.uses.watch ? agreed_doors(one.uses) : none));
    REQUIRE(site.catalog().withdraw(catalog::Actor::teller(one.id), one.id));
  }
  for (auto const& one : cases) {
    INFO("withdrawn, agreed to: " << words_for(one.uses));
    CHECK(open_doors(site, one.id) == none);
    CHECK(told_to_forget(site, one.id) == feeds(one.uses));
  }
}
