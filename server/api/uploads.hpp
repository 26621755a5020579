// Resumable uploads: tus 1.0.0 with creation, creation-with-upload, termination and expiration at /api/v1/uploads.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void add_upload_routes(Router&, App&);

} // namespace tarina::server
