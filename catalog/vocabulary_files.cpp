#include "catalog/vocabulary_tables.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace tarina::catalog {

std::vector<std::pair<std::string_view, std::string_view>> const& embedded_vocabularies(); // made from data/ by the build

namespace {

std::string_view file(std::string_view wanted) {
  for (auto const& [name, content] : embedded_vocabularies())
    if (name == wanted) return content;
  throw std::runtime_error("no vocabulary file " + std::string(wanted));
}

std::vector<std::string_view> split(std::string_view line, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto const end = line.find(at);
    parts.push_back(line.substr(0, end));
    if (end == line.npos) return parts;
    line.remove_prefix(end + 1);
  }
}

std::string trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \r");
  return first == text.npos ? std::string() : std::string(text.substr(first, text.find_last_not_of(" \r") - first + 1));
}

/// Rows of a tab-separated file after its header, each of exactly the header's width.
std::vector<std::vector<std::string>> table(std::string_view name) {
  std::vector<std::vector<std::string>> rows;
  std::size_t width = 0;
  int number = 0;
  for (auto line : split(file(name), '\n')) {
    ++number;
    if (line.empty()) continue;
    auto const parts = split(line, '\t');
    if (width == 0) {
      width = parts.size();
      continue;
    }
    if (parts.size() != width) throw std::runtime_error(fmt::format("{}:{}: {} columns instead of {}", name, number, parts.size(), width));
    auto& row = rows.emplace_back();
    for (auto part : parts) row.push_back(trimmed(part));
  }
  return rows;
}

Mark mark(std::string const& letter) {
  if (letter == "V") return Mark::verified;
  if (letter == "I") return Mark::inferred;
  if (letter == "D") return Mark::derived;
  throw std::runtime_error("unknown status mark " + letter);
}

LocalText local(nlohmann::json const& j) { return {j.value("fi", ""), j.value("sv", ""), j.value("en", "")}; }

Unit read_unit(nlohmann::json const& j) {
  Unit u;
  u.code = j.at("code");
  u.name = local(j.at("name"));
  u.number = j.value("number", "");
  u.oid = j.value("oid", "");
  u.kind = j.at("kind");
  u.valid_from = j.value("valid_from", "");
  u.valid_to = j.value("valid_to", "");
  u.mark = mark(j.at("mark"));
  return u;
}

Institution read_institution(nlohmann::json const& j) {
  Institution i;
  i.code = j.at("code");
  i.name = local(j.at("name"));
  i.short_name = j.value("short_name", "");
  i.numbers = j.at("numbers").get<std::vector<std::string>>();
  i.oid = j.value("oid", "");
  i.provider = j.value("provider", "");
  i.provider_id = j.value("provider_id", "");
  i.website = j.value("website", "");
  i.valid_from = j.value("valid_from", "");
  i.valid_to = j.value("valid_to", "");
  i.mark = mark(j.at("mark"));
  i.note = j.value("note", "");
  for (auto const& unit : j.at("units")) i.units.push_back(read_unit(unit));
  return i;
}

template <class T> void demand_unique(std::vector<T> const& all, std::string_view what) {
  std::set<std::string_view> seen;
  for (auto const& entry : all)
    if (!seen.insert(entry.code).second) throw std::runtime_error(fmt::format("{} {} is there twice", what, entry.code));
}

} // namespace

Vocabulary read_vocabulary_files() {
  Vocabulary v;
  for (auto& r : table("fields.tsv")) v.fields.push_back({r[0], r[1], {r[2], r[3], r[4]}});
  for (auto& r : table("qualifications.tsv")) v.qualifications.push_back({r[0], {r[1], r[2], r[3]}, r[4], r[5], mark(r[6]), mark(r[7])});
  for (auto& r : table("titles.tsv")) v.titles.push_back({r[0], {r[1], r[2], r[3]}, r[4]});
  for (auto const& j : nlohmann::json::parse(file("institutions.json"))) v.institutions.push_back(read_institution(j));
  demand_unique(v.fields, "field");
  demand_unique(v.qualifications, "qualification");
  demand_unique(v.titles, "title");
  demand_unique(v.institutions, "institution");
  for (auto const& q : v.qualifications)
    for (auto const& code : {q.broad_field, q.narrow_field})
      if (!code.empty() && !v.find_field(code)) throw std::runtime_error("qualification " + q.code + " names the unknown field " + code);
  return v;
}

} // namespace tarina::catalog
