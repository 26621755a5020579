// The general way of requests: head, handler, answer, again, in a coroutine that lasts as long as requests are there.
#pragma once
#include "server/connection.hpp"
#include "server/kept_answers.hpp"
#include "server/metrics.hpp"
#include "server/router.hpp"

namespace tarina::server {

/// What all sessions of a server share. Outlives them.
struct SessionContext {
  Limits const& limits;
  Metrics& metrics;
  Handler answer;                           // gives the response to a parsed request
  std::vector<std::string> trusted_proxies; // whose X-Forwarded-For and -Proto count
  std::function<std::uint64_t()> version;   // of access, now: what was kept under an older one is given no more
};

/// Answers what the connection's input begins with and what follows. True when the connection is idle again, false when
/// it is to be closed. Never throws.
awaitable<bool> serve_requests(Connection& connection, SessionContext const& context, KeptAnswers& kept);

} // namespace tarina::server
