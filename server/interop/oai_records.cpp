#include "server/interop/oai_records.hpp"
#include "server/interop/accessibility.hpp"
#include "server/interop/xml.hpp"
#include "server/pages/player_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

namespace {

constexpr std::string_view dc_space = "http://purl.org/dc/elements/1.1/";
constexpr std::string_view xsi = "http://www.w3.org/2001/XMLSchema-instance";

catalog::LocalText in_all_languages(Templates const& templates, std::string_view key) {
  return {templates.text("fi", key), templates.text("sv", key), templates.text("en", key)};
}

/// The elements that both formats share.
void add_dublin_core(std::string& out, OaiRecordContext const& context, catalog::HarvestItem const& item) {
  auto const& story = *item.record;
  auto const& d = story.details;
  auto const& words = context.vocabulary;
  add_element(out, "dc:identifier", context.origin + "/stories/" + story.id);
  add_local(out, "dc:title", d.title);
  add_filled(out, "dc:creator", d.shown_name);
  for (auto const& code : d.fields)
    if (auto const* field = words.find_field(code)) add_local(out, "dc:subject", field->name);
  if (auto const* title = d.occupation.empty() ? nullptr : words.find_title(d.occupation)) add_local(out, "dc:subject", title->name);
  else add_filled(out, "dc:subject", d.occupation_text);
  if (auto const* qualification = d.qualification.empty() ? nullptr : words.find_qualification(d.qualification)) add_local(out, "dc:subject", qualification->name);
  for (auto const& tag : d.tags) add_filled(out, "dc:subject", tag);
  add_local(out, "dc:description", d.summary.empty() ? d.description : d.summary);
  if (auto const* institution = words.find_institution(d.institution)) add_local(out, "dc:publisher", institution->name);
  if (story.published_at) add_element(out, "dc:date", catalog::to_iso8601(*story.published_at).substr(0, 10));
  add_element(out, "dc:type", story.width > 0 ? "MovingImage" : "Sound"); // DCMI Type Vocabulary
  add_element(out, "dc:format", "text/html");                             // of what the identifier leads to
  for (auto const& language : d.languages) add_element(out, "dc:language", language);
  add_local(out, "dc:rights", in_all_languages(context.templates, "feeds.rights"));
}

void add_author(std::string& out, OaiRecordContext const& context, catalog::StoryDetails const& d) {
  auto const* institution = context.vocabulary.find_institution(d.institution);
  auto const name = institution ? institution->name.in("fi") : std::string{};
  if (d.shown_name.empty() && name.empty()) return;
  out += "<lrmi_fi:author>";
  if (!d.shown_name.empty()) {
    out += "<lrmi_fi:person>";
    add_element(out, "lrmi_fi:name", d.shown_name);
    add_filled(out, "lrmi_fi:affiliation", name);
    out += "</lrmi_fi:person>";
  } else {
    out += "<lrmi_fi:organization>";
    add_element(out, "lrmi_fi:legalName", name);
    out += "</lrmi_fi:organization>";
  }
  out += "</lrmi_fi:author>";
}

void add_alignments(std::string& out, OaiRecordContext const& context, catalog::StoryDetails const& d) {
  auto add = [&out](std::string_view type, std::string const& name, std::string const& framework, std::string const& code) {
    if (name.empty()) return;
    out += "<lrmi_fi:alignmentObject>";
    add_element(out, "lrmi_fi:alignmentType", type);
    add_element(out, "lrmi_fi:targetName", name);
    add_filled(out, "lrmi_fi:targetCode", code);
    add_element(out, "lrmi_fi:educationalFramework", framework);
    out += "</lrmi_fi:alignmentObject>";
  };
  for (auto const& code : d.fields)
    if (auto const* field = context.vocabulary.find_field(code)) add("educationalSubject", field->name.in("fi"), "Kansallinen koulutusluokitus 2016 (ISCED-F 2013)", code);
  if (auto const* qualification = d.qualification.empty() ? nullptr : context.vocabulary.find_qualification(d.qualification))
    add("teaches", qualification->name.in("fi"), "Ammatilliset tutkinnot (koodisto koulutus)", d.qualification);
}

void add_lrmi(std::string& out, OaiRecordContext const& context, catalog::HarvestItem const& item) {
  auto const& story = *item.record;
  auto const& d = story.details;
  if (story.published_at) add_element(out, "lrmi_fi:dateCreated", catalog::to_iso8601(*story.published_at));
  add_element(out, "lrmi_fi:dateModified", catalog::to_iso8601(item.stamp));
  add_element(out, "lrmi_fi:timeRequired", format_iso_duration(story.duration));
  add_author(out, context, d);
  for (auto const& tag : d.tags) {
    out += "<lrmi_fi:about><lrmi_fi:thing>";
    add_element(out, "lrmi_fi:name", tag);
    out += "</lrmi_fi:thing></lrmi_fi:about>";
  }
  out += "<lrmi_fi:material>";
  add_local(out, "lrmi_fi:name", d.title);
  add_element(out, "lrmi_fi:url", context.origin + "/stories/" + story.id);
  add_element(out, "lrmi_fi:position", "0");
  add_element(out, "lrmi_fi:format", "text/html");
  if (!d.languages.empty()) add_element(out, "lrmi_fi:inLanguage", d.languages.front());
  out += "</lrmi_fi:material>";
  if (auto const poster = poster_address(item.stream_key, story.poster); !poster.empty()) add_element(out, "lrmi_fi:thumbnailUrl", context.origin + poster);
  for (auto const* role : {"opiskelija", "opettaja"}) {
    out += "<lrmi_fi:educationalAudience>";
    add_element(out, "lrmi_fi:educationalRole", role);
    out += "</lrmi_fi:educationalAudience>";
  }
  for (auto const& feature : accessibility_features(story.tracks)) add_element(out, "lrmi_fi:accessibilityFeature", feature);
  for (auto const& language : d.languages) add_element(out, "lrmi_fi:inLanguage", language);
  out += "<lrmi_fi:learningResource>";
  add_element(out, "lrmi_fi:educationalLevel", "ammatillinen koulutus");
  add_element(out, "lrmi_fi:learningResourceType", story.width > 0 ? "video" : "audio");
  out += "</lrmi_fi:learningResource>";
  add_alignments(out, context, d);
}

} // namespace

