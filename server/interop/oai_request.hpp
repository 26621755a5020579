// One OAI-PMH 2.0 request as it was understood, or why it was not.
// https://www.openarchives.org/OAI/openarchivesprotocol.html
#pragma once
#include "catalog/harvest.hpp"
#include "server/request.hpp"
#include <optional>
#include <string>
#include <vector>

namespace tarina::server {

enum class OaiVerb { identify, list_metadata_formats, list_sets, get_record, list_identifiers, list_records };

/// Section 3.6: "badVerb", "badArgument", "badResumptionToken", "cannotDisseminateFormat", "idDoesNotExist", "noRecordsMatch".
struct OaiError {
  std::string code;
  std::string detail;
};

struct OaiSet {
  std::string institution, unit, field; // at most one branch
  bool fits_nothing = false;            // well-formed, but no set of ours
};

/// What a harvester asks for, from its arguments or from its resumption token.
struct OaiRequest {
  OaiVerb verb = OaiVerb::identify;
  std::string identifier;       // as given
  std::string prefix;           // "oai_dc" or "lrmi_fi"
  std::string set;              // setSpec as given
  std::string from, until;      // as given
  std::optional<catalog::HarvestPlace> after; // from a token
  std::int64_t cursor = 0;      // how many items came before
};

struct OaiParsed {
  OaiRequest request;
  std::vector<OaiError> errors;
  /// For the <request> element: what was given, in order; empty after badVerb and badArgument, as the protocol wants.
  std::vector<std::pair<std::string, std::string>> echo;
};
OaiParsed parse_oai(FormValues const& arguments);

std::string_view oai_verb_name(OaiVerb);

/// "field", "field:09", "field:09:091", "institution", "institution:osao", "institution:osao:osao-muhos".
OaiSet read_set(std::string_view set_spec);
std::string field_set(std::string_view broad, std::string_view narrow);
std::string institution_set(std::string_view institution, std::string_view unit);

/// "2026-11-24" (its first second, or its last with `end`) or "2026-11-24T15:00:00Z"; nothing when it is neither.
std::optional<catalog::Time> read_datestamp(std::string_view text, bool end);

/// Holds all that the next answer needs, so that nothing is kept here and no token ever expires.
std::string make_token(OaiRequest const& request);

} // namespace tarina::server
