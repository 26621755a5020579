// Every URL of the server.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

Router make_router(App& app);

} // namespace tarina::server
