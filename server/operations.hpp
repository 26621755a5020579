// /healthz, /metrics and the gauges behind it.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

/// Gauges of the whole service; `catalog_pool` is what no handler has.
void register_gauges(App& app, WorkPool& catalog_pool);
void add_operation_routes(Router&, App&);

} // namespace tarina::server
