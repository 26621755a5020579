// OAI-PMH as a harvester meets it. interop.test.mjs validates the answers against the official schemas.
#include "worker_fixture.hpp"
#include "server/interop/oai_request.hpp"
#include "server/interop/xml.hpp"

using namespace fixture;

namespace {

std::string ask(Site& site, std::string const& arguments) {
  auto const answer = fetch(site.port(), "GET", "/oai" + (arguments.empty() ? "" : "?" + arguments));
  CHECK(answer.status == 200);
  CHECK(answer["content-type"] == "text/xml; charset=utf-8");
  return answer.body;
}

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

std::string code_of(std::string const& body) {
  auto const at = body.find("<error code=\"");
  return at == std::string::npos ? std::string{} : body.substr(at + 13, body.find('"', at + 13) - at - 13);
}

void agree(Site& site, std::string const& story, catalog::Uses uses) {
  catalog::NewConsent consent{uses, "1", std::string(64, 'a'), "fi"};
  REQUIRE(site.catalog().give_consent(catalog::Actor::teller(story), story, consent));
}

std::string deleted(std::string const& story) { return "<header status=\"deleted\"><identifier>oai:tarina.localhost:" + story + "</identifier>"; }

} // namespace

TEST_CASE("a harvester hears of stories agreed to for feeds, and of nothing else") {
  Site site;
  auto const open = published_story(site);
  auto const closed = published_story(site);
  auto const unwatchable = published_story(site);
  auto const draft = site.make_story();
  auto const review = uploaded_story(site);
  agree(site, closed, {.watch = true, .class_download = true, .embed = true, .feeds = false});
  agree(site, unwatchable, {.watch = false, .class_download = true, .embed = true, .feeds = true});
  for (std::string const verb : {"ListRecords", "ListIdentifiers"}) {
    for (std::string const prefix : {"oai_dc", "lrmi_fi"}) {
      auto const body = ask(site, "verb=" + verb + "&metadataPrefix=" + prefix);
      CHECK(holds(body, "oai:tarina.localhost:" + open));
      CHECK_FALSE(holds(body, draft));
      CHECK_FALSE(holds(body, review));
      CHECK(holds(body, deleted(closed))); // was told of once
      CHECK(holds(body, deleted(unwatchable)));
    }
  }
  auto const record = ask(site, "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:tarina.localhost:" + open);
  CHECK(holds(record, "<dc:title xml:lang=\"fi\">Näin minusta tuli lähihoitaja</dc:title>"));
  CHECK(holds(record, "/stories/" + open + "</dc:identifier>"));
  CHECK(code_of(ask(site, "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:tarina.localhost:" + draft)) == "idDoesNotExist");
}

TEST_CASE("a story that was never agreed to for feeds leaves no tombstone") {
  Site site;
  auto const story = uploaded_story(site);
  agree(site, story, {.watch = true, .class_download = true, .embed = true, .feeds = false});
  Worker(site).work_until_ready();
  REQUIRE(site.catalog().publish(catalog::Actor::system(), story));
  CHECK(code_of(ask(site, "verb=ListIdentifiers&metadataPrefix=oai_dc")) == "noRecordsMatch");
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  CHECK(code_of(ask(site, "verb=ListIdentifiers&metadataPrefix=oai_dc")) == "noRecordsMatch");
}

