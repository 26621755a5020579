// Who changed what, and when. Append-only.
#pragma once
#include "catalog/clock.hpp"
#include <string>

namespace tarina::catalog {

struct AuditEntry {
  std::int64_t number = 0;
  Time at{};
  std::string actor;   // person id, "teller", "system"
  std::string name;    // the person's name now, for showing
  std::string action;  // stable key: "story.edited", "story.published", "subtitles.saved", "consent.given", …
  std::string story;   // or empty
  std::string subject; // what else it is about: a track id, a person id, a package; or empty
  std::string detail;  // short plain English or a code list; never the texts themselves
};

} // namespace tarina::catalog
