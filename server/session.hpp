// The keep-alive loop of one connection: head, handler, answer, again.
#pragma once
#include "server/connection.hpp"
#include "server/metrics.hpp"
#include "server/router.hpp"

namespace tarina::server {

/// What all sessions of a server share. Outlives them.
struct SessionContext {
  Limits const& limits;
  Metrics& metrics;
  Handler answer;                           // gives the response to a parsed request
  std::vector<std::string> trusted_proxies; // whose X-Forwarded-For and -Proto count
};

/// Ends when the client or a deadline does. Never throws.
awaitable<void> run_session(std::shared_ptr<Connection> connection, SessionContext const& context);

} // namespace tarina::server