TEST_CASE("a withdrawn story stays as a tombstone in its sets, also when it is erased, and says nothing more") {
  Site site;
  auto const story = published_story(site);
  auto const institution = site.catalog().vocabulary()->institutions.front().code;
  auto const& field = site.catalog().vocabulary()->fields.front().code;
  auto const lists = [&](std::string const& set) { return ask(site, "verb=ListRecords&metadataPrefix=lrmi_fi&set=" + set); };
  CHECK(holds(lists("field:" + field), "Näin minusta tuli"));
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  CHECK(holds(lists("field:" + field), deleted(story)));
  REQUIRE(site.catalog().erase_now(catalog::Actor::teller(story), story));
  site.catalog().pending_erasures();
  site.catalog().finish_erasure(story);
  REQUIRE(site.catalog().tombstone(story)->erased_at);
  for (auto const& set : {"field:" + field, std::string("field:09"), std::string("field"), "institution:" + institution}) {
    INFO(set);
    CHECK(holds(lists(set), deleted(story)));
    CHECK(holds(lists(set), "<setSpec>" + set + "</setSpec>"));
    CHECK_FALSE(holds(lists(set), "Näin minusta tuli"));
  }
  CHECK(code_of(lists("institution:luovi")) == "noRecordsMatch");
  auto const record = ask(site, "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:tarina.localhost:" + story);
  CHECK(holds(record, deleted(story)));
  CHECK_FALSE(holds(record, "<metadata>"));
}

TEST_CASE("an unpublished story becomes a tombstone, and a record again once it is published") {
  Site site;
  auto const story = published_story(site);
  REQUIRE(site.catalog().unpublish(catalog::Actor::system(), story));
  CHECK(holds(ask(site, "verb=ListIdentifiers&metadataPrefix=oai_dc"), deleted(story)));
  REQUIRE(site.catalog().publish(catalog::Actor::system(), story));
  auto const body = ask(site, "verb=ListIdentifiers&metadataPrefix=oai_dc");
  CHECK(holds(body, "<header><identifier>oai:tarina.localhost:" + story));
}

TEST_CASE("every mistake of a harvester has the protocol's code, and no arguments are echoed for a bad one") {
  Site site;
  auto const story = published_story(site);
  std::string const dc = "verb=ListRecords&metadataPrefix=oai_dc";
  std::vector<std::pair<std::string, std::string>> const cases{
      {"", "badVerb"},
      {"verb=Nothing", "badVerb"},
      {"verb=identify", "badVerb"},
      {"verb=Identify&verb=Identify", "badVerb"},
      {"verb=Identify&extra=1", "badArgument"},
      {"verb=ListRecords", "badArgument"},
      {"verb=GetRecord&identifier=oai:tarina.localhost:" + story, "badArgument"},
      {"verb=GetRecord&metadataPrefix=oai_dc", "badArgument"},
      {"verb=GetRecord&metadataPrefix=oai_dc&identifier=not%20a%20uri", "badArgument"},
      {dc + "&metadataPrefix=oai_dc", "badArgument"},
      {dc + "&from=yesterday", "badArgument"},
      {dc + "&from=2026-02-30", "badArgument"},
      {dc + "&from=2026-01-01T00:00:00", "badArgument"},
      {dc + "&from=2026-01-01T24:00:00Z", "badArgument"},
      {dc + "&from=2026-01-02&until=2026-01-01", "badArgument"},
      {dc + "&from=2026-01-01&until=2026-01-02T00:00:00Z", "badArgument"},
      {dc + "&set=a::b", "badArgument"},
      {dc + "&set=", "badArgument"},
      {"verb=ListRecords&metadataPrefix=a%20b", "badArgument"},
      {dc + "&resumptionToken=x", "badArgument"},
      {"verb=ListRecords&resumptionToken=x", "badResumptionToken"},
      {"verb=ListRecords&resumptionToken=%3Cx%3E%22", "badResumptionToken"},
      {"verb=ListSets&resumptionToken=x", "badResumptionToken"},
      {"verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"},
      {"verb=GetRecord&metadataPrefix=marc21&identifier=oai:tarina.localhost:" + story, "cannotDisseminateFormat"},
      {"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:elsewhere.example:" + story, "idDoesNotExist"},
      {"verb=GetRecord&metadataPrefix=oai_dc&identifier=urn:x:y", "idDoesNotExist"},
      {"verb=ListMetadataFormats&identifier=oai:tarina.localhost:nothing", "idDoesNotExist"},
      {dc + "&until=2001-01-01", "noRecordsMatch"},
      {dc + "&from=2999-01-01", "noRecordsMatch"},
      {dc + "&set=nothing", "noRecordsMatch"},
      {dc + "&set=field:05:091", "noRecordsMatch"},
  };
  for (auto const& [arguments, code] : cases) {
    INFO(arguments);
    auto const body = ask(site, arguments);
    CHECK(code_of(body) == code);
    CHECK(holds(body, code == "badVerb" || code == "badArgument" ? "<request>" : "<request verb="));
  }
}