std::vector<OaiFormat> const& oai_formats() {
  static std::vector<OaiFormat> const all{
      {"oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"},
      {"lrmi_fi", "http://dublincore.org/dcx/lrmi-terms/1.1/", "/oai/lrmi_fi.xsd"},
  };
  return all;
}

OaiFormat const* find_oai_format(std::string_view prefix) {
  auto const found = std::find_if(oai_formats().begin(), oai_formats().end(), [prefix](auto const& format) { return format.prefix == prefix; });
  return found == oai_formats().end() ? nullptr : &*found;
}

std::string oai_dc_record(OaiRecordContext const& context, catalog::HarvestItem const& item) {
  auto const& format = *find_oai_format("oai_dc");
  auto out = fmt::format("<oai_dc:dc xmlns:oai_dc=\"{0}\" xmlns:dc=\"{1}\" xmlns:xsi=\"{2}\" xsi:schemaLocation=\"{0} {3}\">", format.space, dc_space, xsi, format.schema);
  add_dublin_core(out, context, item);
  return out + "</oai_dc:dc>";
}

std::string lrmi_fi_record(OaiRecordContext const& context, catalog::HarvestItem const& item) {
  auto const& format = *find_oai_format("lrmi_fi");
  auto out = fmt::format("<lrmi_fi:resource xmlns:lrmi_fi=\"{0}\" xmlns:dc=\"{1}\" xmlns:xsi=\"{2}\" xsi:schemaLocation=\"{0} {3}{4}\">", format.space, dc_space, xsi,
                         escape_xml(context.origin), format.schema);
  add_dublin_core(out, context, item);
  add_lrmi(out, context, item);
  return out + "</lrmi_fi:resource>";
}

} // namespace tarina::server
