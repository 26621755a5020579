#include "server/pages/fixity_view.hpp"
#include "server/pages/story_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

std::string problem_word(Templates const& templates, std::string_view lang, catalog::FileProblem problem) {
  return templates.text(lang, fmt::format("admin.fixity_{}", problem_name(problem)));
}

/// "v360/00001.m4s: vahingoittunut", the first few and how many more.
std::string troubles(Templates const& templates, std::string_view lang, catalog::Finding const& finding) {
  std::vector<std::string> words;
  for (auto const& trouble : finding.first)
    words.push_back((trouble.name.empty() ? finding.filename : trouble.name) + ": " + problem_word(templates, lang, trouble.problem));
  auto text = joined(words, ", ");
  auto const more = finding.files - static_cast<int>(finding.first.size());
  return more == 0 ? text : text + " " + templates.text(lang, "admin.fixity_more", {{"count", std::to_string(more)}});
}

std::string action(Templates const& templates, std::string_view lang, catalog::Finding const& finding) {
  if (finding.kind == catalog::FixityTarget::Kind::original) return templates.text(lang, "admin.fixity_restore");
  auto const mending = mending_name(finding.mending);
  return templates.text(lang, fmt::format("admin.fixity_mending_{}", mending.empty() ? "none" : mending));
}

bool may_ask_for_repair(catalog::Finding const& finding) {
  using catalog::Mending;
  return finding.kind == catalog::FixityTarget::Kind::package && (finding.mending == Mending::failed || finding.mending == Mending::impossible || finding.mending == Mending::given_up);
}

} // namespace

Json fixity_view(Templates const& templates, std::string_view lang, catalog::FixityFigures const& figures) {
  auto const& walk = figures.finished;
  Json view{{"finished", walk ? format_date_time(*walk->finished_at, lang) : templates.text(lang, "admin.fixity_never")},
            {"files", walk ? fmt::format("{} ({})", walk->files, format_size(walk->bytes, lang)) : std::string()},
            {"damaged", figures.damaged},
            {"missing", figures.missing},
            {"unreadable", figures.unreadable},
            {"under_way", figures.under_way ? fmt::format("{} ({})", figures.under_way->files, format_size(figures.under_way->bytes, lang)) : std::string()}};
  view["has_findings"] = figures.damaged + figures.missing + figures.unreadable > 0;
  return view;
}

Json findings_view(Templates const& templates, std::string_view lang, std::vector<catalog::Finding> const& findings, std::map<std::string, Json> const& names) {
  auto list = Json::array();
  for (auto const& finding : findings) {
    bool const is_original = finding.kind == catalog::FixityTarget::Kind::original;
    auto const named = names.find(finding.story);
    auto const name = named == names.end() ? Json{{"text", finding.story}, {"lang", nullptr}} : named->second;
    list.push_back({{"story", finding.story},
                    {"name", name},
                    {"badge", is_original ? "badge--danger" : "badge--warning"},
                    {"word", templates.text(lang, is_original ? "admin.fixity_original" : "admin.fixity_package")},
                    {"what", troubles(templates, lang, finding)},
                    {"action", action(templates, lang, finding)},
                    {"since", templates.text(lang, "admin.fixity_since", {{"date", format_date_time(finding.found_at, lang)}})},
                    {"package", may_ask_for_repair(finding) ? finding.id : std::string()},
                    {"repair_label", templates.text(lang, "admin.fixity_repair_named", {{"name", name["text"].get<std::string>()}})}});
  }
  return list;
}

} // namespace tarina::server
