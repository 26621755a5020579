// /oai: OAI-PMH 2.0, by GET and POST. Six verbs, oai_dc and lrmi_fi, persistent tombstones; nothing is kept between
// requests. https://www.openarchives.org/OAI/openarchivesprotocol.html
#include "catalog/catalog.hpp"
#include "server/interop/embedded.hpp"
#include "server/interop/interop_routes.hpp"
#include "server/interop/oai_records.hpp"
#include "server/interop/oai_request.hpp"
#include "server/interop/xml.hpp"
#include "server/templates.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

namespace {

constexpr int page_size = 100;

/// The domain of the identifiers: the configured site's, whatever name a request comes by, so that they never change.
std::string repository_domain(Config const& config) {
  auto const scheme_end = config.base_url.find("://");
  auto domain = scheme_end == std::string::npos ? std::string{} : config.base_url.substr(scheme_end + 3);
  domain = domain.substr(0, domain.find_first_of(":/"));
  // The oai-identifier schema wants labels that begin with a letter, and at least two.
  bool label_starts = true, good = domain.find('.') != std::string::npos && !domain.ends_with('.');
  for (char const c : domain) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (label_starts ? !letter : !letter && !(c >= '0' && c <= '9') && c != '-' && c != '.') good = false;
    label_starts = c == '.';
  }
  return good ? domain : "tarina.localhost";
}

struct Oai {
  App& app;
  OaiRequest request;
  std::string origin;
  std::string domain;
  std::string body;
  std::vector<OaiError> errors;

  std::string identifier(std::string const& story) const { return "oai:" + domain + ":" + story; }
  void fail(std::string code, std::string detail) { errors.push_back({std::move(code), std::move(detail)}); }
};

std::string story_of(Oai const& oai) {
  auto const own = oai.identifier("");
  return oai.request.identifier.starts_with(own) ? oai.request.identifier.substr(own.size()) : std::string{};
}

std::string in_seconds(catalog::Time time) { return catalog::to_iso8601(std::chrono::floor<std::chrono::seconds>(time)); }

// --- answers ---------------------------------------------------------------------------------------------------------

void identify(Oai& oai, catalog::Catalog& catalog) {
  auto& out = oai.body;
  auto const& contact = oai.app.config.contact_email;
  add_element(out, "repositoryName", oai.app.templates.text("fi", "site.name"));
  add_element(out, "baseURL", oai.origin + "/oai");
  add_element(out, "protocolVersion", "2.0");
  add_element(out, "adminEmail", contact.empty() ? "postmaster@" + oai.domain : contact); // RFC 5321, 4.5.1: there is always one
  add_element(out, "earliestDatestamp", in_seconds(catalog.earliest_change()));
  add_element(out, "deletedRecord", "persistent");
  add_element(out, "granularity", "YYYY-MM-DDThh:mm:ssZ");
  out += "<description><oai-identifier xmlns=\"http://www.openarchives.org/OAI/2.0/oai-identifier\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
         "xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai-identifier http://www.openarchives.org/OAI/2.0/oai-identifier.xsd\">";
  add_element(out, "scheme", "oai");
  add_element(out, "repositoryIdentifier", oai.domain);
  add_element(out, "delimiter", ":");
  add_element(out, "sampleIdentifier", oai.identifier("2k4x9q7mzt"));
  out += "</oai-identifier></description>";
}

void list_formats(Oai& oai, catalog::Catalog& catalog) {
  if (!oai.request.identifier.empty() && !catalog.harvest_one(story_of(oai))) return oai.fail("idDoesNotExist", "no such item");
  for (auto const& format : oai_formats()) {
    oai.body += "<metadataFormat>";
    add_element(oai.body, "metadataPrefix", format.prefix);
    add_element(oai.body, "schema", format.schema.starts_with('/') ? oai.origin + std::string(format.schema) : std::string(format.schema));
    add_element(oai.body, "metadataNamespace", format.space);
    oai.body += "</metadataFormat>";
  }
}

