// What tarina-worker talks to: lease, source, outputs, progress, complete, fail. Messages: media/tasks.hpp.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void add_worker_routes(Router&, App&);

} // namespace tarina::server
