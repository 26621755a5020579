// A personal link for one alumnus.
#pragma once
#include "catalog/consent.hpp"

namespace tarina::catalog {

struct NewInvite {
  std::string institution;   // code, required
  std::string unit;          // code or empty
  std::string teller;        // a hint for the coordinator's own list, "Maija, lähihoitaja 2019"
  std::string language = "fi";
  Time expires_at{};
};

struct Invite : NewInvite {
  std::string id;
  std::string created_by;    // person id
  Time created_at{};
  std::optional<Time> accepted_at;
  bool revoked = false;
  std::string story;         // once accepted
};

/// Shown once; only the hash is kept.
struct CreatedInvite {
  Invite invite;
  std::string token;         // for /invite/{token}
};

struct Acceptance {
  NewConsent consent;
  std::string shown_name;    // empty: no name is shown
};

struct AcceptedInvite {
  std::string story;
  std::string mine_token;    // for /mine/{token}
};

} // namespace tarina::catalog
