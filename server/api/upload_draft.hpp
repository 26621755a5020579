// Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload-09 to -12, interop version 8), as URLSession of iOS 26
// and macOS 26 speaks it: an adapter over the same uploads.
#pragma once
#include "server/api/upload_steps.hpp"

namespace tarina::server {

/// True for a request of this protocol: it says whether it completes the upload, or which draft it follows.
bool is_draft_request(Request const& request);
/// What OPTIONS tells of this protocol.
void describe_draft(Config const& config, Response& response);
awaitable<Response> answer_draft(Uploads& uploads, Request& request, http::verb method);

} // namespace tarina::server
