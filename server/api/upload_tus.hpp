// tus 1.0.0: core, creation, creation-with-upload, creation-defer-length, checksum, expiration, termination, concatenation.
#pragma once
#include "server/api/upload_steps.hpp"

namespace tarina::server {

inline constexpr std::string_view tus_version = "1.0.0";

/// What OPTIONS tells of this protocol.
void describe_tus(Config const& config, Response& response);
/// Answers a request whose Tus-Resumable stands in `method`'s place in the protocol; 412 when it is not spoken here.
awaitable<Response> answer_tus(Uploads& uploads, Request& request, http::verb method);

/// Creation of an upload from partial ones: "Upload-Concat: final;/api/v1/uploads/a /api/v1/uploads/b".
awaitable<Response> concatenate_uploads(Uploads& uploads, Request& request);
/// The Upload-Concat of a partial or final upload, or nothing.
std::string upload_concat_of(catalog::Upload const& upload);

/// Upload-Offset, and Upload-Expires while the upload can expire.
Response upload_offset_answer(unsigned status, catalog::Upload const& upload);

} // namespace tarina::server
