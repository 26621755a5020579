// A response on the wire: head, conditional answers, ranges, coding, and files by sendfile(2).
#pragma once
#include "server/connection.hpp"
#include "server/response.hpp"

namespace tarina::server {

struct Sent {
  unsigned status = 0;        // may be 206, 304, 412 or 416 where the handler said 200
  std::uint64_t body_bytes = 0;
};

/// Throws boost::system::system_error when the client fails, stalls or goes.
awaitable<Sent> send_response(Connection& connection, Request const& request, Response& response, bool keep_alive);

} // namespace tarina::server