TEST_CASE("a harvester may post its arguments") {
  Site site;
  auto const story = published_story(site);
  std::string const form = "Content-Type: application/x-www-form-urlencoded\r\n";
  auto const answer = fetch(site.port(), "POST", "/oai", form, "verb=ListIdentifiers&metadataPrefix=oai_dc");
  CHECK(answer.status == 200);
  CHECK(holds(answer.body, story));
  CHECK(code_of(fetch(site.port(), "POST", "/oai?verb=Identify", form, "").body) == "badVerb");
  CHECK(fetch(site.port(), "POST", "/oai", "Content-Type: text/plain\r\n", "verb=Identify").status == 415);
}

TEST_CASE("a token holds the whole request, and one that was touched is none") {
  server::OaiRequest request;
  request.verb = server::OaiVerb::list_records;
  request.prefix = "oai_dc";
  request.set = "field:09";
  request.from = "2026-11-24";
  request.after = catalog::HarvestPlace{catalog::Time(std::chrono::milliseconds(1'764'000'000'123)), "abc123"};
  request.cursor = 100;
  auto const token = server::make_token(request);
  auto const read = [](std::string const& verb, std::string const& text) { return server::parse_oai(server::FormValues("verb=" + verb + "&resumptionToken=" + text)); };
  auto const back = read("ListRecords", token);
  REQUIRE(back.errors.empty());
  CHECK(back.request.set == "field:09");
  CHECK(back.request.from == "2026-11-24");
  CHECK(back.request.after->story == "abc123");
  CHECK(back.request.after->changed_at == request.after->changed_at);
  CHECK(back.request.cursor == 100);
  CHECK(read("ListIdentifiers", token).errors.at(0).code == "badResumptionToken");
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (i + 6 < token.size()) CHECK(read("ListRecords", token.substr(0, i)).errors.size() == 1); // later only the cursor gets shorter
    auto changed = token;
    changed[i] = '~';
    CHECK(read("ListRecords", changed).errors.size() == 1);
  }
}

TEST_CASE("days reach to their last second") {
  using server::read_datestamp;
  CHECK(catalog::to_iso8601(*read_datestamp("2026-11-24", false)) == "2026-11-24T00:00:00Z");
  CHECK(catalog::to_iso8601(*read_datestamp("2026-11-24", true)) == "2026-11-24T23:59:59Z");
  CHECK(catalog::to_iso8601(*read_datestamp("2026-11-24T15:00:01Z", true)) == "2026-11-24T15:00:01Z");
  CHECK_FALSE(read_datestamp("2026-11", false));
  CHECK_FALSE(read_datestamp("", false));
}

TEST_CASE("what XML cannot hold is left out and the rest is escaped") {
  CHECK(server::escape_xml("a<b>&\"c\x01\x0B\x1F\x7F") == "a&lt;b&gt;&amp;&quot;c\x7F");
  CHECK(server::escape_xml("x\xEF\xBF\xBEy\xEF\xBF\xBFz\xEF\xBF\xBD") == "xyz\xEF\xBF\xBD");
  CHECK(server::escape_xml("bad \xC3( \xFF") == "bad \xEF\xBF\xBD( \xEF\xBF\xBD");
  CHECK(server::escape_xml("ääni 𝄞\r\n") == "ääni 𝄞&#13;&#10;");
}