void list_sets(Oai& oai, catalog::Catalog& catalog) {
  auto const words = catalog.vocabulary();
  auto add = [&oai](std::string const& spec, catalog::LocalText const& name) {
    oai.body += "<set>";
    add_element(oai.body, "setSpec", spec);
    add_element(oai.body, "setName", name.in("fi"));
    oai.body += "<setDescription><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">";
    add_local(oai.body, "dc:title", name);
    oai.body += "</oai_dc:dc></setDescription></set>";
  };
  auto of = [&oai](std::string_view key) { return catalog::LocalText{oai.app.templates.text("fi", key), oai.app.templates.text("sv", key), oai.app.templates.text("en", key)}; };
  add(field_set({}, {}), of("nav.fields"));
  for (auto const& field : words->fields) add(field.parent.empty() ? field_set(field.code, {}) : field_set(field.parent, field.code), field.name);
  add(institution_set({}, {}), of("nav.institutions"));
  for (auto const& institution : words->institutions) {
    add(institution_set(institution.code, {}), institution.name);
    for (auto const& unit : institution.units) add(institution_set(institution.code, unit.code), unit.name);
  }
}

void add_header(Oai& oai, catalog::Vocabulary const& words, catalog::HarvestItem const& item) {
  std::vector<std::string> sets;
  auto add = [&sets](std::string set) {
    if (std::find(sets.begin(), sets.end(), set) == sets.end()) sets.push_back(std::move(set));
  };
  for (auto const& code : item.fields) {
    auto const* field = words.find_field(code);
    auto const broad = field && !field->parent.empty() ? field->parent : code;
    add(field_set(broad, {}));
    if (broad != code) add(field_set(broad, code));
  }
  if (item.erased && oai.request.set.starts_with("field")) add(oai.request.set); // its own are erased, see HarvestQuery
  add(institution_set(item.institution, {}));
  if (!item.unit.empty()) add(institution_set(item.institution, item.unit));
  oai.body += item.deleted ? "<header status=\"deleted\">" : "<header>";
  add_element(oai.body, "identifier", oai.identifier(item.place.story));
  add_element(oai.body, "datestamp", in_seconds(item.stamp));
  for (auto const& set : sets) add_element(oai.body, "setSpec", set);
  oai.body += "</header>";
}

void add_record(Oai& oai, catalog::Vocabulary const& words, catalog::HarvestItem const& item) {
  OaiRecordContext const context{oai.app.templates, words, oai.origin};
  oai.body += "<record>";
  add_header(oai, words, item);
  if (item.record) oai.body += "<metadata>" + (oai.request.prefix == "oai_dc" ? oai_dc_record(context, item) : lrmi_fi_record(context, item)) + "</metadata>";
  oai.body += "</record>";
}

bool knows_format(Oai& oai) {
  if (find_oai_format(oai.request.prefix)) return true;
  oai.fail("cannotDisseminateFormat", "the formats are oai_dc and lrmi_fi");
  return false;
}

void get_record(Oai& oai, catalog::Catalog& catalog) {
  auto const item = catalog.harvest_one(story_of(oai));
  if (!item) oai.fail("idDoesNotExist", "no such item");
  if (knows_format(oai) && item) add_record(oai, *catalog.vocabulary(), *item);
}

