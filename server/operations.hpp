// Gauges that need parts no handler has.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void register_gauges(App& app, WorkPool& catalog_pool);

} // namespace tarina::server
