// The metadata of one harvested story, in each format.
#pragma once
#include "catalog/harvest.hpp"
#include "catalog/vocabulary.hpp"
#include <string>
#include <string_view>
#include <vector>

namespace tarina::server {

class Templates;

struct OaiFormat {
  std::string_view prefix;
  std::string_view space;  // XML namespace
  std::string_view schema; // where its XSD is; a path is one of ours
};
std::vector<OaiFormat> const& oai_formats();
OaiFormat const* find_oai_format(std::string_view prefix);

struct OaiRecordContext {
  Templates const& templates;
  catalog::Vocabulary const& vocabulary;
  std::string origin;
};

/// Unqualified Dublin Core, with xml:lang where words have a language.
std::string oai_dc_record(OaiRecordContext const&, catalog::HarvestItem const&);
/// Dublin Core and LRMI in the elements that the Library of Open Educational Resources (aoe.fi) uses, under a root of
/// its own, so that the whole can be validated (lrmi_fi.xsd).
std::string lrmi_fi_record(OaiRecordContext const&, catalog::HarvestItem const&);

} // namespace tarina::server
