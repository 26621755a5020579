// Somebody who would like to take part, or knows somebody: what /join keeps for the coordinator.
#pragma once
#include "catalog/clock.hpp"
#include <string>

namespace tarina::catalog {

struct NewInterest {
  std::string name;        // at most 200 bytes
  std::string contact;     // e-mail or telephone as typed, at most 200 bytes
  std::string institution; // code, or empty: the administrator's to pass on
  std::string message;     // at most 4000 bytes
  std::string language = "fi"; // in which to answer
};

struct Interest : NewInterest {
  std::string id;
  Time sent_at{};
};

} // namespace tarina::catalog
