// How often one address makes and changes lists: one count for pages and API together.
#pragma once
#include "server/throttle.hpp"

namespace tarina::server {

/// A school shares one address: the numbers are those of many teachers at once.
struct ListThrottles {
  Throttle make{60, std::chrono::seconds(10)};
  Throttle change{240, std::chrono::seconds(1)};
};

} // namespace tarina::server
