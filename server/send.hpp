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

/// "Tue, 24 Nov 2026 10:00:00 GMT", made once a second and thread.
std::string const& date_now();
/// A header line. Handlers pass on titles and file names: a line break in a value never starts a new header.
void append_field(std::string& out, std::string_view name, std::string_view value);

} // namespace tarina::server
