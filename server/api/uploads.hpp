// Resumable uploads at /api/v1/uploads, in two protocols over the same store: tus 1.0.0 and the IETF draft.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void add_upload_routes(Router&, App&);

} // namespace tarina::server
