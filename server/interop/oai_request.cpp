#include "server/interop/oai_request.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <array>
#include <charconv>
#include <sodium.h>

namespace tarina::server {
namespace {

struct VerbRule {
  OaiVerb verb;
  std::string_view name;
  std::vector<std::string_view> required, optional;
  bool resumes = false;
};

std::array<VerbRule, 6> const& rules() {
  static std::array<VerbRule, 6> const all{{
      {OaiVerb::identify, "Identify", {}, {}},
      {OaiVerb::list_metadata_formats, "ListMetadataFormats", {}, {"identifier"}},
      {OaiVerb::list_sets, "ListSets", {}, {}, true},
      {OaiVerb::get_record, "GetRecord", {"identifier", "metadataPrefix"}, {}},
      {OaiVerb::list_identifiers, "ListIdentifiers", {"metadataPrefix"}, {"from", "until", "set"}, true},
      {OaiVerb::list_records, "ListRecords", {"metadataPrefix"}, {"from", "until", "set"}, true},
  }};
  return all;
}

VerbRule const& rule_of(OaiVerb verb) {
  return *std::find_if(rules().begin(), rules().end(), [verb](auto const& rule) { return rule.verb == verb; });
}

bool has(std::vector<std::string_view> const& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// The letters of metadataPrefix and of the parts of a setSpec in the schema.
bool is_name(std::string_view text) {
  std::string_view const marks = "-_.!~*'()";
  return !text.empty() && std::all_of(text.begin(), text.end(), [marks](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || marks.find(c) != marks.npos;
  });
}

std::vector<std::string> parts(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    auto const end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool is_set_spec(std::string_view text) {
  auto const names = parts(text, ':');
  return std::all_of(names.begin(), names.end(), is_name);
}

/// What the schema takes as an anyURI without argument: RFC 3986 characters and whole escapes.
bool is_uri(std::string_view text) { return !text.empty() && percent_decode(text) && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#@!$&'()*+,;=%") == text.npos; }

template <class Int> std::optional<Int> number(std::string_view text) {
  Int value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string wrong_dates(OaiRequest const& request) {
  auto const from = read_datestamp(request.from, false);
  auto const until = read_datestamp(request.until, true);
  if (!request.from.empty() && !from) return "from is no UTC date as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ";
  if (!request.until.empty() && !until) return "until is no UTC date as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ";
  if (from && until && request.from.size() != request.until.size()) return "from and until must have the same granularity";
  if (from && until && *from > *until) return "from is later than until";
  return {};
}

/// What is wrong with the arguments' values.
std::string wrong_values(OaiRequest const& request) {
  if (!request.prefix.empty() && !is_name(request.prefix)) return "metadataPrefix has characters that no prefix has";
  if (!request.set.empty() && !is_set_spec(request.set)) return "set is no setSpec";
  if (!request.identifier.empty() && !is_uri(request.identifier)) return "identifier is no URI";
  return wrong_dates(request);
}

constexpr std::string_view token_version = "1";

/// The request a token stands for; nothing when it is not one of ours.
std::optional<OaiRequest> read_token(std::string const& token, OaiVerb verb) {
  std::string plain(token.size() + 1, '\0');
  std::size_t size = 0;
  char const* end = nullptr;
  if (token.size() > 2000 || sodium_base642bin(reinterpret_cast<unsigned char*>(plain.data()), plain.size(), token.data(), token.size(), nullptr, &size, &end,
                                               sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || end != token.data() + token.size())
    return std::nullopt;
  plain.resize(size);
  auto const fields = parts(plain, '\n');
  if (fields.size() != 9 || fields[0] != token_version || fields[1] != oai_verb_name(verb)) return std::nullopt;
  OaiRequest request;
  request.verb = verb;
  request.prefix = fields[2];
  request.set = fields[3];
  request.from = fields[4];
  request.until = fields[5];
  auto const changed = number<std::int64_t>(fields[6]);
  auto const cursor = number<std::int64_t>(fields[8]);
  if (!changed || !cursor || !is_name(fields[7]) || !is_name(request.prefix) || !wrong_values(request).empty()) return std::nullopt;
  request.after = catalog::HarvestPlace{catalog::Time(std::chrono::milliseconds(*changed)), fields[7]};
  request.cursor = *cursor;
  return request;
}

} // namespace

std::string_view oai_verb_name(OaiVerb verb) { return rule_of(verb).name; }

std::string make_token(OaiRequest const& r) {
  std::string plain(token_version);
  for (auto const& part : {std::string(oai_verb_name(r.verb)), r.prefix, r.set, r.from, r.until, std::to_string(r.after->changed_at.time_since_epoch().count()), r.after->story, std::to_string(r.cursor)})
    plain += "\n" + part;
  std::string token(sodium_base64_ENCODED_LEN(plain.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(token.data(), token.size(), reinterpret_cast<unsigned char const*>(plain.data()), plain.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  token.pop_back(); // its NUL
  return token;
}

OaiParsed parse_oai(FormValues const& arguments) {
  OaiParsed parsed;
  auto fail = [&parsed](std::string code, std::string detail) {
    parsed.errors.push_back({std::move(code), std::move(detail)});
    return parsed;
  };
  auto const verbs = arguments.all("verb");
  if (verbs.size() != 1) return fail("badVerb", verbs.empty() ? "the argument verb is missing" : "the argument verb is repeated");
  auto const rule = std::find_if(rules().begin(), rules().end(), [&](auto const& r) { return r.name == verbs.front(); });
  if (rule == rules().end()) return fail("badVerb", "no such verb");
  auto& request = parsed.request;
  request.verb = rule->verb;

  for (auto const& [name, value] : arguments.pairs()) {
    bool const known = name == "verb" || has(rule->required, name) || has(rule->optional, name) || (rule->resumes && name == "resumptionToken");
    if (!known) parsed.errors.push_back({"badArgument", "this verb knows no such argument: " + name});
    else if (arguments.all(name).size() > 1) return fail("badArgument", "an argument is repeated: " + name);
    else if (value.empty()) parsed.errors.push_back({"badArgument", "an argument is empty: " + name});
  }
  if (!parsed.errors.empty()) return parsed;
  if (arguments.has("resumptionToken")) {
    if (arguments.pairs().size() > 2) return fail("badArgument", "resumptionToken stands alone beside verb");
    parsed.echo = arguments.pairs();
    auto resumed = read_token(arguments.get("resumptionToken"), rule->verb);
    if (!resumed || !rule->resumes) return fail("badResumptionToken", "this token was not given out here");
    request = std::move(*resumed);
    return parsed;
  }
  for (auto const name : rule->required)
    if (!arguments.has(name)) parsed.errors.push_back({"badArgument", "an argument is missing: " + std::string(name)});
  request.identifier = arguments.get("identifier");
  request.prefix = arguments.get("metadataPrefix");
  request.set = arguments.get("set");
  request.from = arguments.get("from");
  request.until = arguments.get("until");
  if (auto const wrong = wrong_values(request); !wrong.empty()) parsed.errors.push_back({"badArgument", wrong});
  if (parsed.errors.empty()) parsed.echo = arguments.pairs();
  return parsed;
}

OaiSet read_set(std::string_view set_spec) {
  OaiSet set;
  if (set_spec.empty()) return set;
  auto names = parts(set_spec, ':');
  names.resize(4);
  if (!names[3].empty()) set.fits_nothing = true;
  else if (names[0] == "field") {
    set.field = names[2].empty() ? names[1] : names[2];
    if (!names[2].empty() && !names[2].starts_with(names[1])) set.fits_nothing = true;
  } else if (names[0] == "institution") {
    set.institution = names[1];
    set.unit = names[2];
  } else set.fits_nothing = true;
  return set;
}

std::string field_set(std::string_view broad, std::string_view narrow) {
  std::string set = "field";
  if (!broad.empty()) set.append(":").append(broad);
  if (!narrow.empty()) set.append(":").append(narrow);
  return set;
}

std::string institution_set(std::string_view institution, std::string_view unit) {
  std::string set = "institution";
  if (!institution.empty()) set.append(":").append(institution);
  if (!unit.empty()) set.append(":").append(unit);
  return set;
}

std::optional<catalog::Time> read_datestamp(std::string_view text, bool end) {
  using namespace std::chrono;
  auto const shape = std::string_view("dddd-dd-ddTdd:dd:ddZ").substr(0, text.size() == 10 ? 10 : 20);
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return std::nullopt;
  auto at = [text](std::size_t from, std::size_t count) { return *number<int>(text.substr(from, count)); };
  year_month_day const date{year(at(0, 4)), month(static_cast<unsigned>(at(5, 2))), day(static_cast<unsigned>(at(8, 2)))};
  if (!date.ok()) return std::nullopt;
  if (text.size() == 10) return catalog::Time(sys_days(date)) + (end ? days(1) - seconds(1) : seconds(0));
  if (at(11, 2) > 23 || at(14, 2) > 59 || at(17, 2) > 59) return std::nullopt;
  return catalog::Time(sys_days(date)) + hours(at(11, 2)) + minutes(at(14, 2)) + seconds(at(17, 2));
}

} // namespace tarina::server