void list_items(Oai& oai, catalog::Catalog& catalog) {
  if (!knows_format(oai)) return;
  auto& request = oai.request;
  bool const whole = request.verb == OaiVerb::list_records;
  auto const set = read_set(request.set);
  catalog::HarvestQuery query{read_datestamp(request.from, false), read_datestamp(request.until, true), set.institution, set.unit, set.field, request.after, page_size, whole};
  auto const page = set.fits_nothing ? catalog::HarvestPage{} : catalog.harvest(query);
  if (page.items.empty() && !request.after) return oai.fail("noRecordsMatch", "nothing fits these arguments");
  // What was left of the list may all have changed since, and stands at its end: then this is an empty last part. The schema
  // wants an item, so the token is no longer good.
  if (page.items.empty()) return oai.fail("badResumptionToken", "nothing is left of this list");
  auto const words = catalog.vocabulary();
  for (auto const& item : page.items) {
    if (whole) add_record(oai, *words, item);
    else add_header(oai, *words, item);
  }
  auto const cursor = std::to_string(request.cursor);
  auto const size = std::to_string(std::max<std::int64_t>(page.total, request.cursor + static_cast<std::int64_t>(page.items.size())));
  if (page.more) {
    request.after = page.items.back().place;
    request.cursor += static_cast<std::int64_t>(page.items.size());
    add_element(oai.body, "resumptionToken", make_token(request), {{"completeListSize", size}, {"cursor", cursor}});
  } else if (request.after) {
    add_element(oai.body, "resumptionToken", "", {{"completeListSize", size}, {"cursor", cursor}}); // an empty one ends the list
  }
}

void answer_verb(Oai& oai, catalog::Catalog& catalog) {
  switch (oai.request.verb) {
  case OaiVerb::identify: return identify(oai, catalog);
  case OaiVerb::list_metadata_formats: return list_formats(oai, catalog);
  case OaiVerb::list_sets: return list_sets(oai, catalog);
  case OaiVerb::get_record: return get_record(oai, catalog);
  case OaiVerb::list_identifiers:
  case OaiVerb::list_records: return list_items(oai, catalog);
  }
}

std::string whole_answer(Oai const& oai, std::string const& asked_at, std::vector<std::pair<std::string, std::string>> const& echo) {
  std::string out(xml_declaration);
  out += "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
         "xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\">\n";
  add_element(out, "responseDate", asked_at);
  out += "\n<request";
  for (auto const& [name, value] : echo) out += fmt::format(" {}=\"{}\"", name, escape_xml(value));
  out += ">" + escape_xml(oai.origin + "/oai") + "</request>\n";
  for (auto const& error : oai.errors) add_element(out, "error", error.detail, {{"code", error.code}});
  if (oai.errors.empty()) out += fmt::format("<{0}>{1}</{0}>", oai_verb_name(oai.request.verb), oai.body);
  return out + "\n</OAI-PMH>\n";
}

awaitable<Response> answer_harvester(App& app, Request& request, FormValues const& arguments) {
  // Taken before the record is read: who asks again from this time on misses nothing.
  auto const asked_at = in_seconds(catalog::system_clock()());
  auto parsed = parse_oai(arguments);
  Oai oai{app, std::move(parsed.request), origin_of(app.config, request), repository_domain(app.config), {}, std::move(parsed.errors)};
  if (oai.errors.empty()) {
    auto call = [&oai](catalog::Catalog& c) { answer_verb(oai, c); };
    co_await app.catalog.run(call);
  }
  co_return text(whole_answer(oai, asked_at, parsed.echo), "text/xml; charset=utf-8");
}

awaitable<Response> get_oai(App& app, Request& request) { co_return co_await answer_harvester(app, request, request.query); }

awaitable<Response> post_oai(App& app, Request& request) {
  auto const form = co_await read_form(request);
  if (!form) co_return problem(request, form.error());
  co_return co_await answer_harvester(app, request, *form);
}

awaitable<Response> show_schema() {
  co_return text(std::string(embedded_file("lrmi_fi.xsd")), "application/xml; charset=utf-8");
}

} // namespace

void add_oai_routes(Router& router, App& app) {
  router.add(http::verb::get, "/oai", [&app](Request& r) { return get_oai(app, r); });
  router.add(http::verb::post, "/oai", [&app](Request& r) { return post_oai(app, r); });
  router.add(http::verb::get, "/oai/lrmi_fi.xsd", [](Request&) { return show_schema(); });
}

} // namespace tarina::server
